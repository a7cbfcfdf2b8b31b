/**
 * One simulated machine: is up or down, stands still while it is paused or its disk makes it wait, and has a clock of its
 * own that may be wrong. A life ends with a crash; whatever belongs to an ended life never runs again.
 */
import type { Clock, Timer } from '../../../src/base/clock.ts'
import { type Engine, EVENT } from './engine.ts'
import { drainMicrotasks } from './microtasks.ts'
import { Violation } from './violation.ts'

/** Between a turn's input and the work that it put off. */
const DEFER_MS = 0.02
const EPOCH_MS = 1_700_000_000_000

export class Host {
  readonly id: number
  readonly engine: Engine
  isUp = false
  life = 0
  /** Waits for its disk, or was stopped: nothing runs before. */
  busyUntilMs = 0
  /** Of the monotonic clock: 1 is right. */
  rate = 1
  /** Of the wall clock, which alone may jump. */
  wallOffsetMs = 0
  private startedMs = 0
  /** What came while the machine was busy, in order. */
  private backlog: { readonly life: number; readonly work: () => void }[] = []
  private wakes = false

  constructor(id: number, engine: Engine) {
    this.id = id
    this.engine = engine
  }

  /** Begins a life. */
  boot(): void {
    this.isUp = true
    this.life++
    this.startedMs = this.engine.nowMs
    this.busyUntilMs = this.engine.nowMs
  }

  /** Ends it. */
  halt(): void {
    this.isUp = false
    this.life++
    this.backlog = []
    // The next life wakes by its own time, not when the last one would have.
    this.wakes = false
  }

  /** Now, as what runs here sees it: an operation that takes time moves it. */
  get localMs(): number {
    return Math.max(this.engine.nowMs, this.busyUntilMs)
  }

  /** It is up, and nothing keeps it from its work. */
  get isIdle(): boolean {
    return this.isUp && this.busyUntilMs <= this.engine.nowMs
  }

  /** Something here takes `ms`; what follows in this turn happens after it. */
  spend(ms: number): void {
    this.busyUntilMs = this.localMs + ms
  }

  /** Ends a pause. */
  resume(): void {
    if (this.busyUntilMs <= this.engine.nowMs) return
    this.busyUntilMs = this.engine.nowMs
    this.wakes = false
    if (this.backlog.length > 0) this.wakeLater()
  }

  /** Runs `work` as part of `life`, when the machine is not busy and has done what came before. */
  run(life: number, work: () => void): void {
    if (life !== this.life) return
    if (this.busyUntilMs > this.engine.nowMs || this.backlog.length > 0) {
      this.backlog.push({ life, work })
      this.wakeLater()
    } else this.execute(work)
  }

  private execute(work: () => void): void {
    this.engine.mix(this.id)
    try {
      work()
    } catch (error) {
      this.thrown(error)
    }
  }

  /** Code of this machine threw where nobody catches. */
  thrown(error: unknown, what = 'thrown'): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.engine.fail(error instanceof Violation ? error : new Violation(what, `node ${this.id}: ${text}`))
  }

  private wakeLater(): void {
    if (this.wakes) return
    this.wakes = true
    this.engine.at(this.busyUntilMs, EVENT.timer, () => {
      this.wakes = false
      while (this.backlog.length > 0 && this.busyUntilMs <= this.engine.nowMs) {
        const { life, work } = this.backlog.shift()!
        if (life !== this.life) continue
        this.execute(work)
        drainMicrotasks()
      }
      if (this.backlog.length > 0) this.wakeLater()
    })
  }

  /** The clock of the present life. */
  clock(): Clock {
    return new HostClock(this, this.life)
  }

  monotonicMs(): number {
    return (this.localMs - this.startedMs) * this.rate + 1000
  }

  wallMs(): number {
    return Math.floor(EPOCH_MS + this.localMs + this.wallOffsetMs)
  }
}

class HostClock implements Clock {
  private readonly host: Host
  private readonly life: number

  constructor(host: Host, life: number) {
    this.host = host
    this.life = life
  }

  nowMs(): number {
    return this.host.wallMs()
  }

  monotonicMs(): number {
    return this.host.monotonicMs()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const { host, life } = this
    if (life !== host.life) return { cancel: () => {} }
    let done = false
    const run = () => {
      if (done) return
      done = true
      callback()
    }
    const atMs = host.localMs + Math.max(0.01, delayMs / host.rate)
    const event = host.engine.at(atMs, EVENT.timer, () => host.run(life, run))
    return {
      cancel: () => {
        done = true
        event.cancel()
      },
    }
  }

  defer(callback: () => void): void {
    const { host, life } = this
    if (life !== host.life) return
    host.engine.at(host.localMs + DEFER_MS, EVENT.deferred, () => host.run(life, callback))
  }
}
