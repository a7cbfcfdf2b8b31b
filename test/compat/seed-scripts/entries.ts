/**
 * The shell commands of the documents, as commands.json holds them: what is run, what has to be there before, and what comes of it.
 * docs/seed-scripts.md is made of the same file (scripts/seed-scripts.js).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What must be there before a command is run. */
export interface SetUp {
  /** Topics that must not be there. */
  readonly absent?: readonly string[]
  /** Topics and their partitions. */
  readonly topics?: Readonly<Record<string, number>>
  /** Records that each partition of a topic has at least. */
  readonly records?: Readonly<Record<string, number>>
  /** Groups, and what they have committed for each partition of a topic. */
  readonly groups?: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
  /** What the cluster allows is taken away. */
  readonly noAcls?: true
  /** Files, by their path in the document. */
  readonly files?: Readonly<Record<string, string>>
}

/** What is expected of a run. */
export interface Outcome {
  readonly exit: number
  /** Patterns that standard output and standard error must have, as regular expressions. */
  readonly prints?: string
  readonly complains?: string
  /** Kafka's tools that are called, one after the other, with their exit codes; repetitions in a row stand once. */
  readonly tools?: readonly string[]
  /** What is not Kafka and is called: replaced by stand-ins. */
  readonly needs?: readonly string[]
  /** A pattern for what only mq's stand-in adds on standard error: what replaces a removed flag. */
  readonly hint?: string
}

/** Another form of a command: a whole one, or texts to replace in the script. */
export interface Variant extends Outcome {
  readonly command?: string
  readonly args?: readonly string[]
  readonly edits?: readonly (readonly [string, string])[]
  readonly setUp?: SetUp
}

export interface Entry extends Outcome {
  /** DOCUMENT:LINE, as often as the command stands in the documents. */
  readonly at: readonly string[]
  /** The command, or the name of a file in scripts/. One of them is there. */
  readonly command?: string
  readonly script?: string
  /**
   * `works`: does what the document says. `differs`: ends well, but does something else. `fails`: fails as it does on Kafka 4.3.1.
   * `foreign`: nothing of Kafka is in it. `text`: no command at all, though it stands where commands stand.
   */
  readonly result: 'works' | 'differs' | 'fails' | 'foreign' | 'text'
  readonly args?: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** The folder to run it in, by its path in the document. */
  readonly cwd?: string
  readonly setUp?: SetUp
  /** It never ends: it is interrupted when it has printed this text. `topic`: the text is sent there as a record until then. */
  readonly endless?: { readonly topic?: string; readonly record: string }
  /** Texts in it that would take too long, and what is run in their place. */
  readonly shorter?: readonly (readonly [string, string])[]
  /** Both sides run it against Apache Kafka, with an authorizer, since the bundled broker cannot do it yet. */
  readonly on?: 'apache'
  /** With `on`: what comes of it on the bundled broker. */
  readonly bundled?: Outcome
  /** The outputs of the stand-in and of Kafka's tool are not compared, for the reason that the note gives. */
  readonly notCompared?: true
  /** What to write instead, with what comes of it. */
  readonly instead?: Variant
  /** What else is run, to show what the note says. */
  readonly also?: readonly Variant[]
  /** What comes of it on three brokers. */
  readonly threeBrokers?: Outcome
  readonly note?: string
}

export interface SeedCommands {
  readonly documents: Readonly<Record<string, string>>
  /** The documents' addresses; all of them become the address of the test's broker. */
  readonly addresses: readonly string[]
  readonly entries: readonly Entry[]
}

export const seedFolder = import.meta.dirname

/** The data file, as it is. */
export function seedCommands(): SeedCommands {
  return JSON.parse(readFileSync(join(seedFolder, 'commands.json'), 'utf8')) as SeedCommands
}
