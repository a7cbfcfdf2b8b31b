/** `mq config diff`: what two topics, brokers, groups, or the same one on two clusters, are set to differently. */
import * as Flags from '@oclif/core/flags'
import { type ConfigDiff, type ConfigDifference, diffConfigs, type SideValue } from '../../admin/config-diff.ts'
import { describeConfigs, type EntityConfigs } from '../../admin/configs.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { type EntityRef, parseEntityRef } from '../../cli/entity-refs.ts'
import { requiredArg } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

interface ComparedSide {
  /** As typed. */
  name: string
  entity: EntityConfigs['entity']
}

export interface ConfigDiffResult extends ConfigDiff {
  a: ComparedSide
  b: ComparedSide
}

export default class ConfigDiffCommand extends AdminCommand<ConfigDiffResult> {
  static override summary = 'Compare the configuration of two things.'
  static override description =
    'A and B are topic:T, broker:ID, broker-default, group:G, broker-logger:ID or client-metrics:M, both of one kind; with profile:P/ or ' +
    'HOST:PORT/ in front they are of that cluster, else of the one that the flags name. The values in force are compared; ' +
    '--own compares only what each sets itself. Exit code 0 when they are the same, 3 when they differ. Secrets are not ' +
    'shown by any broker, so they are named as not compared.'
  static override examples = [
    '<%= config.bin %> config diff topic:example-topic topic:other-topic',
    '<%= config.bin %> config diff broker:1 broker:2',
    '<%= config.bin %> config diff topic:example-topic profile:staging/topic:example-topic --own',
    '<%= config.bin %> config diff localhost:9092/broker:1 localhost:9192/broker:1 --json',
  ]
  static override args = { a: requiredArg('One thing.'), b: requiredArg('The other.') }
  static override flags = { own: Flags.boolean({ summary: 'Only what each sets itself.' }) }

  override async run(): Promise<ConfigDiffResult> {
    const { args, flags } = await this.parse(ConfigDiffCommand)
    const refs = [parseEntityRef(args.a), parseEntityRef(args.b)] as const
    if (refs[0].entity.kind !== refs[1].entity.kind) {
      throw new UsageError(
        `a ${refs[0].entity.kind} and a ${refs[1].entity.kind} have different keys`,
        'compare two of a kind',
      )
    }
    const [a, b] = await Promise.all(refs.map((ref) => this.read(ref)))
    const diff = diffConfigs(a!, b!, { ownOnly: flags.own })
    if (!this.jsonEnabled()) this.show(diff, refs)
    if (!diff.same) this.finishWith(EXIT.finding)
    return { a: { name: args.a, entity: a!.entity }, b: { name: args.b, entity: b!.entity }, ...diff }
  }

  private async read(ref: EntityRef): Promise<EntityConfigs> {
    return describeConfigs(await this.clientOf(ref), ref.entity)
  }

  private async clientOf({ cluster }: EntityRef): Promise<ClusterClient> {
    if (cluster === undefined) return this.connect()
    const { resolveConnection } = await import('../../cli/connection.ts')
    const { ClusterClient: Client } = await import('../../client/cluster-client.ts')
    const isProfile = 'profile' in cluster
    // Another cluster gets no credentials of this one's.
    const { options } = resolveConnection({
      bootstrapServer: isProfile ? undefined : cluster.address,
      bootstrapController: undefined,
      configFile: undefined,
      properties: {},
      clusterName: undefined,
      profile: isProfile ? cluster.profile : undefined,
      typed: (flag) => flag === (isProfile ? 'profile' : 'bootstrap-server'),
    })
    const client = await Client.connect(options)
    this.defer(() => client.close())
    return client
  }

  private show(diff: ConfigDiff, [a, b]: readonly [EntityRef, EntityRef]): void {
    if (diff.same) this.note(`${a.text} and ${b.text} are set alike`)
    else {
      this.say(
        renderTable<ConfigDifference>(
          [
            { header: 'KEY', value: (row) => row.key },
            { header: 'A', value: (row) => shown(row.a) },
            { header: 'FROM-A', value: (row) => row.a?.source },
            { header: 'B', value: (row) => shown(row.b) },
            { header: 'FROM-B', value: (row) => row.b?.source },
          ],
          diff.differences,
        ),
      )
      this.note(`A is ${a.text}, B is ${b.text}`)
    }
    if (diff.secrets.length > 0) this.note(`not compared, since secret: ${diff.secrets.join(', ')}`)
  }
}

function shown(side: SideValue | null): string {
  return side === null ? '(not there)' : (side.value ?? '(not set)')
}
