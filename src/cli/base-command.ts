/**
 * A command that talks to a cluster: the connection flags, and `connect()`, which gives the one client of the command
 * and closes it at the end. Order of sources: flag, environment (in the flag), profile, the config file, and with none
 * of them the local cluster that `mq broker start` made. A command that changes a cluster through a protected profile
 * asks for the profile's name before it connects.
 */
import type { Interfaces } from '@oclif/core'
import { RefusedError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientOptions } from '../client/options.ts'
import { formatDuration } from '../output/units.ts'
import { InterruptedError } from './failure.ts'
import { connectionFlags, pairsToRecord, type Pair } from './flags.ts'
import { type ArgValues, type FlagValues, MqCommand } from './mq-command.ts'

interface ConnectionFlagValues {
  'bootstrap-server'?: string | undefined
  'bootstrap-controller'?: string | undefined
  'command-config'?: string | undefined
  property?: Pair[] | undefined
  name?: string | undefined
  profile?: string | undefined
  confirm?: string | undefined
  'dry-run'?: boolean | undefined
}

export abstract class BaseCommand<R = unknown> extends MqCommand<R> {
  static override baseFlags = { ...MqCommand.baseFlags, ...connectionFlags }

  /** Whether a run changes the cluster; undefined: it does when the command has `--yes` or `--dry-run`. */
  protected static changesCluster: boolean | undefined

  private connectionValues: ConnectionFlagValues = {}
  private typedFlags: ReadonlySet<string> = new Set()
  private isConnected = false
  private client: Promise<ClusterClient> | undefined
  private resolved: Promise<ClientOptions> | undefined

  protected override async parse<F extends FlagValues, B extends FlagValues, A extends ArgValues>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    const flags: FlagValues = parsed.flags
    this.connectionValues = flags
    this.typedFlags = new Set(parsed.raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])))
    return parsed
  }

  /** The client of this command, connected on first use. Fails with exit 1 and a hint when nothing answers. */
  protected connect(): Promise<ClusterClient> {
    this.client ??= this.open()
    return this.client
  }

  /**
   * What the flags, the profile, the file and the local registry say about the connection, resolved; connects to nothing.
   * Ends the command where a protected profile refuses the change.
   */
  protected clientOptions(): Promise<ClientOptions> {
    this.resolved ??= this.resolve()
    return this.resolved
  }

  private async resolve(): Promise<ClientOptions> {
    const { resolveConnection } = await import('./connection.ts')
    const { unknownProperty } = await import('./client-properties.ts')
    const flags = this.connectionValues
    for (const { key } of flags.property ?? []) {
      const remark = unknownProperty(key)
      if (remark !== undefined) this.warning(remark)
    }
    const { options, profile } = resolveConnection({
      bootstrapServer: flags['bootstrap-server'],
      bootstrapController: flags['bootstrap-controller'],
      configFile: flags['command-config'],
      properties: pairsToRecord(flags.property),
      clusterName: flags.name,
      profile: flags.profile,
      typed: (flag) => this.typedFlags.has(flag),
    })
    if (profile?.protected === true && this.changes()) await this.askForProfile(profile.name)
    return options
  }

  private changes(): boolean {
    if (this.connectionValues['dry-run'] === true) return false
    const { changesCluster, flags } = this.ctor as typeof BaseCommand
    // A command without flags of its own has none at all.
    const names = Object.keys(flags ?? {})
    return changesCluster ?? (names.includes('yes') || names.includes('dry-run'))
  }

  /** The name comes from `--confirm`, or is typed at the terminal; elsewhere the change is refused with exit 4. */
  private async askForProfile(name: string): Promise<void> {
    const { confirm } = this.connectionValues
    if (confirm === name) return
    const what = `profile ${name} is protected: mq ${this.typedId} changes its cluster`
    if (confirm !== undefined) throw new RefusedError(`${what}, and --confirm names another`, `add --confirm ${name}`)
    if (this.jsonEnabled() || process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
      throw new RefusedError(`${what}, and nobody can be asked for its name here`, `add --confirm ${name} to go ahead`)
    }
    const { askToType } = await import('../output/prompt.ts')
    const agreed = await askToType(`${what[0]!.toUpperCase()}${what.slice(1)}.`, name, this.aborter.signal)
    if (!agreed) throw new InterruptedError('declined; nothing was changed')
  }

  /** While nobody has answered, nothing can have been done. */
  protected override deadlineMessage(timeoutMs: number): string {
    if (this.isConnected || this.client === undefined) return super.deadlineMessage(timeoutMs)
    return `no broker answered within ${formatDuration(timeoutMs)}; nothing was sent`
  }

  private async open(): Promise<ClusterClient> {
    const options = await this.clientOptions()
    const { ClusterClient } = await import('../client/cluster-client.ts')
    const client = await ClusterClient.connect(options)
    this.isConnected = true
    this.defer(() => client.close())
    return client
  }
}
