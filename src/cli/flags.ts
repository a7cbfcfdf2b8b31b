/**
 * Flags and arguments that several commands share, so that each has one meaning, one name and one environment variable.
 * Every argument sets `ignoreStdin`: oclif would otherwise fill a missing argument from a pipe, which swallows the
 * records of `mq produce` and makes `mq topics describe` depend on what stdin happens to be.
 */
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { OFFSET_SPEC_GRAMMAR, type OffsetSpec, parseOffsetSpec } from '../base/offset-spec.ts'
import { parseDurationMs, parseRateBytes, parseSizeBytes } from '../base/units.ts'

/** `30s`, `5m`: the value is milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (input, _context, options) =>
    require(parseDurationMs(input), `--${options.name} needs a duration such as 500ms, 30s, 5m or 2h, not "${input}"`),
})

/** `64KiB`, `10MB`: the value is bytes. */
export const sizeFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  parse: async (input, _context, options) =>
    require(parseSizeBytes(input), `--${options.name} needs a size such as 64KiB, 10MB or 1GiB, not "${input}"`),
})

/** `50MB/s`: the value is bytes a second. */
export const rateFlag = Flags.custom<number>({
  helpValue: 'RATE',
  parse: async (input, _context, options) =>
    require(parseRateBytes(input), `--${options.name} needs a rate such as 50MB/s, not "${input}"`),
})

/** `earliest`, `-10`, `@-1h`: the value is an OffsetSpec, relative times counted from now. */
export const offsetSpecFlag = Flags.custom<OffsetSpec>({
  helpValue: 'OFFSETSPEC',
  parse: async (input, _context, options) =>
    require(parseOffsetSpec(input, Date.now()), `--${options.name} needs ${OFFSET_SPEC_GRAMMAR}, not "${input}"`),
})

export interface Pair {
  readonly key: string
  readonly value: string
}

/** `k=v`, repeatable. The message names the flag only, since the value may be a secret. */
export const pairFlag = Flags.custom<Pair>({
  helpValue: 'KEY=VALUE',
  multiple: true,
  multipleNonGreedy: true,
  parse: async (input, _context, options) => {
    const at = input.indexOf('=')
    if (at <= 0) throw new UsageError(`${options.name === 'property' ? '-X' : `--${options.name}`} needs KEY=VALUE`)
    return { key: input.slice(0, at).trim(), value: input.slice(at + 1) }
  },
})

/** A whole number within `min` and `max`, both inclusive. */
export const integerFlag = Flags.custom<number, { min?: number; max?: number }>({
  helpValue: 'N',
  parse: async (input, _context, options) => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = options
    const value = /^-?\d+$/.test(input) ? Number(input) : Number.NaN
    if (!(value >= min && value <= max)) {
      const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`
      throw new UsageError(`--${options.name} needs a whole number, ${range}, not "${input}"`)
    }
    return value
  },
})

/** Where the cluster is and how to talk to it; every command that connects has these. */
export const connectionFlags = {
  'bootstrap-server': Flags.string({
    char: 'b',
    env: 'MQ_BOOTSTRAP_SERVER',
    aliases: ['bootstrap-servers', 'brokers'],
    helpValue: 'HOST:PORT,...',
    helpGroup: 'CONNECTION',
    summary: 'Brokers to ask first; default: the running local cluster.',
  }),
  'bootstrap-controller': Flags.string({
    env: 'MQ_BOOTSTRAP_CONTROLLER',
    helpValue: 'HOST:PORT,...',
    helpGroup: 'CONNECTION',
    summary: 'Controllers to ask first, where the request allows it.',
  }),
  'command-config': Flags.string({
    env: 'MQ_COMMAND_CONFIG',
    helpValue: 'FILE',
    helpGroup: 'CONNECTION',
    summary: 'Client settings: a Java client.properties, or librdkafka names.',
  }),
  property: pairFlag({
    char: 'X',
    helpGroup: 'CONNECTION',
    summary: 'One client setting; repeatable, wins over the file.',
  }),
  name: Flags.string({
    env: 'MQ_CLUSTER',
    helpValue: 'CLUSTER',
    helpGroup: 'CONNECTION',
    summary: 'The local cluster to use when several run.',
  }),
  profile: Flags.string({
    env: 'MQ_PROFILE',
    helpValue: 'NAME',
    helpGroup: 'CONNECTION',
    summary: 'The cluster of this profile; see mq profile.',
  }),
  confirm: Flags.string({
    helpValue: 'NAME',
    helpGroup: 'CONNECTION',
    summary: 'The name of a protected profile, typed ahead.',
  }),
}

/** For commands that change something; a command takes `dry-run` only where it honours it. */
export const yesFlag = Flags.boolean({
  char: 'y',
  env: 'MQ_YES',
  helpGroup: 'GLOBAL',
  summary: 'Answer the question of a dangerous change with yes.',
})
export const dryRunFlag = Flags.boolean({
  helpGroup: 'GLOBAL',
  summary: 'Show what would be done; change nothing.',
})

/** One required name, not filled from stdin. */
export function requiredArg(description: string) {
  return Args.string({ description, required: true, ignoreStdin: true })
}

/** One or more names. */
export function requiredArgs(description: string) {
  return Args.string({ description, required: true, multiple: true, ignoreStdin: true })
}

/** One name that may be left out. */
export function optionalArg(description: string) {
  return Args.string({ description, ignoreStdin: true })
}

/** None, one or several names: undefined when none was given. */
export function optionalArgs(description: string) {
  return Args.string({ description, multiple: true, ignoreStdin: true })
}

function require<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new UsageError(message)
  return value
}

/** The pairs of a repeatable flag as a record; a later one wins. */
export function pairsToRecord(pairs: readonly Pair[] | undefined): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map((pair) => [pair.key, pair.value]))
}
