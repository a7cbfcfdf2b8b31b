/**
 * What a stand-in for one of Kafka's command-line tools is: a grammar for its flags and a function that does the work and
 * returns the exit code. Tools write through `ShimIo` only, so that they run in tests and in one process after another.
 */
import type { Options } from './options.ts'

export interface ShimIo {
  readonly stdout: (text: string) => void
  /** Bytes to stdout; resolves when it takes more. */
  readonly bytesOut: (bytes: Uint8Array) => Promise<void>
  readonly stderr: (text: string) => void
  readonly stdin: NodeJS.ReadableStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly nowMs: () => number
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

export interface Flag {
  /** Without dashes: `bootstrap-server`. */
  readonly name: string
  /** Other spellings, without dashes; a single letter is typed with one dash. */
  readonly aliases?: readonly string[]
  /** Whether it takes an argument; absent: it is a switch. */
  readonly arg?: 'required' | 'optional'
  /** What the argument must be; absent: any text. */
  readonly type?: 'Integer' | 'Long' | 'Double' | 'Short'
  /** What help calls the argument. */
  readonly argName?: string
  readonly required?: boolean
  /** joptsimple: cannot be given without one of these (`availableIf`). */
  readonly onlyWith?: readonly string[]
  /** argparse4j: takes all words up to the next flag. */
  readonly multi?: boolean
  /** argparse4j: may be given several times, each time with one argument. */
  readonly repeat?: boolean
  readonly default?: string
  /** The values that it takes. */
  readonly choices?: readonly string[]
  /** One argument that holds several values (`withValuesSeparatedBy`). */
  readonly separator?: string
  readonly help: string
}

/** Flags of which one must, or one may be given. */
export interface OneOf {
  readonly flags: readonly string[]
  readonly required: boolean
}

/** As joptsimple parses: any order, long flags behind one dash or two, stray words passed over. */
export interface JoptGrammar {
  readonly kind: 'jopt'
  /** Printed above the flags by --help. */
  readonly purpose: string
  /** Where it differs: printed when there are no arguments at all. */
  readonly emptyPurpose?: string
  /** It has something to do without any argument. */
  readonly emptyRuns?: boolean
  readonly flags: readonly Flag[]
}

/** As argparse4j parses: flags may be shortened, subcommands have their own. */
export interface ArgparseGrammar {
  readonly kind: 'argparse'
  /** The name in the usage line. */
  readonly program: string
  readonly purpose: string
  readonly flags: readonly Flag[]
  readonly oneOf?: readonly OneOf[]
  readonly commands?: readonly Subcommand[]
  /** What usage calls the subcommand; absent: the list of their names. */
  readonly commandName?: string
  /** What --version prints, where there is such a flag. */
  readonly version?: string
  /** Exit code of --help. */
  readonly helpExit?: number
  /** Without arguments the help is printed, and that is no failure. */
  readonly emptyHelps?: boolean
  /** Told in place of the usage and the message where flags cannot be used. */
  readonly usageError?: (message: string) => string
}

export interface Subcommand {
  readonly name: string
  readonly help: string
  readonly flags: readonly Flag[]
  readonly oneOf?: readonly OneOf[]
}

export type Grammar = JoptGrammar | ArgparseGrammar

export interface Tool {
  readonly name: string
  readonly grammar: Grammar
  /** Does the work and returns the exit code. What it throws is told by `failed`, or as `tellFailure` does. */
  run(options: Options, io: ShimIo): Promise<number>
  /** Tells an error as the original does, usage errors and help apart. Returns the exit code. */
  failed?(error: unknown, io: ShimIo): number
  /** Tells that the flags cannot be read, where that is not told as any other error. Returns the exit code. */
  parseFailed?(error: ParseError, io: ShimIo): number
}

/** The flags cannot be parsed. `javaClass` is the exception of the original's parser. */
export class ParseError extends Error {
  readonly javaClass: string
  /** The flag that the tool does not know, as it was typed. */
  readonly unknownFlag: string | undefined
  constructor(javaClass: string, message: string, unknownFlag?: string) {
    super(message)
    this.javaClass = javaClass
    this.unknownFlag = unknownFlag
  }
}

/** The flags do not go together: the message and the help go to stderr, and the exit code is 1. */
export class UsageFailure extends Error {}

/** Ends the tool with an exit code, and with text on either stream. */
export class ToolExit extends Error {
  readonly code: number
  readonly out: { readonly stdout?: string; readonly stderr?: string }
  /** The flag that the tool does not know, as it was typed. */
  readonly unknownFlag: string | undefined
  constructor(code: number, out: { readonly stdout?: string; readonly stderr?: string } = {}, unknownFlag?: string) {
    super(`exit ${code}`)
    this.code = code
    this.out = out
    this.unknownFlag = unknownFlag
  }
}
