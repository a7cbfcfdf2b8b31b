/** `mq lag watch`: lag, rates and status of groups, looked at again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { listErrorName } from '../../admin/group-list.ts'
import { itemError, type ItemError } from '../../admin/items.ts'
import { type LagLook, LagProbe, type LookEnd } from '../../admin/lag/probe.ts'
import type { GroupReport } from '../../admin/lag/report.ts'
import { parseScope } from '../../admin/partitions.ts'
import { EXIT } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { integerFlag, optionalArgs } from '../../cli/flags.ts'
import { groupFilter } from '../../cli/group-flags.ts'
import { intervalFlag, lagSelectionFlags, windowFlag, windowShape } from '../../cli/lag-flags.ts'
import { LagLines, LagScreen } from '../../cli/lag-pictures.ts'
import { writeOut } from '../../output/stdout.ts'

/** One line of `--json`. */
export interface WatchLine extends LagLook {
  /** Why this look failed; its groups are then none. */
  error?: ItemError
}

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
    const isScreen = process.stdout.isTTY === true && !this.jsonEnabled()
    const picture = isScreen ? this.openScreen(shape.intervalMs) : new LagLines()
    const take = (group: GroupReport) => {
      if (!flags['only-lagging'] || group.error !== undefined || group.unread !== 0) picture.add(group)
    }
    for (let looks = 1; ; looks += 1) {
      picture.begin()
      let error: ItemError | undefined
      const end = await probe.look(take).catch((thrown: unknown): LookEnd => {
        // Who is wrong about the address, or the topic, is told at once.
        if (looks === 1) throw thrown
        error = itemError(thrown)
        return { at: Date.now(), errors: [] }
      })
      const gaps = end.errors.map(({ broker, error: why }) => `${listErrorName(broker)}: ${why.message}`)
      for (const piece of picture.pieces(end, error, gaps)) await writeOut(piece)
      if (looks === flags.count) {
        if (error !== undefined) this.finishWith(EXIT.failed)
        return undefined
      }
      await sleep(shape.intervalMs, undefined, { signal: this.aborter.signal })
    }
  }

  /** The terminal is as before at the end. */
  private openScreen(intervalMs: number): LagScreen {
    const screen = new LagScreen({ intervalMs, size: () => process.stdout })
    this.defer(() => {
      process.stdout.write(screen.close())
    })
    return screen
  }
}
