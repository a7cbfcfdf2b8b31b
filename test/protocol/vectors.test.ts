/** A sample of what Kafka's own classes write, decoded and encoded again: every message at every version. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeAt, encodeMessage } from '../../src/protocol/codec.ts'
import { interpretDecode, interpretEncode } from '../../src/protocol/interpret.ts'
import type { InputOf, Message } from '../../src/protocol/schema.ts'
import { allMessages, versionsOf } from './support/messages.ts'
import { fromJson, parseVector, unknownNames, withoutRecords } from './support/vectors.ts'

const lines = JSON.parse(readFileSync(new URL('../golden/protocol.vectors.json', import.meta.url), 'utf8')) as string[]
const vectors = lines.map(parseVector)
const byName = new Map(allMessages.map((schema) => [schema.name, schema]))

test('the sample has every version of every message', () => {
  expect(vectors.map((vector) => `${vector.message} ${vector.version}`).sort()).toEqual(
    allMessages.flatMap((schema) => versionsOf(schema).map((version) => `${schema.name} ${version}`)).sort(),
  )
})

test.each(vectors)('$message v$version', ({ message, version, bytes, json }) => {
  const schema = byName.get(message)!
  const decoded = decodeAt(schema, version, bytes, 0)
  expect(decoded.end).toBe(bytes.length)
  expect(unknownNames(schema, json)).toEqual([])
  expect(withoutRecords(schema, decoded.value)).toEqual(fromJson(schema, json))
  expect(decoded).toEqual(interpretDecode(schema, version, bytes))
  expect(encodeMessage(schema, version, decoded.value as InputOf<Message>).equals(bytes)).toBe(true)
  expect(interpretEncode(schema, version, decoded.value as object).equals(bytes)).toBe(true)
})
