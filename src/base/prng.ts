/**
 * A seeded generator (xorshift128, seeded by splitmix): the same seed gives the same values on every machine.
 * For tests, the fuzzer and the simulator; never for secrets. `text` of the seed reproduces a run.
 */
import type { Random } from './random.ts'

export class Prng implements Random {
  readonly seed: number
  #a: number
  #b: number
  #c: number
  #d: number

  /** `seed` is any integer; only its low 32 bits count. */
  constructor(seed: number) {
    this.seed = seed >>> 0
    let state = this.seed
    const next = () => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return z ^ (z >>> 16)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  /** Uniform over 0 to 2^32-1. */
  uint32(): number {
    const t = this.#a ^ (this.#a << 11)
    this.#a = this.#b
    this.#b = this.#c
    this.#c = this.#d
    this.#d = this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8)
    return this.#d >>> 0
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.uint32() / 4294967296
  }

  /** Uniform in [0, bound); `bound` is 1 to 2^31. */
  int(bound: number): number {
    return Math.floor(this.float() * bound)
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(count)
    for (let i = 0; i < count; i += 1) bytes[i] = this.uint32()
    return bytes
  }

  /** True with the probability given, 0 to 1. */
  chance(probability: number): boolean {
    return this.float() < probability
  }

  /** One of the items; there must be at least one. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!
  }

  /** A generator of its own, so that one part's draws do not shift another's. */
  fork(): Prng {
    return new Prng(this.uint32())
  }
}
