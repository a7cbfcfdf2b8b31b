/**
 * Flags that pick groups by name, state and kind, the same in every `mq groups` and `mq lag` command.
 */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'

/** What every kind of group can be in, as Kafka prints it. */
export const GROUP_STATES = [
  'Empty',
  'Stable',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
  'Dead',
]
export const GROUP_TYPES = ['classic', 'consumer', 'share', 'streams']

const several = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

export const groupRegexFlag = Flags.string({ helpValue: 'PATTERN', summary: 'Only groups whose whole name matches.' })
export const groupTypeFlag = Flags.string({
  ...several,
  helpValue: 'TYPE',
  summary: `Only groups of this type: ${GROUP_TYPES.join(', ')}.`,
})
export const groupStateFlag = Flags.string({
  ...several,
  helpValue: 'STATE',
  summary: `Only groups in this state: ${GROUP_STATES.join(', ')}.`,
})

/** For commands whose `--state` means something else. */
export const groupFilterFlags = { regex: groupRegexFlag, 'in-state': groupStateFlag, type: groupTypeFlag }

export interface GroupFilterValues {
  readonly regex?: string | undefined
  readonly state?: string[] | boolean | undefined
  readonly 'in-state'?: string[] | undefined
  readonly type?: string[] | undefined
}

/** What the flags ask for. Throws UsageError for names that no group can have, and for filters beside `names`. */
export function groupFilter(
  flags: GroupFilterValues,
  names?: readonly string[],
): { regex: string | undefined; states: string[] | undefined; types: string[] | undefined } {
  const states = flags['in-state'] ?? (Array.isArray(flags.state) ? flags.state : undefined)
  checkNames(Array.isArray(flags.state) ? '--state' : '--in-state', states, GROUP_STATES)
  checkNames('--type', flags.type, GROUP_TYPES)
  const filter = { regex: flags.regex, states, types: flags.type }
  if (names !== undefined && names.length > 0 && Object.values(filter).some((value) => value !== undefined)) {
    throw new UsageError(
      'groups by name and by filter do not go together',
      'name the groups, or give --regex and the like',
    )
  }
  return filter
}

function checkNames(flag: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const wrong = given?.find((name) => !known.some((one) => one.toLowerCase() === name.toLowerCase()))
  if (wrong === undefined) return
  throw new UsageError(`${flag} cannot be "${wrong}"`, `one of ${known.join(', ')}`)
}
