/** Flags of `mq lag`: which groups and topics are looked at, how often, and over what time. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { groupRegexFlag, groupStateFlag, groupTypeFlag } from './group-flags.ts'
import { durationFlag } from './flags.ts'

/** Which groups, and which partitions of theirs. */
export const lagSelectionFlags = {
  regex: groupRegexFlag,
  state: groupStateFlag,
  type: groupTypeFlag,
  topic: Flags.string({
    char: 't',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'TOPIC[:0,3-5]',
    summary: 'Only this topic, or partitions of it; repeatable.',
  }),
}

/** Time between two looks; `text` is how the default is shown, which the command puts in. */
export function intervalFlag(text: string) {
  return durationFlag({ defaultHelp: async () => text, summary: 'Time between two looks.' })
}

/** How far back rates and verdicts look; `text` is how the default is shown, which the command puts in. */
export function windowFlag(text: string) {
  return durationFlag({
    defaultHelp: async () => text,
    summary: 'Time over which rates and status are told: longer than that between two commits.',
  })
}

/** Looks that a window keeps. */
const SAMPLES_MAX = 30
const SHORTEST_MS = 100

/** The shape of a window, with an interval that fits. Throws UsageError for times that tell nothing. */
export function windowShape(
  windowMs: number,
  intervalMs: number,
): { readonly spanMs: number; readonly samples: number; readonly intervalMs: number } {
  if (intervalMs < SHORTEST_MS) throw new UsageError('--interval is 100ms or more')
  if (windowMs < 2 * SHORTEST_MS) throw new UsageError('--window is 200ms or more')
  // Three looks are the fewest that a verdict rests on.
  const fitting = Math.min(intervalMs, windowMs / 2)
  const samples = Math.min(SAMPLES_MAX, Math.max(3, Math.floor(windowMs / fitting) + 1))
  return { spanMs: windowMs, samples, intervalMs: fitting }
}
