/**
 * Kafka's generated classes against our codecs: every message at every version, random instances both ways, byte for
 * byte. MQ_UPDATE_GOLDEN=1 writes the sample that `npm test` uses anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { decodeAt, encodeMessage } from '../../src/protocol/codec.ts'
import type { InputOf, Message } from '../../src/protocol/schema.ts'
import { randomInstance } from '../protocol/support/instances.ts'
import { allMessages, versionsOf } from '../protocol/support/messages.ts'
import { fromJson, parseVector, unknownNames, withoutRecords } from '../protocol/support/vectors.ts'
import { javaProgram } from './support/java-program.ts'
import { apacheKafkaPeer, describeWith, repositoryRoot } from './support/peers.ts'

const ROUNDS = 25
const SEED = 4_31
const GOLDEN = join(repositoryRoot, 'test', 'golden', 'protocol.vectors.json')
/** Lines of the committed sample are chosen below this length. */
const GOLDEN_LINE = 900

const byName = new Map(allMessages.map((schema) => [schema.name, schema]))

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

describeWith('generated Java messages', apacheKafkaPeer(), (home) => {
  let java: (args: string[], input?: string) => string
  let vectors: string[] = []

  beforeAll(() => {
    java = javaProgram('ProtocolVectors', home)
    vectors = lines(java(['generate', String(SEED), String(ROUNDS)]))
  })

  test('are exactly our messages and versions', () => {
    const theirs = new Set(vectors.map((line) => line.split(' ', 2).join(' ')))
    const ours = new Set(allMessages.flatMap((schema) => versionsOf(schema).map((v) => `${schema.name} ${v}`)))
    expect([...theirs].sort()).toEqual([...ours].sort())
  })

  test('are decoded to the same values and encoded to the same bytes', () => {
    for (const line of vectors) {
      const { message, version, bytes, json } = parseVector(line)
      const schema = byName.get(message)!
      const { value, end } = decodeAt(schema, version, bytes, 0)
      const what = `${message} v${version} ${bytes.toString('base64')}`
      expect(end, what).toBe(bytes.length)
      expect(unknownNames(schema, json), what).toEqual([])
      expect(withoutRecords(schema, value), what).toEqual(fromJson(schema, json))
      expect(encodeMessage(schema, version, value as InputOf<Message>).equals(bytes), what).toBe(true)
    }
  })

  test('read what we encode as we mean it', () => {
    const prng = new Prng(SEED)
    const cases = allMessages.flatMap((schema) =>
      versionsOf(schema).flatMap((version) =>
        Array.from({ length: ROUNDS }, (_, round) => {
          const value = randomInstance(schema, version, prng, { sparse: round % 2 === 1 })
          return { schema, version, bytes: encodeMessage(schema, version, value as InputOf<Message>) }
        }),
      ),
    )
    const input = cases.map((c) => `${c.schema.name} ${c.version} ${c.bytes.toString('base64')}`).join('\n')
    const answers = lines(java(['check'], `${input}\n`))
    expect(answers).toHaveLength(cases.length)
    for (const [i, { schema, version, bytes }] of cases.entries()) {
      const answer = parseVector(answers[i]!)
      const what = `${schema.name} v${version} ${bytes.toString('base64')}`
      expect(answer.bytes.equals(bytes), what).toBe(true)
      const meant = withoutRecords(schema, decodeAt(schema, version, bytes, 0).value)
      expect(fromJson(schema, answer.json), what).toEqual(meant)
    }
  })

  test('agree with the committed sample', () => {
    if (process.env.MQ_UPDATE_GOLDEN) writeFileSync(GOLDEN, sample(vectors))
    const committed = JSON.parse(readFileSync(GOLDEN, 'utf8')) as string[]
    const input = committed.map((line) => line.split(' ', 3).join(' ')).join('\n')
    expect(lines(java(['check'], `${input}\n`))).toEqual(committed)
  })
})

/** For each version the longest of its lines that is not too long: much in it, little to store. */
function sample(all: readonly string[]): string {
  const chosen = new Map<string, string>()
  for (const line of all) {
    const key = line.split(' ', 2).join(' ')
    const best = chosen.get(key)
    const better = (length: number, than: number) => (than > GOLDEN_LINE ? length < than : length > than)
    if (
      best === undefined ||
      (better(line.length, best.length) && !(best.length <= GOLDEN_LINE && line.length > GOLDEN_LINE))
    ) {
      chosen.set(key, line)
    }
  }
  return `[\n${[...chosen.values()].map((line) => JSON.stringify(line)).join(',\n')}\n]\n`
}
