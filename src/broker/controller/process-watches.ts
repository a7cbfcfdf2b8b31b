/**
 * The brokers whose processes the active controller watches: those that are up, by their life. Only brokers of its own machine can be
 * watched (see `watchProcess`); of all others their session tells.
 */
import type { BrokerImage } from '../metadata/cluster.ts'

/**
 * Begins to watch a broker's process; `onDead` runs at most once, when that is proven gone. Undefined: it cannot be watched, being
 * this very process or on another machine.
 */
export type WatchProcess = (broker: BrokerImage, onDead: () => void) => { cancel(): void } | undefined

export class ProcessWatches {
  readonly #watch: WatchProcess
  readonly #died: (id: number, epoch: number) => void
  readonly #watches = new Map<string, { cancel(): void } | undefined>()

  constructor(watch: WatchProcess, died: (id: number, epoch: number) => void) {
    this.#watch = watch
    this.#died = died
  }

  /** The brokers as they are now. */
  look(brokers: Iterable<BrokerImage>): void {
    const up = new Set<string>()
    for (const broker of brokers) {
      if (broker.fenced) continue
      const { id, epoch } = broker
      const key = `${id}:${epoch}`
      up.add(key)
      if (!this.#watches.has(key))
        this.#watches.set(
          key,
          this.#watch(broker, () => this.#died(id, epoch)),
        )
    }
    for (const [key, watch] of this.#watches) {
      if (up.has(key)) continue
      this.#watches.delete(key)
      watch?.cancel()
    }
  }

  close(): void {
    this.look([])
  }
}
