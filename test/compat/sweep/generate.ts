/**
 * Makes up requests from the schemas of the protocol: every field that the version has gets a value out of the pool for its place,
 * mostly a sensible one or mostly a bad one. The same seed gives the same requests.
 */
import { type Field, type FieldType, inVersions, type Struct } from '../../../src/protocol/schema.ts'
import type { Prng } from '../../../src/base/prng.ts'

/** Values for the fields of some places: `good` ones that a client would send, `bad` ones that none should. */
export interface Pool {
  readonly good: readonly unknown[]
  readonly bad?: readonly unknown[]
}

/** Pools by place, first match wins: the path of a field such as `topics[].partitions[].partitionIndex`. */
export type Pools = readonly (readonly [place: RegExp, pool: Pool])[]

/** Lengths that arrays get; two of the same are likely where pools are small. */
const LENGTHS = [1, 1, 1, 2, 2, 3]

const FALLBACKS: Readonly<Record<string, Pool>> = {
  bool: { good: [false, true] },
  int8: { good: [0, 1], bad: [-1, 2, 127] },
  int16: { good: [0, 1], bad: [-1, 9, 32_767, -32_768] },
  int32: { good: [0, 1], bad: [-1, -2, 77, 2_147_483_647, -2_147_483_648] },
  int64: { good: [0, 1], bad: [-1, -7, 1e15] },
  float64: { good: [1, 1024], bad: [0, -1, 0.5, 1e19] },
  string: { good: ['some'], bad: ['', 'x'.repeat(300), 'späte Wörter'] },
  bytes: { good: [Buffer.from('abc')], bad: [Buffer.alloc(0)] },
}

export class Generator {
  readonly #chance: Prng
  readonly #pools: Pools
  readonly #version: number
  /** The share of fields that get a bad value. */
  readonly #badness: number

  constructor(chance: Prng, pools: Pools, version: number, badness: number) {
    this.#chance = chance
    this.#pools = pools
    this.#version = version
    this.#badness = badness
  }

  /** A value for each field of `struct` that the version carries. */
  struct(struct: Struct, path = ''): Record<string, unknown> {
    const made: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(struct.fields)) {
      if (!inVersions(field.options.versions ?? struct.versions, this.#version)) continue
      const value = this.#field(field, `${path}${name}`)
      if (value !== undefined) made[name] = value
    }
    return made
  }

  #field({ type, options }: Field, path: string): unknown {
    const mayBeNull = options.nullable !== undefined && inVersions(options.nullable, this.#version)
    const pool = this.#poolAt(path)
    if (pool === undefined && mayBeNull && this.#isBad(2)) return null
    const value = this.#value(type, path)
    if (value !== null) return value
    // where the version has no null the field is left at its default
    return mayBeNull ? null : undefined
  }

  #value(type: FieldType, path: string): unknown {
    if (type.kind === 'struct') return this.struct(type.struct, `${path}.`)
    if (type.kind === 'primitive') return this.#pick(this.#poolAt(path) ?? FALLBACKS[type.name] ?? { good: [0] })
    const whole = this.#poolAt(`${path}=`)
    if (whole !== undefined) return this.#pick(whole)
    const { element } = type
    const length = this.#isBad(2) ? 0 : this.#chance.pick(LENGTHS)
    const made = Array.from({ length }, () => this.#value(element, `${path}[]`))
    // the same entry twice
    if (made.length > 1 && this.#isBad(2)) made[1] = made[0]
    return made
  }

  #poolAt(path: string): Pool | undefined {
    return this.#pools.find(([place]) => place.test(path))?.[1]
  }

  #pick({ good, bad }: Pool): unknown {
    const values = bad !== undefined && bad.length > 0 && (good.length === 0 || this.#isBad(1)) ? bad : good
    return this.#chance.pick(values)
  }

  /** True for the share of bad values, divided by `rarer`. */
  #isBad(rarer: number): boolean {
    return this.#chance.chance(this.#badness / rarer)
  }
}
