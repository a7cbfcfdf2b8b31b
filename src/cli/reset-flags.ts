/**
 * The many ways to say where a group's offsets are to go, as one set of flags; `resetTarget` makes one value of them.
 */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { type OffsetSpec, parseTimeMs } from '../base/offset-spec.ts'
import { parseDurationMs } from '../base/units.ts'
import { integerFlag, offsetSpecFlag } from './flags.ts'

const target = { helpGroup: 'WHERE TO' } as const

export const resetFlags = {
  'to-earliest': Flags.boolean({ ...target, summary: 'The first record there is.' }),
  'to-latest': Flags.boolean({ ...target, summary: 'Behind the last record.' }),
  'to-offset': integerFlag({ ...target, summary: 'This offset, held to what the log has.' }),
  'to-current': Flags.boolean({ ...target, summary: 'Where the group stands, brought back into the log.' }),
  'shift-by': integerFlag({
    ...target,
    min: -Number.MAX_SAFE_INTEGER,
    summary: 'N records on, or back when negative: --shift-by=-100.',
  }),
  'to-datetime': Flags.string({ ...target, helpValue: 'TIME', summary: 'The first record at or after this time.' }),
  'by-duration': Flags.string({
    ...target,
    helpValue: 'DURATION',
    summary: 'The first record of the last 2h, 7d (or PT2H).',
  }),
  to: offsetSpecFlag({ ...target, summary: 'earliest, latest, N, +N, -N, @TIME, @-1h.' }),
  'from-file': Flags.string({ ...target, helpValue: 'CSV', summary: 'topic,partition,offset lines; - is stdin.' }),
  'from-group': Flags.string({ ...target, helpValue: 'GROUP', summary: 'Where another group stands.' }),
}

export interface ResetValues {
  readonly 'to-earliest'?: boolean | undefined
  readonly 'to-latest'?: boolean | undefined
  readonly 'to-offset'?: number | undefined
  readonly 'to-current'?: boolean | undefined
  readonly 'shift-by'?: number | undefined
  readonly 'to-datetime'?: string | undefined
  readonly 'by-duration'?: string | undefined
  readonly to?: OffsetSpec | undefined
  readonly 'from-file'?: string | undefined
  readonly 'from-group'?: string | undefined
}

export type ResetChoice =
  | { readonly kind: 'spec'; readonly spec: OffsetSpec }
  | { readonly kind: 'current' }
  | { readonly kind: 'shift'; readonly by: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'group'; readonly group: string }

const spec = (value: OffsetSpec): ResetChoice => ({ kind: 'spec', spec: value })

/** The one target that the flags name; undefined for none. Throws UsageError for several, or a bad time. */
export function resetChoice(flags: ResetValues, nowMs: number): ResetChoice | undefined {
  const found: ResetChoice[] = []
  if (flags['to-earliest'] === true) found.push(spec({ kind: 'earliest' }))
  if (flags['to-latest'] === true) found.push(spec({ kind: 'latest' }))
  if (flags['to-offset'] !== undefined) found.push(spec({ kind: 'offset', offset: flags['to-offset'] }))
  if (flags['to-current'] === true) found.push({ kind: 'current' })
  if (flags['shift-by'] !== undefined) found.push({ kind: 'shift', by: flags['shift-by'] })
  if (flags['to-datetime'] !== undefined)
    found.push(spec(timeSpec('to-datetime', parseTimeMs(flags['to-datetime'], nowMs))))
  if (flags['by-duration'] !== undefined) {
    const back = parseDurationMs(flags['by-duration']) ?? isoDurationMs(flags['by-duration'])
    found.push(spec(timeSpec('by-duration', back === undefined ? undefined : nowMs - back)))
  }
  if (flags.to !== undefined) found.push(spec(flags.to))
  if (flags['from-file'] !== undefined) found.push({ kind: 'file', path: flags['from-file'] })
  if (flags['from-group'] !== undefined) found.push({ kind: 'group', group: flags['from-group'] })
  if (found.length > 1)
    throw new UsageError(
      'several targets',
      `give one of ${Object.keys(resetFlags)
        .map((name) => `--${name}`)
        .join(' ')}`,
    )
  return found[0]
}

function timeSpec(flag: string, timestampMs: number | undefined): OffsetSpec {
  if (timestampMs !== undefined) return { kind: 'time', timestampMs }
  throw new UsageError(
    flag === 'to-datetime'
      ? '--to-datetime needs a time such as 2026-01-01T00:00:00.000'
      : '--by-duration needs a duration such as 2h, 7d or PT2H',
  )
}

/** Kafka's tools take ISO 8601 durations: `P7D`, `PT1H30M`. */
export function isoDurationMs(text: string): number | undefined {
  const match = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text.trim())
  if (match === null) return undefined
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}
