/**
 * What all loads of a soak share: where the node is, whether to go on, when it was last disturbed, and the book of errors. An
 * error while the node is away or just back is the disturbance's own; any other one is a finding, counted by kind.
 */
import type { Prng } from '../../src/base/prng.ts'

/** After a restart clients may complain for so long. */
const SETTLE_MS = 20_000

export interface ErrorKind {
  readonly source: string
  readonly text: string
  count: number
  /** Of them, how many came while the node was not being restarted. */
  unexpected: number
  /** Seconds into the run. */
  readonly firstAtS: number
}

export class World {
  readonly bootstrap: string
  readonly prng: Prng
  readonly kinds = new Map<string, ErrorKind>()
  /** What was done, by name. */
  readonly counts = new Map<string, number>()
  #stopping = false
  #away = false
  #settledAtMs = 0
  readonly #startedMs = performance.now()
  readonly #wake = new Set<() => void>()

  constructor(bootstrap: string, prng: Prng) {
    this.bootstrap = bootstrap
    this.prng = prng
  }

  get stopping(): boolean {
    return this.#stopping
  }

  get elapsedS(): number {
    return (performance.now() - this.#startedMs) / 1000
  }

  /** The loads end at their next step. */
  stop(): void {
    this.#stopping = true
    for (const wake of [...this.#wake]) wake()
  }

  /** The node goes away now. */
  disturb(): void {
    this.#away = true
  }

  /** It is back. */
  settle(): void {
    this.#away = false
    this.#settledAtMs = performance.now() + SETTLE_MS
  }

  get isDisturbed(): boolean {
    return this.#away || performance.now() < this.#settledAtMs
  }

  /** Waits, or until the run is over. */
  pause(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake.add(done)
    })
  }

  did(what: string, amount = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + amount)
  }

  /** Writes an error down. `began`: whether the node was disturbed when the failed thing began. */
  error(source: string, error: unknown, began = false): void {
    this.note(source, kindOf(error), !began && !this.isDisturbed && !this.#stopping)
  }

  /** Writes a kind of error down, whenever it was. */
  note(source: string, text: string, unexpected: boolean): void {
    const key = `${source}: ${text}`
    let kind = this.kinds.get(key)
    if (kind === undefined) {
      kind = { source, text, count: 0, unexpected: 0, firstAtS: Math.round(this.elapsedS) }
      this.kinds.set(key, kind)
    }
    kind.count++
    if (unexpected) kind.unexpected++
  }

  /** Runs one step of a load; its failure is written down and answered with undefined. */
  async attempt<T>(source: string, step: () => Promise<T>): Promise<T | undefined> {
    const began = this.isDisturbed
    try {
      return await step()
    } catch (error) {
      this.error(source, error, began)
      return undefined
    }
  }
}

/** The kind of an error: its text without the numbers, ids and addresses that make each one different. */
export function kindOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replaceAll(/(topic id )\S+|(\[B@)\w+/g, '$1$2<id>')
    .replaceAll(/\d+(\.\d+)*/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200)
}
