/** Integers in bytes: int64 in numbers, varints, their sizes; and the seeded generator. */
import { describe, expect, test } from 'vitest'
import {
  readInt16,
  readInt32,
  readInt64,
  unsignedVarintSize,
  varintSize,
  varlongSize,
  writeInt16,
  writeInt32,
  writeInt64,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'

const buffer = Buffer.alloc(16)

describe('int64', () => {
  test.each([
    [0, '0000000000000000'],
    [-1, 'ffffffffffffffff'],
    [2 ** 32, '0000000100000000'],
    [-(2 ** 32) - 1, 'fffffffeffffffff'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
    [2 ** 63, '7fffffffffffffff'],
    [-(2 ** 63), '8000000000000000'],
  ])('%d is %s', (value, hex) => {
    expect(writeInt64(buffer, 3, value)).toBe(11)
    expect(buffer.toString('hex', 3, 11)).toBe(hex)
    expect(readInt64(buffer, 3)).toBe(value)
  })
})

test('int16 and int32 keep their signs', () => {
  for (const value of [0, 1, -1, 32_767, -32_768]) {
    writeInt16(buffer, 1, value)
    expect(readInt16(buffer, 1)).toBe(value)
    writeInt32(buffer, 1, value * 65_536 + 5)
    expect(readInt32(buffer, 1)).toBe((value * 65_536 + 5) | 0)
  }
})

describe('varints', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [2 ** 32 - 1, 'ffffffff0f'],
  ])('%d unsigned is %s', (value, hex) => {
    const end = writeUnsignedVarint(buffer, 0, value)
    expect(buffer.toString('hex', 0, end)).toBe(hex)
    expect(unsignedVarintSize(value)).toBe(end)
  })
  test.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [2 ** 31 - 1, 'feffffff0f'],
    [-(2 ** 31), 'ffffffff0f'],
  ])('%d signed is %s, also as a long', (value, hex) => {
    const end = writeVarint(buffer, 0, value)
    expect(buffer.toString('hex', 0, end)).toBe(hex)
    expect(varintSize(value)).toBe(end)
    expect(writeVarlong(buffer, 0, value)).toBe(end)
    expect(buffer.toString('hex', 0, end)).toBe(hex)
    expect(varlongSize(value)).toBe(end)
  })
  test('longs go beyond 32 bits', () => {
    const end = writeVarlong(buffer, 0, -(2 ** 52))
    expect(buffer.toString('hex', 0, end)).toBe('ffffffffffffff0f')
    expect(varlongSize(-(2 ** 52))).toBe(end)
  })
})

test('a seed gives its values on every machine', () => {
  const prng = new Prng(42)
  expect([prng.uint32(), prng.uint32(), prng.int(1000), prng.int(6)]).toMatchInlineSnapshot(`
    [
      3539567148,
      3747934478,
      942,
      5,
    ]
  `)
  const other = new Prng(42)
  expect(new Prng(7).bytes(8).equals(new Prng(7).bytes(8))).toBe(true)
  expect(other.fork().uint32()).not.toBe(new Prng(43).fork().uint32())
})
