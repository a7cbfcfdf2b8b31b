/** The codecs one by one: framing, foreign framings, and data that claims or becomes too much. */
import { gzipSync } from 'node:zlib'
import snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { COMPRESSIONS } from '../../../src/protocol/records/batch.ts'
import { compress, decompress, loadCodecs } from '../../../src/protocol/records/compression.ts'

const corrupt = expect.objectContaining({ error: 'CORRUPT_MESSAGE' })
const tooLarge = expect.objectContaining({ error: 'MESSAGE_TOO_LARGE' })
const codecs = COMPRESSIONS.filter((codec) => codec !== 'none')
const MIB = 1024 * 1024

test('loading them all works', async () => {
  await expect(loadCodecs()).resolves.toBeUndefined()
})

describe.each(codecs)('%s', (codec) => {
  test.each([0, 1, 100, 32 * 1024, 32 * 1024 + 1, 200_000, 5 * MIB])('%d bytes come back', (size) => {
    const random = new Prng(size).bytes(Math.min(size, 70_000))
    const data = Buffer.alloc(size, random.length === 0 ? 0 : random)
    expect(decompress(codec, compress(codec, data), Math.max(1, size)).equals(data)).toBe(true)
  })

  test('a bomb is refused before it takes memory', () => {
    const bomb = compress(codec, Buffer.alloc(64 * MIB))
    const before = process.memoryUsage().rss
    expect(() => decompress(codec, bomb, MIB)).toThrow(tooLarge)
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB)
  })

  test('data cut anywhere is refused', () => {
    const whole = compress(codec, Buffer.from('some text that repeats, some text that repeats'))
    for (let length = codec === 'snappy' ? 17 : 1; length < whole.length; length += 1) {
      expect(() => decompress(codec, whole.subarray(0, length), MIB)).toThrow(corrupt)
    }
  })

  test('noise gives an error or bytes, nothing else', () => {
    const prng = new Prng(5)
    const whole = compress(codec, Buffer.from('some text that repeats, some text that repeats'))
    for (let round = 0; round < 500; round += 1) {
      const noise = round % 2 === 0 ? prng.bytes(40) : Buffer.from(whole)
      noise[prng.int(noise.length)] = prng.int(256)
      try {
        expect(decompress(codec, noise, MIB).length).toBeLessThanOrEqual(MIB)
      } catch (error) {
        expect(['CORRUPT_MESSAGE', 'MESSAGE_TOO_LARGE']).toContain((error as { error?: string }).error)
      }
    }
  })
})

describe('snappy', () => {
  const data = Buffer.from('raw snappy, as librdkafka sends it '.repeat(50))
  test('is read without a frame too', () => {
    expect(decompress('snappy', snappy.compressSync(data), MIB).equals(data)).toBe(true)
  })
  test('is framed for Java in blocks of 32 KiB', () => {
    const framed = compress('snappy', Buffer.alloc(70_000, 'x'))
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    let blocks = 0
    for (let at = 16; at < framed.length; at += 4 + framed.readInt32BE(at)) blocks += 1
    expect(blocks).toBe(3)
  })
  test('that claims more than its bytes can make is refused', () => {
    expect(() => decompress('snappy', Buffer.from('ffffff7f00aabb', 'hex'), 2 ** 31)).toThrow(corrupt)
  })
})

test('gzip of several members is read whole', () => {
  const two = Buffer.concat([gzipSync(Buffer.from('one ')), gzipSync(Buffer.from('two'))])
  expect(decompress('gzip', two, MIB).toString()).toBe('one two')
})
