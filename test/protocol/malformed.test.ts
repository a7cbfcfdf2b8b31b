/**
 * Bytes that are no valid message: every truncation, flipped bytes, wrong counts and lengths give `ProtocolError` or
 * another valid value, in the compiled decoder and the walker alike, and take no more memory than the bytes allow.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { apiNames, apis } from '../../src/protocol/apis.ts'
import { decodeAt, decodeMessage, encodeMessage } from '../../src/protocol/codec.ts'
import { ProtocolError } from '../../src/protocol/errors.ts'
import { interpretDecode } from '../../src/protocol/interpret.ts'
import { decodeResponseFrame, encodeResponseFrame } from '../../src/protocol/frame.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../src/protocol/messages/api-versions.ts'
import { MetadataRequest } from '../../src/protocol/messages/metadata.ts'
import { OffsetFetchRequest } from '../../src/protocol/messages/offset-fetch.ts'
import type { InputOf, Message } from '../../src/protocol/schema.ts'
import { randomInstance } from './support/instances.ts'
import { allMessages, versionsOf } from './support/messages.ts'

const SEED = 77

function outcome(decode: () => { value: unknown; end: number }): unknown {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return 'refused'
  }
}

function bothAgree(schema: Message, version: number, bytes: Buffer): unknown {
  const compiled = outcome(() => decodeAt(schema, version, bytes, 0))
  expect(compiled).toEqual(outcome(() => interpretDecode(schema, version, bytes)))
  return compiled
}

describe.each(allMessages.map((schema) => [schema.name, schema] as const))('%s', (_, schema) => {
  test('is refused when cut anywhere', () => {
    for (const version of versionsOf(schema)) {
      const prng = new Prng(SEED)
      const value = randomInstance(schema, version, prng, { maxElements: 2 })
      const bytes = encodeMessage(schema, version, value as InputOf<Message>)
      const step = Math.max(1, Math.floor(bytes.length / 150))
      for (let length = 0; length < bytes.length; length += step) {
        expect(() => decodeMessage(schema, version, bytes.subarray(0, length))).toThrow(ProtocolError)
      }
    }
  })

  test('is refused or another value when bytes are damaged', () => {
    const prng = new Prng(SEED)
    for (const version of versionsOf(schema)) {
      const value = randomInstance(schema, version, prng, { maxElements: 2 })
      const bytes = encodeMessage(schema, version, value as InputOf<Message>)
      for (let round = 0; round < 12 && bytes.length > 0; round += 1) {
        const damaged = Buffer.from(bytes)
        damaged[prng.int(bytes.length)] = prng.pick([0, 1, 0x7f, 0x80, 0xff, prng.int(256)])
        bothAgree(schema, version, damaged)
      }
      bothAgree(schema, version, prng.bytes(40))
    }
  })
})

describe('counts and lengths', () => {
  const refused = (schema: Message, version: number, hex: string) =>
    expect(bothAgree(schema, version, Buffer.from(hex, 'hex'))).toBe('refused')
  test('beyond the bytes that remain are refused', () => {
    refused(MetadataRequest, 1, '7fffffff')
    refused(MetadataRequest, 1, '00000002000161')
    refused(MetadataRequest, 1, '000000010005616263')
    refused(MetadataRequest, 9, 'ffffffff0f')
    refused(MetadataRequest, 9, 'ffffffffff0f')
    refused(MetadataRequest, 9, '02ffff0361')
  })
  test('that are negative are null where null can be, as in Kafka', () => {
    expect(decodeMessage(MetadataRequest, 1, Buffer.from('ffffffff', 'hex')).topics).toBeNull()
    expect(decodeMessage(MetadataRequest, 1, Buffer.from('80000000', 'hex')).topics).toBeNull()
    refused(MetadataRequest, 0, 'ffffffff')
    refused(MetadataRequest, 9, '0200')
  })
  test('of varints of more than five bytes are refused', () => {
    refused(MetadataRequest, 9, '808080808001')
  })
})

describe('tags', () => {
  const decoded = (hex: string) => bothAgree(ApiVersionsRequest, 3, Buffer.from(hex, 'hex'))
  const names = { clientSoftwareName: 'a', clientSoftwareVersion: 'b' }
  test('that are unknown are passed over', () => {
    expect(decoded('026102620205026869ff7f0100')).toEqual({ value: names, end: 13 })
  })
  test('that do not ascend or come twice are taken in turn, as Kafka does', () => {
    expect(decoded('0261026202070108070109')).toEqual({ value: names, end: 11 })
    const empty = encodeMessage(ApiVersionsResponse, 3, {})
    const twice = Buffer.concat([empty.subarray(0, -1), Buffer.from('0203010101080000000000000007', 'hex')])
    expect(decodeMessage(ApiVersionsResponse, 3, twice)).toMatchObject({
      finalizedFeaturesEpoch: 7,
      zkMigrationReady: true,
    })
  })
  test('whose size is not theirs are refused', () => {
    const empty = encodeMessage(ApiVersionsResponse, 3, {})
    const wrong = Buffer.concat([empty.subarray(0, -1), Buffer.from('0101090000000000000007aa', 'hex')])
    expect(bothAgree(ApiVersionsResponse, 3, wrong)).toBe('refused')
    expect(decoded('02610262010000')).toEqual({ value: names, end: 7 })
    expect(decoded('026102620100ff')).toBe('refused')
    expect(decoded('02610262ffffffff0f')).toBe('refused')
  })
})

test('text that is no UTF-8 reads as Java reads it', () => {
  const bytes = Buffer.from('0000000100046180ff62', 'hex')
  expect(decodeMessage(MetadataRequest, 1, bytes).topics![0]!.name).toBe('a\ufffd\ufffdb')
  expect(bothAgree(MetadataRequest, 1, bytes)).not.toBe('refused')
})

describe('memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  /** What decoding adds to the heap, with its result alive. */
  function heapGrowth(decode: () => unknown): { bytes: number; outcome: string } {
    collect()
    const before = process.memoryUsage().heapUsed
    let result: unknown
    let outcomeText = 'decoded'
    try {
      result = decode()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      outcomeText = error.message
    }
    collect()
    const bytes = process.memoryUsage().heapUsed - before
    return { bytes: result === null ? 0 : bytes, outcome: outcomeText }
  }

  test('is not taken on the word of a count', () => {
    for (const api of apiNames) {
      for (const version of versionsOf(apis[api].request)) {
        for (const fill of [0x7f, 0xff, 0x80, 0xfe]) {
          const before = process.memoryUsage().heapUsed
          outcome(() => decodeAt(apis[api].request as Message, version, Buffer.alloc(64, fill), 0))
          expect(process.memoryUsage().heapUsed - before, `${api} v${version}`).toBeLessThan(1024 * 1024)
        }
      }
    }
  })

  test('of a flood of tiny elements stays within four times the frame and the allowance', () => {
    // 16 MB of empty topic names: a string each, were all of them taken.
    const size = 16 * 1024 * 1024
    const flood = Buffer.alloc(size)
    flood.writeUInt32BE(Math.floor((size - 4) / 2), 0)
    expect(heapGrowth(() => decodeMessage(MetadataRequest, 1, flood)).outcome).toMatch(/too much memory/)

    // Groups of three bytes each, every one an object.
    const groups = Buffer.alloc(size, 1)
    Buffer.from([0x81, 0x80, 0x80, 0x02]).copy(groups)
    const { bytes } = heapGrowth(() => decodeMessage(OffsetFetchRequest, 8, groups))
    expect(bytes).toBeLessThan(4 * size + 32 * 1024 * 1024)
  })

  test('of a large answer from a chosen cluster is granted', () => {
    const partitions = Array.from({ length: 400_000 }, () => ({ replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3] }))
    const answer = Buffer.concat(encodeResponseFrame('Metadata', 12, 1, { topics: [{ partitions }] })).subarray(4)
    expect(decodeResponseFrame('Metadata', 12, answer).body.topics[0]!.partitions).toHaveLength(400_000)
  })
})
