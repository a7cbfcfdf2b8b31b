/**
 * The flags of one invocation, as the originals ask for them: whether one is there, its values as text, and one value as
 * text or number. Asking for one value of a flag that was given twice throws, as it does in the originals.
 */
import { type Flag, ParseError, UsageFailure } from './tool.ts'

const RANGES = {
  Short: [-32768n, 32767n],
  Integer: [-2147483648n, 2147483647n],
  Long: [-(2n ** 63n), 2n ** 63n - 1n],
} as const

/** Whether a text is a value of the type, as Java's valueOf sees it. */
export function isOfType(text: string, type: Flag['type']): boolean {
  if (type === undefined) return true
  if (type === 'Double') return /^\s*[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?)\s*$/.test(text)
  if (!/^[+-]?\d+$/.test(text)) return false
  const value = BigInt(text.replace(/^\+/, ''))
  return value >= RANGES[type][0] && value <= RANGES[type][1]
}

export class Options {
  /** The words as they were typed. */
  readonly argv: readonly string[]
  /** argparse4j: the subcommand. */
  readonly command: string | undefined
  /** Words that belong to no flag. */
  readonly words: readonly string[]
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #flags: ReadonlyMap<string, Flag>

  constructor(parsed: {
    argv: readonly string[]
    values: ReadonlyMap<string, readonly string[]>
    flags: readonly Flag[]
    words?: readonly string[]
    command?: string | undefined
  }) {
    this.argv = parsed.argv
    this.#values = parsed.values
    this.#flags = new Map(parsed.flags.map((flag) => [flag.name, flag]))
    this.words = parsed.words ?? []
    this.command = parsed.command
  }

  /** Whether the flag was given. */
  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** All values of a flag in their order; its default when it was not given. Empty for a switch. */
  all(name: string): readonly string[] {
    const given = this.#values.get(name)
    if (given !== undefined && given.length > 0) return given
    const standard = this.#flags.get(name)?.default
    return standard === undefined ? [] : [standard]
  }

  /** The one value of a flag, or its default, or undefined. Throws ParseError when there are several. */
  one(name: string): string | undefined {
    const values = this.all(name)
    if (values.length > 1) {
      throw new ParseError(
        'joptsimple.MultipleArgumentsForOptionException',
        `Found multiple arguments for option ${name}, but you asked for only one`,
      )
    }
    const [value] = values
    const type = this.#flags.get(name)?.type
    if (value !== undefined && !isOfType(value, type)) {
      throw new ParseError(
        'joptsimple.OptionArgumentConversionException',
        `Cannot parse argument '${value}' of option ${name}`,
      )
    }
    return value
  }

  /** The one value of a flag that takes a number. Throws ParseError as `one`. */
  number(name: string): number | undefined {
    const value = this.one(name)
    return value === undefined ? undefined : Number(value)
  }

  /** `Missing required argument "[name]"` unless each is there. */
  require(...names: readonly string[]): void {
    for (const name of names) {
      if (!this.has(name)) throw new UsageFailure(`Missing required argument "${this.label(name)}"`)
    }
  }

  /** `Option "[used]" can't be used with option "[other]"` if `used` and one of the others are there. */
  forbid(used: string, ...others: readonly string[]): void {
    if (!this.has(used)) return
    const other = others.find((name) => this.has(name))
    if (other !== undefined) {
      throw new UsageFailure(`Option "${this.label(used)}" can't be used with option "${this.label(other)}"`)
    }
  }

  /** A flag as joptsimple names it: its spellings in brackets, short ones first. */
  label(name: string): string {
    const names = [name, ...(this.#flags.get(name)?.aliases ?? [])]
    return `[${names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join(', ')}]`
  }
}
