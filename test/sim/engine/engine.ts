/**
 * The event queue under virtual time. Events at the same moment run in an order drawn from the seed; the same seed gives
 * the same run, which the hash of all events proves. Nothing here knows what is simulated.
 */
import { Prng } from '../../../src/base/prng.ts'
import { drainMicrotasks } from './microtasks.ts'

/** What an event is about; goes into the hash. */
export const EVENT = {
  timer: 1,
  deferred: 2,
  message: 3,
  connection: 4,
  fault: 5,
  client: 6,
  disk: 7,
  check: 8,
} as const

export class SimEvent {
  readonly atMs: number
  readonly tie: number
  readonly code: number
  run: (() => void) | undefined

  constructor(atMs: number, tie: number, code: number, run: () => void) {
    this.atMs = atMs
    this.tie = tie
    this.code = code
    this.run = run
  }

  cancel(): void {
    this.run = undefined
  }
}

export class Engine {
  nowMs = 0
  /** Events that ran. */
  events = 0
  /** Lines for people are made only when somebody reads them. */
  readonly isVerbose: boolean
  readonly lines: string[] = []
  /** The last so many are kept, at least. */
  keptLines = 400
  private readonly heap: SimEvent[] = []
  private readonly ties: Prng
  private low = 0x811c9dc5
  private high = 0x9e3779b9
  private stopped = false
  private failure: Error | undefined

  constructor(seed: number, isVerbose = false) {
    this.ties = new Prng(seed ^ 0x7f4a7c15)
    this.isVerbose = isVerbose
  }

  /** The hash of everything that happened, as 16 hexadecimal digits. */
  get hash(): string {
    const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0')
    return hex(this.high) + hex(this.low)
  }

  mix(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193)
    this.high = Math.imul(this.high ^ (this.low >>> 15), 0x85ebca6b)
  }

  mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.mix(text.charCodeAt(index))
  }

  note(line: () => string): void {
    if (!this.isVerbose) return
    this.lines.push(`${this.nowMs.toFixed(3).padStart(11)} ${line()}`)
    if (this.lines.length > 2 * this.keptLines) this.lines.splice(0, this.keptLines)
  }

  /** Runs `run` at `atMs`, at the earliest now. */
  at(atMs: number, code: number, run: () => void): SimEvent {
    const event = new SimEvent(atMs > this.nowMs ? atMs : this.nowMs, this.ties.uint32(), code, run)
    const { heap } = this
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(event, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
    return event
  }

  after(delayMs: number, code: number, run: () => void): SimEvent {
    return this.at(this.nowMs + delayMs, code, run)
  }

  stop(): void {
    this.stopped = true
  }

  /** Runs until `endMs`, or until `isOver` (looked at after each event) says so. False when it did not. */
  run(endMs: number, isOver?: () => boolean): boolean {
    this.stopped = false
    for (;;) {
      const event = this.heap[0]
      if (event === undefined || event.atMs > endMs) break
      this.pop()
      const { run } = event
      if (run === undefined) continue
      this.nowMs = event.atMs
      this.events++
      this.mix(event.code)
      this.mix((event.atMs * 1024) | 0)
      run()
      drainMicrotasks()
      if (this.failure !== undefined) throw this.failure
      if (this.stopped || isOver?.() === true) return true
    }
    this.nowMs = Math.max(this.nowMs, endMs)
    return false
  }

  /** Ends the run with this error, from wherever it is called: also where a promise would swallow what is thrown. */
  fail(error: Error): void {
    this.failure ??= error
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++
      const below = heap[child]!
      if (!isBefore(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }
}

function isBefore(one: SimEvent, other: SimEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tie < other.tie)
}
