/**
 * The node's settings as they are now: the static configuration with the dynamic values of the metadata log on top
 * (those of all brokers, then this broker's own). Built once by the composition root, which feeds it from the image.
 *
 * How to use it: take a `CurrentConfig` and ask it at the time of use (`config.get('log.cleaner.backoff.ms')`); keep no
 * value from it in a field. What must act on a change (a timer to arm anew, a pool to resize) calls
 * `config.onChange(['some.key'], (now, before) => …)`. `config.current` is the immutable view of this moment, for code
 * that takes a whole BrokerConfig. In handlers `services.config` is that view already, fresh for every request. A plain
 * BrokerConfig becomes a CurrentConfig that never changes by `fixedConfig(config)`.
 */
import type { BrokerConfig, BrokerConfigValue, BrokerKey } from './broker-config.ts'

/** A key of the table, or a listener's own. */
export type WatchedKey = BrokerKey | `listener.name.${string}`

/** Runs after a change, with the settings in force now and those before. */
export type ConfigListener = (now: BrokerConfig, before: BrokerConfig) => void

export interface CurrentConfig {
  /** What is in force at this moment. Immutable: ask again rather than keep it. */
  readonly current: BrokerConfig
  /** The value in force at this moment. */
  get<K extends BrokerKey>(key: K): BrokerConfigValue<K>
  /**
   * Runs `listener` after each change that gave at least one of `keys` another value; returns the way to end that.
   * Listeners run in the order in which they came, before the image's change reaches logs and partitions.
   */
  onChange(keys: readonly WatchedKey[], listener: ConfigListener): () => void
}

type Texts = Iterable<readonly [string, string]>

interface Entry {
  readonly keys: readonly WatchedKey[]
  readonly listener: ConfigListener
}

export class NodeConfig implements CurrentConfig {
  /** The configuration that the node was started with. */
  readonly start: BrokerConfig
  #current: BrokerConfig
  #entries: readonly Entry[] = []

  constructor(start: BrokerConfig) {
    this.start = start
    this.#current = start
  }

  get current(): BrokerConfig {
    return this.#current
  }

  get<K extends BrokerKey>(key: K): BrokerConfigValue<K> {
    return this.#current.get(key)
  }

  onChange(keys: readonly WatchedKey[], listener: ConfigListener): () => void {
    const entry = { keys, listener }
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  /** Takes the dynamic values over: those for all brokers, then those of this one. Idempotent. */
  update(clusterWide: Texts, ownBroker: Texts): void {
    const before = this.#current
    const now = this.start.withDynamic(clusterWide, ownBroker)
    if (now === before) return
    this.#current = now
    for (const { keys, listener } of this.#entries) {
      if (keys.some((key) => now.text(key) !== before.text(key))) listener(now, before)
    }
  }
}

/** Settings that nobody changes. */
export function fixedConfig(config: BrokerConfig): CurrentConfig {
  return new NodeConfig(config)
}
