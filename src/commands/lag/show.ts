/** `mq lag show`: how far groups are behind, in records and in time. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { type GroupList, listErrorName } from '../../admin/group-list.ts'
import { type GroupLag, groupLag, type LagRow } from '../../admin/lag.ts'
import { LOOKS_MIN } from '../../admin/lag/verdict.ts'
import { parseScope } from '../../admin/partitions.ts'
import type { Advice } from '../../admin/lag/advise.ts'
import type { PartitionKeys } from '../../admin/lag/keys.ts'
import { patientOptions } from '../../admin/lag/patience.ts'
import type { LagSelection } from '../../admin/lag/probe.ts'
import type { GroupReport, PartitionReport } from '../../admin/lag/report.ts'
import type { ClientOptions } from '../../client/options.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { groupFilter } from '../../cli/group-flags.ts'
import { durationFlag, optionalArgs } from '../../cli/flags.ts'
import { lagSelectionFlags, windowShape } from '../../cli/lag-flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration } from '../../output/units.ts'

/** With --window also what looks over a time tell; with --advise the advice. */
export interface ShownGroup extends Omit<GroupLag, 'partitions'>, Partial<Omit<GroupReport, keyof GroupLag>> {
  partitions: (LagRow & Partial<PartitionReport>)[]
  advice?: Advice
  keys?: PartitionKeys[]
}

export interface LagShowResult {
  groups: ShownGroup[]
  /** Why groups are missing. */
  errors?: GroupList['errors']
}

/** How long --advise measures, and in what time a group is to catch up. */
const WINDOW_MS = 10_000
const WITHIN_MS = 600_000
/** Looks within a window. */
const LOOKS = 10

export default class LagShow extends AdminCommand<LagShowResult> {
  static override summary = 'Show the lag of groups, in records and in time.'
  static override description =
    'Without a name: all groups. LAG counts offsets up to the log end, as kafka-consumer-groups does. TIME-LAG is the age ' +
    'of the first record that the group has not read, by the timestamp in the record (of the producer, or of the broker ' +
    'where the topic says LogAppendTime): 0 when caught up or when nothing but transaction markers is left, - with a reason ' +
    'when it cannot be known. Records that were deleted before the group read them are counted in the reason, and as ' +
    '"lost" in --json. With --window it looks for that long and shows rates, time to catch up, hot partitions, and whether the ' +
    'group gets on, as mq lag watch does. --advise says how many consumers would catch up --within a time, held to the ' +
    'partitions, from the rates that it measured. --keys names the keys that fill a partition, of the 50 that lag most.'
  static override examples = [
    '<%= config.bin %> lag show',
    '<%= config.bin %> lag show example-group --topic example-topic --json',
    "<%= config.bin %> lag show --regex 'billing-.*' --only-lagging",
    '<%= config.bin %> lag show example-group --advise --within 10m --window 30s',
    "<%= config.bin %> lag show --json | jq '.groups[] | select(.maxTimeLagMs > 60000) | .group'",
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    ...lagSelectionFlags,
    'only-lagging': Flags.boolean({
      summary: 'Only partitions that lag or cannot be read, and groups that have such.',
    }),
    window: durationFlag({
      summary: 'Measure rates and status for so long; longer than the time between two commits.',
    }),
    advise: Flags.boolean({ summary: 'Say how many consumers would catch up in time; measures for 10s, or --window.' }),
    within: durationFlag({ defaultHelp: async () => '10m', summary: 'Time to catch up in, for --advise.' }),
    keys: Flags.boolean({
      summary: 'Read the newest 1000 records of partitions, and name keys that many of them have.',
    }),
  }

  protected override async clientOptions(): Promise<ClientOptions> {
    return patientOptions(await super.clientOptions(), 'once')
  }

