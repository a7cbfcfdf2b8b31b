/** Random values of any message at any version: all that the version can carry, with the awkward values well mixed in. */
import type { Prng } from '../../../src/base/prng.ts'
import { uuidFromBytes, ZERO_UUID } from '../../../src/base/uuid.ts'
import { INT64_MAX, INT64_MIN } from '../../../src/protocol/limits.ts'
import {
  type Field,
  type FieldType,
  inVersions,
  type Message,
  type Primitive,
  type Struct,
} from '../../../src/protocol/schema.ts'

const WORDS = ['', 'a', 'topic-1', 'orders', 'grüße', '主题', '🙂🙃', '\u0000', 'a.b_c-d'.repeat(20)]

export interface InstanceOptions {
  /** Most elements of an array; nested ones get fewer. */
  readonly maxElements?: number
  /** Leave out fields at random, so that defaults are filled in. */
  readonly sparse?: boolean
}

/** A value whose every field the version can carry; the same generator state gives the same value. */
export function randomInstance(schema: Message, version: number, prng: Prng, options: InstanceOptions = {}): object {
  return structValue(schema, version, prng, options.maxElements ?? 3, options.sparse ?? false)
}

function structValue(struct: Struct, version: number, prng: Prng, most: number, sparse: boolean): object {
  const value: { [name: string]: unknown } = {}
  for (const [name, field] of Object.entries(struct.fields)) {
    if (!inVersions(field.options.versions ?? '0+', version)) continue
    if (sparse && prng.chance(0.3)) continue
    value[name] = fieldValue(field, version, prng, most, sparse)
  }
  return value
}

function fieldValue(field: Field, version: number, prng: Prng, most: number, sparse: boolean): unknown {
  const { nullable } = field.options
  if (nullable !== undefined && inVersions(nullable, version) && prng.chance(0.25)) return null
  return typeValue(field.type, version, prng, most, sparse)
}

function typeValue(type: FieldType, version: number, prng: Prng, most: number, sparse: boolean): unknown {
  if (type.kind === 'struct') return structValue(type.struct, version, prng, most, sparse)
  if (type.kind === 'array') {
    const count = prng.chance(0.03) ? 40 * most : prng.int(most + 1)
    return Array.from({ length: count }, () =>
      typeValue(type.element, version, prng, count > most ? 1 : Math.max(1, most - 1), sparse),
    )
  }
  return primitiveValue(type.name, prng)
}

function bits(prng: Prng, count: number): number {
  return prng.chance(0.3) ? prng.int(3) : Math.floor(prng.float() * 2 ** (1 + prng.int(count)))
}

function signed(prng: Prng, size: number): number {
  const most = 2 ** (size - 1) - 1
  if (prng.chance(0.1)) return prng.pick([most, -most - 1, -1, 0, 127, 128, -128])
  const magnitude = Math.min(bits(prng, size - 1), most)
  return prng.chance(0.4) ? -magnitude - 1 : magnitude
}

function primitiveValue(name: Primitive, prng: Prng): unknown {
  switch (name) {
    case 'bool':
      return prng.chance(0.5)
    case 'int8':
      return Math.max(-128, Math.min(127, signed(prng, 8)))
    case 'int16':
      return signed(prng, 16)
    case 'uint16':
      return bits(prng, 16) & 0xffff
    case 'int32':
      return signed(prng, 32)
    case 'uint32':
      return prng.chance(0.2) ? prng.pick([0, 0xffffffff, 0x80000000]) : bits(prng, 32) >>> 0
    case 'int64':
      if (prng.chance(0.15)) {
        return prng.pick([
          INT64_MAX,
          INT64_MIN,
          Number.MAX_SAFE_INTEGER,
          -Number.MAX_SAFE_INTEGER,
          -1,
          2 ** 32,
          -(2 ** 32),
        ])
      }
      return prng.chance(0.4) ? -1 - bits(prng, 52) : bits(prng, 53)
    case 'int64Exact':
      return BigInt.asIntN(64, (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32()))
    case 'float64':
      return prng.chance(0.2) ? prng.pick([0, -1.5, 1e300, 5e-324]) : (prng.float() - 0.5) * 2 ** prng.int(60)
    case 'string':
      return prng.chance(0.5) ? prng.pick(WORDS) : `t${prng.uint32().toString(36)}`.repeat(1 + prng.int(4))
    case 'bytes':
    case 'records':
      return prng.bytes(prng.chance(0.05) ? 600 + prng.int(2000) : prng.int(20))
    case 'uuid':
      return prng.chance(0.2) ? ZERO_UUID : uuidFromBytes(prng.bytes(16))
  }
}
