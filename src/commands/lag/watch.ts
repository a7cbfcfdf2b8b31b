/** `mq lag watch`: lag, rates and status of groups, looked at again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { itemError, type ItemError } from '../../admin/items.ts'
import { type LagLook, LagProbe } from '../../admin/lag/probe.ts'
import { listErrorName } from '../../admin/group-list.ts'
import { parseScope } from '../../admin/partitions.ts'
import { EXIT } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { integerFlag, optionalArgs } from '../../cli/flags.ts'
import { groupFilter } from '../../cli/group-flags.ts'
import { intervalFlag, lagSelectionFlags, windowFlag, windowShape } from '../../cli/lag-flags.ts'
import { drawScreen } from '../../cli/lag-screen.ts'
import { writeOut } from '../../output/stdout.ts'

/** One line of `--json`. */
export interface WatchLine extends LagLook {
  /** Why this look failed; its groups are then none. */
  error?: ItemError
}

/** Home, then each line with what was right of it, then what was below. */
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const BELOW = '\u001b[J'
const NO_WRAP = '\u001b[?7l'
const WRAP = '\u001b[?7h'
const CLEAR = '\u001b[2J'
/** Lags that are kept of a group for its sparkline. */
const HISTORY_MAX = 20

export default class LagWatch extends BaseCommand<undefined> {
  protected static override changesCluster = false
  static override summary = 'Watch the lag of groups: rates, trend, time to catch up, status.'
  static override description =
    'Redraws on a terminal, the worst group first; elsewhere, and with --json, prints one JSON document a line for each ' +
    'look, until it is interrupted. IN/S and OUT/S are records a second over --window, TREND/S is by how much the lag ' +
    'grows, CATCH-UP when it is gone at these rates. STATUS tells whether the group gets on: WARN (reads, but never gets ' +
    'nearer), STALL (is there, but does not move), STOP (nobody commits), REWIND (went back); - before there is enough to ' +
    'tell. A look that fails is said, and the next one made.'
  static override examples = [
    '<%= config.bin %> lag watch',
    "<%= config.bin %> lag watch --regex 'billing-.*' --interval 5s",
    "<%= config.bin %> lag watch example-group --json | jq -c '.groups[] | [.group, .unread, .status]'",
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    ...lagSelectionFlags,
    interval: intervalFlag('2s'),
    window: windowFlag('1m'),
    'allowed-lag': integerFlag({ default: 0, summary: 'A lag up to this is OK whatever the group does.' }),
    'only-lagging': Flags.boolean({ summary: 'Only groups that lag or cannot be read.' }),
    count: integerFlag({ min: 1, summary: 'Looks after which to end; default: never.' }),
  }

  override async run(): Promise<undefined> {
    const { args, flags } = await this.parse(LagWatch)
    const filter = groupFilter(flags, args.group)
    const shape = windowShape(flags.window ?? 60_000, flags.interval ?? 2000)
    const probe = new LagProbe({
      client: await this.clientOptions(),
      selection: { names: args.group, ...filter, scopes: flags.topic?.map(parseScope) },
      window: shape,
      judge: { allowedLag: flags['allowed-lag'] },
      nowMs: Date.now,
    })
    this.defer(() => probe.close())
    // Who is wrong about the address, or the topic, is told at once.
    let line: WatchLine = await probe.look()
    const screen = process.stdout.isTTY === true && !this.jsonEnabled() ? this.openScreen() : undefined
    for (let looks = 1; ; looks += 1) {
      const groups = flags['only-lagging']
        ? line.groups.filter(({ unread, error }) => error !== undefined || unread !== 0)
        : line.groups
      const shown = { ...line, groups }
      await writeOut(screen === undefined ? `${JSON.stringify(shown)}\n` : screen(shown, shape.intervalMs))
      if (looks === flags.count) break
      await sleep(shape.intervalMs, undefined, { signal: this.aborter.signal })
      line = await lookOrError(probe)
    }
    if (line.error !== undefined) this.finishWith(EXIT.failed)
    return undefined
  }

  /** Lines are cut at the edge of the terminal rather than folded; the terminal is as before at the end. */
  private openScreen(): (line: WatchLine, intervalMs: number) => string {
    const lags = new Map<string, (number | null)[]>()
    let last: WatchLine | undefined
    process.stdout.write(NO_WRAP + CLEAR)
    this.defer(() => {
      process.stdout.write(WRAP)
    })
    return (line, intervalMs) => {
      // While nobody can be asked the last picture stays, with the reason below it.
      if (line.error === undefined) last = line
      const failures = [
        ...(line.error === undefined ? [] : [line.error.message]),
        ...line.errors.map(({ broker, error }) => `${listErrorName(broker)}: ${error.message}`),
      ]
      const groups = last?.groups ?? []
      for (const { group, unread } of line.groups) {
        const known = lags.get(group) ?? []
        known.push(unread)
        lags.set(group, known.slice(-HISTORY_MAX))
      }
      const at = last?.at ?? line.at
      const text = drawScreen(
        { at, groups, history: (group) => lags.get(group) ?? [], failures, intervalMs },
        process.stdout.rows ?? 24,
        process.stdout.columns,
      )
      return `${HOME}${text.split('\n').join(`${REST_OF_LINE}\n`)}${REST_OF_LINE}\n${BELOW}`
    }
  }
}

async function lookOrError(probe: LagProbe): Promise<WatchLine> {
  try {
    return await probe.look()
  } catch (error) {
    return { at: Date.now(), groups: [], errors: [], error: itemError(error) }
  }
}
