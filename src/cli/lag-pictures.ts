/**
 * The looks of `mq lag watch` as they are printed: a document a line, or a screen that is drawn again. Groups are taken in one
 * by one, and only what will be printed of them is kept.
 */
import { TextBytes } from '../output/text-bytes.ts'
import { drawScreen, type ScreenGroup } from './lag-screen.ts'

/** What is known at the end of a look. */
interface LookEnd {
  /** ms since the epoch. */
  readonly at: number
  readonly errors: readonly object[]
}

type Failure = { readonly message: string } | undefined

/** A pipe takes no more at once. */
const ONE_PIECE_BYTES = 1 << 16

/** One JSON document a line. */
export class LagLines {
  readonly #groups = new TextBytes()

  begin(): void {
    this.#groups.clear()
  }

  add(group: object): void {
    if (this.#groups.length > 0) this.#groups.add(',')
    this.#groups.add(JSON.stringify(group))
  }

  /** The line of the look, in one piece unless it is a long one. The bytes are good until the next look begins. */
  *pieces({ at, errors }: LookEnd, error: Failure): Generator<string | Uint8Array, void, undefined> {
    const begin = `{"at":${at},"groups":[`
    const end = `],${JSON.stringify(error === undefined ? { errors } : { errors, error }).slice(1)}\n`
    const groups = error === undefined ? this.#groups.bytes() : new Uint8Array()
    if (groups.length < ONE_PIECE_BYTES) yield Buffer.concat([Buffer.from(begin), groups, Buffer.from(end)])
    else yield* [begin, groups, end]
  }
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

export interface LagScreenOptions {
  readonly intervalMs: number
  /** The terminal as it is now. */
  readonly size: () => { readonly rows?: number; readonly columns?: number }
}

/** A screen that is drawn over the one before; lines are cut at the edge of the terminal rather than folded. */
export class LagScreen {
  readonly #options: LagScreenOptions
  #lags = new Map<string, (number | null)[]>()
  #nextLags = new Map<string, (number | null)[]>()
  #groups: ScreenGroup[] = []
  #shown: { readonly at: number; readonly groups: readonly ScreenGroup[] } | undefined
  #isOpen = false

  constructor(options: LagScreenOptions) {
    this.#options = options
  }

  begin(): void {
    this.#groups = []
    this.#nextLags = new Map()
  }

  add(group: ScreenGroup): void {
    const { group: name, state, members, unread, maxTimeLagMs, inPerSecond, outPerSecond, growthPerSecond } = group
    const { catchUpMs, status, statusWhy, hot, error } = group
    this.#groups.push({
      ...{ group: name, state, members, unread, maxTimeLagMs, inPerSecond, outPerSecond, growthPerSecond },
      ...{ catchUpMs, status, statusWhy, hot, ...(error === undefined ? {} : { error }) },
    })
    const known = this.#lags.get(name) ?? []
    this.#nextLags.set(name, [...known, unread].slice(-HISTORY_MAX))
  }

  /** `gaps`: who could not be asked. While nobody can, the last picture stays, with the reason below it. */
  *pieces({ at }: LookEnd, error: Failure, gaps: readonly string[]): Generator<string, void, undefined> {
    if (error === undefined) {
      this.#shown = { at, groups: this.#groups }
      this.#lags = this.#nextLags
    }
    const failures = error === undefined ? gaps : [error.message, ...gaps]
    const { intervalMs, size } = this.#options
    const { rows = 24, columns } = size()
    const text = drawScreen(
      { ...(this.#shown ?? { at, groups: [] }), history: (name) => this.#lags.get(name) ?? [], failures, intervalMs },
      rows,
      columns,
    )
    if (!this.#isOpen) yield NO_WRAP + CLEAR
    this.#isOpen = true
    yield `${HOME}${text.split('\n').join(`${REST_OF_LINE}\n`)}${REST_OF_LINE}\n${BELOW}`
  }

  /** What makes the terminal as it was. */
  close(): string {
    return this.#isOpen ? WRAP : ''
  }
}
