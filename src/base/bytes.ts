/**
 * Integers in byte buffers, as Kafka lays them out: big-endian int64 held in a JavaScript number, and varints.
 * int64 is exact within +-(2^53-1); beyond that it is rounded, and int64's two extremes survive a round trip.
 * Writers return the position behind what they wrote. No function checks that the buffer is long enough: callers do.
 */

const TWO_32 = 4294967296
/** 2^63: the number that stands for int64's maximum. */
const TWO_63 = 2 ** 63

/** The int64 at `position`. */
export function readInt64(bytes: Uint8Array, position: number): number {
  const high =
    (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!
  const low =
    (bytes[position + 4]! << 24) | (bytes[position + 5]! << 16) | (bytes[position + 6]! << 8) | bytes[position + 7]!
  return high * TWO_32 + (low >>> 0)
}

/** Writes an integer as int64; 2^63 and above becomes int64's maximum, -2^63 and below its minimum. */
export function writeInt64(bytes: Uint8Array, position: number, value: number): number {
  let high: number
  let low: number
  if (value >= TWO_63) {
    high = 0x7fffffff
    low = -1
  } else if (value <= -TWO_63) {
    high = -0x80000000
    low = 0
  } else {
    high = Math.floor(value / TWO_32)
    low = value - high * TWO_32
  }
  writeInt32(bytes, position, high)
  return writeInt32(bytes, position + 4, low)
}

/** The int32 at `position`. */
export function readInt32(bytes: Uint8Array, position: number): number {
  return (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!
}

/** Writes the low 32 bits of `value`. */
export function writeInt32(bytes: Uint8Array, position: number, value: number): number {
  bytes[position] = value >>> 24
  bytes[position + 1] = value >>> 16
  bytes[position + 2] = value >>> 8
  bytes[position + 3] = value
  return position + 4
}

/** The int16 at `position`. */
export function readInt16(bytes: Uint8Array, position: number): number {
  return ((bytes[position]! << 24) >> 16) | bytes[position + 1]!
}

/** Writes the low 16 bits of `value`. */
export function writeInt16(bytes: Uint8Array, position: number, value: number): number {
  bytes[position] = value >>> 8
  bytes[position + 1] = value
  return position + 2
}

/** Bytes that `writeUnsignedVarint` takes for `value` (0 to 2^32-1): 1 to 5. */
export function unsignedVarintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}

/** Writes 0 to 2^32-1 in groups of 7 bits, lowest first. */
export function writeUnsignedVarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = value >>> 0
  let p = position
  while (rest > 0x7f) {
    bytes[p++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[p++] = rest
  return p
}

/** Zig-zag: small magnitudes become small unsigned numbers; int32 in, 0 to 2^32-1 out. */
export function zigZag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}

/** Writes an int32 as a zig-zag varint (record lengths and deltas). */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  return writeUnsignedVarint(bytes, position, zigZag(value))
}

/** Bytes that `writeVarint` takes: 1 to 5. */
export function varintSize(value: number): number {
  return unsignedVarintSize(zigZag(value))
}

/** Writes a safe integer as a zig-zag varint of up to 10 bytes (timestamp deltas). */
export function writeVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) return writeVarint(bytes, position, value)
  const wide = BigInt(value)
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  let p = position
  while (rest > 0x7fn) {
    bytes[p++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[p++] = Number(rest)
  return p
}

/** Bytes that `writeVarlong` takes: 1 to 10. */
export function varlongSize(value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) return varintSize(value)
  const wide = BigInt(value)
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  let size = 1
  while (rest > 0x7fn) {
    rest >>= 7n
    size += 1
  }
  return size
}
