/** The compiled codecs against the walker, for every message and version: same bytes, same values, same refusals. */
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { decodeAt, decodeMessage, defaultOf, encodeChunks, encodeMessage } from '../../src/protocol/codec.ts'
import { defaultOfField, interpretDecode, interpretEncode } from '../../src/protocol/interpret.ts'
import { FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { ProduceRequest } from '../../src/protocol/messages/produce.ts'
import { type InputOf, inVersions, type Message, type Struct } from '../../src/protocol/schema.ts'
import { randomInstance } from './support/instances.ts'
import { allMessages, versionsOf } from './support/messages.ts'

const SEED = 20_261_121
const cases = allMessages.flatMap((schema) => versionsOf(schema).map((version) => ({ schema, version })))

/** The value as it must decode: absent fields at their defaults, in schema order. */
function complete(struct: Struct, version: number, value: { [name: string]: unknown }): object {
  return Object.fromEntries(
    Object.entries(struct.fields).map(([name, field]) => {
      const given = value[name]
      if (given === undefined || !inVersions(field.options.versions ?? '0+', version)) {
        return [name, defaultOfField(field)]
      }
      if (given === null) return [name, null]
      const { type } = field
      if (type.kind === 'struct') return [name, complete(type.struct, version, given as { [name: string]: unknown })]
      if (type.kind === 'array' && type.element.kind === 'struct') {
        const { struct: element } = type.element
        return [name, (given as { [name: string]: unknown }[]).map((item) => complete(element, version, item))]
      }
      return [name, given]
    }),
  )
}

test('there are 728 versions of messages', () => {
  expect(cases).toHaveLength(728)
})

describe.each(allMessages.map((schema) => [schema.name, schema] as const))('%s', (_, schema) => {
  test.each(versionsOf(schema))('v%d is encoded and decoded as the walker does', (version) => {
    const prng = new Prng(SEED + version)
    for (let round = 0; round < 12; round += 1) {
      const value = randomInstance(schema, version, prng, { sparse: round % 3 === 2 })
      const expected = interpretEncode(schema, version, value)
      const input = value as InputOf<Message>
      expect(encodeMessage(schema, version, input).equals(expected)).toBe(true)
      expect(
        Buffer.concat(encodeChunks(schema, version, input, 7))
          .subarray(7)
          .equals(expected),
      ).toBe(true)

      const shifted = Buffer.concat([Buffer.from('abc'), expected, Buffer.from([1, 2])])
      const decoded = decodeAt(schema, version, shifted, 3)
      expect(decoded.end).toBe(3 + expected.length)
      expect(decoded).toEqual(interpretDecode(schema, version, shifted, 3))
      expect(decoded.value).toEqual(complete(schema, version, value as { [name: string]: unknown }))
    }
    const byDefault = defaultOf(schema)
    expect(decodeMessage(schema, version, encodeMessage(schema, version, {}))).toEqual(byDefault)
  })
})

describe('what a version cannot carry', () => {
  const unsupported = expect.objectContaining({ error: 'UNSUPPORTED_VERSION' })
  test('is refused unless ignorable', () => {
    const value = { includeTopicAuthorizedOperations: true }
    expect(() => encodeMessage(MetadataRequest, 4, value)).toThrow(unsupported)
    expect(() => interpretEncode(MetadataRequest, 4, value)).toThrow(unsupported)
    expect(() => encodeMessage(MetadataRequest, 8, value)).not.toThrow()
    expect(encodeMessage(MetadataResponse, 0, { clusterId: 'x' })).toEqual(encodeMessage(MetadataResponse, 0, {}))
  })
  test('is null where it is not nullable yet', () => {
    expect(() => encodeMessage(MetadataRequest, 0, { topics: null })).toThrow(unsupported)
    expect(() => interpretEncode(MetadataRequest, 0, { topics: null })).toThrow(unsupported)
  })
  test('is anything at a version that does not exist', () => {
    for (const version of [-1, 14, Number.NaN]) {
      expect(() => encodeMessage(MetadataRequest, version, {})).toThrow(unsupported)
      expect(() => decodeMessage(MetadataRequest, version, Buffer.alloc(9))).toThrow(unsupported)
    }
  })
})

test.each([
  ['a string', '5'],
  ['too large', 2 ** 31],
  ['a fraction', 0.5],
  ['not a number', Number.NaN],
  ['null', null],
])('a number that is %s is a bug', (_, port) => {
  const value = { brokers: [{ port: port as number }] }
  expect(() => encodeMessage(MetadataResponse, 1, value)).toThrow(/brokers\.port is/)
})

test('strings longer than 32767 bytes are refused, those just below go', () => {
  expect(() => encodeMessage(MetadataResponse, 9, { clusterId: 'x'.repeat(32_768) })).toThrow(/32767/)
  for (const length of [40, 41, 42, 43, 126, 127, 128, 129, 16_383, 32_767]) {
    const clusterId = 'x'.repeat(length)
    for (const version of [2, 9]) {
      const bytes = encodeMessage(MetadataResponse, version, { clusterId })
      expect(decodeMessage(MetadataResponse, version, bytes).clusterId).toBe(clusterId)
    }
  }
})

test('record bytes go by reference, given whole or in pieces', () => {
  const large = Buffer.alloc(5000, 1)
  const pieces = [Buffer.alloc(2000, 2), Buffer.from('small'), Buffer.alloc(700, 3)]
  const partitions = [{ records: large }, { records: pieces }, { records: null }, { records: Buffer.from('tiny') }]
  for (const version of [11, 16]) {
    const value = { responses: [{ partitions }] }
    const chunks = encodeChunks(FetchResponse, version, value, 4)
    expect(chunks.filter((chunk) => [large, ...pieces].some((piece) => piece === chunk))).toEqual([
      large,
      pieces[0],
      pieces[2],
    ] as Buffer[])
    expect(Buffer.concat(chunks).subarray(4)).toEqual(interpretEncode(FetchResponse, version, value))
  }
})

test('decoded record bytes are views of the frame', () => {
  const bytes = encodeMessage(ProduceRequest, 9, {
    topicData: [{ partitionData: [{ records: Buffer.alloc(100, 7) }] }],
  })
  const { records } = decodeMessage(ProduceRequest, 9, bytes).topicData[0]!.partitionData[0]!
  expect(records!.buffer).toBe(bytes.buffer)
})

test('a failed encoding leaves nothing behind', () => {
  const value = { responses: [{ partitions: [{ records: Buffer.alloc(9000) }, { errorCode: 2 ** 20 }] }] }
  expect(() => encodeChunks(FetchResponse, 12, value)).toThrow()
  expect(Buffer.concat(encodeChunks(FetchResponse, 12, {}))).toEqual(interpretEncode(FetchResponse, 12, {}))
})