  override async run(): Promise<LagShowResult> {
    const { args, flags } = await this.parse(LagShow)
    const filter = groupFilter(flags, args.group)
    if (flags.within !== undefined && flags.advise !== true) throw new UsageError('--within is for --advise')
    if (flags.within === 0) throw new UsageError('--within needs a time above 0')
    const selection = { names: args.group, ...filter, scopes: flags.topic?.map(parseScope) }
    const windowMs = flags.window ?? (flags.advise === true ? WINDOW_MS : undefined)
    const found =
      windowMs === undefined
        ? await groupLag(await this.connect(), { ...selection, nowMs: Date.now })
        : await this.measure(selection, windowMs, flags.advise === true ? (flags.within ?? WITHIN_MS) : undefined)
    const groups: ShownGroup[] = flags['only-lagging'] ? onlyLagging(found.groups) : found.groups
    if (!this.jsonEnabled()) {
      this.show(
        groups,
        Object.values(filter).some((value) => value !== undefined),
      )
      if (windowMs !== undefined) await this.showMeasured(groups)
    }
    if (flags.keys === true) await this.addKeys(groups)
    this.reportItems([
      ...found.errors.map(({ broker, error }) => ({ name: listErrorName(broker), error })),
      ...groups.map(({ group, error }) => ({ name: group, error })),
      ...groups.flatMap((group) =>
        group.partitions.map(({ topic, partition, error }) => ({
          name: `${group.group}: ${topic}-${partition}`,
          error,
        })),
      ),
    ])
    return found.errors.length === 0 ? { groups } : { groups, errors: found.errors }
  }

  /** Looks at the groups for a while. */
  private async measure(
    selection: LagSelection,
    windowMs: number,
    withinMs: number | undefined,
  ): Promise<{ groups: ShownGroup[]; errors: GroupList['errors'] }> {
    const { LagProbe, wholeLook } = await import('../../admin/lag/probe.ts')
    const shape = windowShape(windowMs, Math.max(100, windowMs / LOOKS))
    const client = await this.clientOptions()
    const probe = new LagProbe({ client, selection, window: shape, once: true, nowMs: Date.now })
    this.defer(() => probe.close())
    const progress = await this.progress(`measuring for ${formatDuration(windowMs)}`)
    const started = performance.now()
    let look = await wholeLook(probe)
    for (let looks = 1; ; looks += 1) {
      const leftMs = Math.max(0, windowMs - (performance.now() - started))
      if (leftMs === 0 && looks >= LOOKS_MIN) break
      await sleep(Math.min(shape.intervalMs, leftMs), undefined, { signal: this.aborter.signal })
      look = await wholeLook(probe)
    }
    progress.stop()
    if (withinMs === undefined) return look
    const { advise } = await import('../../admin/lag/advise.ts')
    const groups = look.groups.map((group) => {
      const { group: name } = group
      return {
        ...group,
        advice: advise(group, (row) => probe.wasBehind(name, row.topic, row.partition), withinMs),
      }
    })
    return { groups, errors: look.errors }
  }

  private async addKeys(groups: readonly ShownGroup[]): Promise<void> {
    const { sampleKeys } = await import('../../admin/lag/keys.ts')
    const progress = await this.progress('reading keys')
    const found = await sampleKeys(await this.connect(), groups, { signal: this.aborter.signal })
    progress.stop()
    for (const group of groups) {
      group.keys = group.partitions.flatMap(({ topic, partition }) => found.get(topic, partition) ?? [])
    }
    if (this.jsonEnabled()) return
    const { keysText } = await import('../../cli/lag-tables.ts')
    const text = keysText([...found.values()])
    if (text === '') this.note('no partition has records enough to tell its keys')
    else this.say(`\n${text}`)
  }

  private async showMeasured(groups: readonly ShownGroup[]): Promise<void> {
    const { measuredText } = await import('../../cli/lag-tables.ts')
    const measured = groups.filter((group): group is GroupReport & ShownGroup => group.unread !== undefined)
    if (measured.length > 0) this.say(`\n${measuredText(measured)}`)
  }

  private show(groups: readonly GroupLag[], isFiltered: boolean): void {
    const rows = groups.flatMap((group) => group.partitions.map((partition) => ({ group: group.group, ...partition })))
    if (rows.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'GROUP', value: (row) => row.group },
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'COMMITTED', value: (row) => row.committed, align: 'right' },
            { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
            { header: 'LAG', value: (row) => row.lag, align: 'right' },
            { header: 'TIME-LAG', value: (row) => formatDuration(row.timeLagMs), align: 'right' },
            { header: 'REASON', value: (row) => row.reason },
          ],
          rows,
        ),
      )
    } else if (groups.every((group) => group.error === undefined)) {
      this.note(groups.length > 0 ? 'no committed offsets' : isFiltered ? 'no group matches' : 'no groups')
    }
  }
}

/** What cannot be read may lag. */
function lagsOrFails({ lag, error }: LagRow): boolean {
  return error !== undefined || (lag !== null && lag > 0)
}

function onlyLagging(groups: readonly ShownGroup[]): ShownGroup[] {
  return groups
    .map((group) => ({ ...group, partitions: group.partitions.filter(lagsOrFails) }))
    .filter((group) => group.partitions.length > 0 || group.error !== undefined)
}
