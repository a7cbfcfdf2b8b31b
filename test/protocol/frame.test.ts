/** Frames: bytes of headers, header versions by API, what unknown keys and refused versions read as. */
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { type ApiName, apiNames, apis, type RequestInput, type ResponseInput } from '../../src/protocol/apis.ts'
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.ts'
import { ProtocolError } from '../../src/protocol/errors.ts'
import {
  decodeRequestFrame,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
} from '../../src/protocol/frame.ts'
import { ApiVersionsResponse } from '../../src/protocol/messages/api-versions.ts'
import { RequestHeader } from '../../src/protocol/messages/header.ts'
import type { InputOf, Message } from '../../src/protocol/schema.ts'
import { randomInstance } from './support/instances.ts'
import { versionsOf } from './support/messages.ts'

function unsized(chunks: Buffer[]): Buffer {
  const frame = Buffer.concat(chunks)
  expect(frame.readInt32BE(0)).toBe(frame.length - 4)
  return frame.subarray(4)
}

test('a flexible request keeps the classic client id and adds its tags', () => {
  const frame = unsized(encodeRequestFrame('ApiVersions', 3, { correlationId: 7, clientId: 'me' }, {}))
  expect(frame.toString('hex')).toBe('00120003000000070002' + '6d65' + '00' + '010100')
  expect(decodeRequestFrame(frame)).toEqual({
    apiKey: 18,
    apiVersion: 3,
    api: 'ApiVersions',
    correlationId: 7,
    clientId: 'me',
    bodyPosition: 13,
  })
})

test('ApiVersions answers with the first response header at every version', () => {
  expect(
    unsized(encodeResponseFrame('ApiVersions', 4, 9, {}))
      .subarray(0, 6)
      .toString('hex'),
  ).toBe('000000090000')
  expect(
    unsized(encodeResponseFrame('Metadata', 12, 9, {}))
      .subarray(0, 5)
      .toString('hex'),
  ).toBe('0000000900')
})

test('an ApiVersions answer that refuses the version reads as version 0', () => {
  const body = encodeMessage(ApiVersionsResponse, 0, {
    errorCode: 35,
    apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
  })
  const { correlationId, body: answer } = decodeResponseFrame(
    'ApiVersions',
    4,
    Buffer.concat([Buffer.from([0, 0, 0, 3]), body]),
  )
  expect(correlationId).toBe(3)
  expect(answer).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] })
})

test.each(apiNames)('%s goes there and back at every version', (api) => {
  const prng = new Prng(apis[api].key)
  for (const version of versionsOf(apis[api].request)) {
    const request = randomInstance(apis[api].request as Message, version, prng)
    const clientId = prng.pick([null, '', 'größe', 'x'.repeat(300)])
    const frame = unsized(
      encodeRequestFrame(api, version, { correlationId: -5, clientId }, request as RequestInput<ApiName>),
    )
    const header = decodeRequestFrame(frame)
    expect(header).toMatchObject({ api, apiVersion: version, correlationId: -5, clientId })
    const body = decodeMessage(apis[api].request as Message, version, frame, header.bodyPosition)
    const expected = encodeMessage(apis[api].request as Message, version, request as InputOf<Message>)
    expect(frame.subarray(header.bodyPosition).equals(expected)).toBe(true)
    expect(encodeMessage(apis[api].request as Message, version, body as InputOf<Message>).equals(expected)).toBe(true)
    const headerVersion = header.bodyPosition - 10 - Buffer.byteLength(clientId ?? '') + 1
    expect(decodeMessage(RequestHeader, headerVersion, frame)).toMatchObject({ requestApiKey: apis[api].key, clientId })

    const response = randomInstance(apis[api].response as Message, version, prng)
    if ('errorCode' in response && response.errorCode === 35) continue
    const answer = unsized(encodeResponseFrame(api, version, 44, response as ResponseInput<ApiName>))
    const decoded = decodeResponseFrame(api, version, answer)
    expect(decoded.correlationId).toBe(44)
    const again = encodeMessage(apis[api].response as Message, version, decoded.body as InputOf<Message>)
    expect(answer.subarray(answer.length - again.length).equals(again)).toBe(true)
  }
})

describe('requests that are not known', () => {
  test('have their header read all the same', () => {
    const frame = Buffer.from('03e7000100000005ffff', 'hex')
    expect(decodeRequestFrame(frame)).toMatchObject({ apiKey: 999, api: undefined, clientId: null, bodyPosition: 10 })
    const later = Buffer.from('00120063000000050000' + '00', 'hex')
    expect(decodeRequestFrame(later)).toMatchObject({
      api: 'ApiVersions',
      apiVersion: 99,
      clientId: '',
      bodyPosition: 11,
    })
  })

  test.each([
    ['nothing', ''],
    ['half a header', '001200030000'],
    ['a client id beyond the end', '00120003000000070005616263'],
    ['no tags where tags must be', '00120003000000070000'],
    ['a tag beyond the end', '0012000300000007000001' + '0009aa'],
    ['an endless varint', '00120003000000070000' + 'ffffffffff01'],
  ])('are refused with %s', (_, hex) => {
    expect(() => decodeRequestFrame(Buffer.from(hex, 'hex'))).toThrow(ProtocolError)
  })

  test('may carry header tags, which are passed over', () => {
    const frame = Buffer.from('00120003000000070000' + '02' + '0001aa' + '7f00' + '010100', 'hex')
    expect(decodeRequestFrame(frame).bodyPosition).toBe(16)
  })
})
