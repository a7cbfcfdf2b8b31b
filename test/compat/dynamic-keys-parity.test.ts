/**
 * Every broker setting there is, as a dynamic one of one broker and of all, with values good and bad: taken and refused as Apache Kafka
 * does, in its words. Nothing is changed: the requests only ask whether it could be.
 */
import { brokerKeys } from '../../src/config/broker-keys.ts'
import type { Key, KeyTable } from '../../src/config/key.ts'
import { paritySuite, type Scenario } from './support/parity.ts'

const BROKER = 4
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

function valuesOf(key: Key): (string | null)[] {
  const given = key.default
  const usual = given === null || given === undefined ? 'x' : Array.isArray(given) ? given.join(',') : String(given)
  return [usual, '', '-1', '0', '1', 'abc', null]
}

/** Lists without a default: Kafka fails when something is appended to them. */
const WITHOUT_DEFAULT = /^(process\.roles|controller\.listener\.names)$/
/** Not compared: a map of protocols is refused by both, in words of its own. */
const APART = /^listener\.security\.protocol\.map$/

const level =
  (resourceName: string): Scenario =>
  async (side) => {
    const client = await side.connect()
    const seen: Record<string, unknown> = {}
    for (const [name, key] of Object.entries(brokerKeys as unknown as KeyTable)) {
      if (APART.test(name)) continue
      for (const [value, configOperation] of [
        ...valuesOf(key).map((each) => [each, SET] as const),
        ['x', APPEND] as const,
        ['x', SUBTRACT] as const,
        [null, DELETE] as const,
      ]) {
        if (WITHOUT_DEFAULT.test(name) && configOperation >= APPEND) continue
        const resources = [{ resourceType: BROKER, resourceName, configs: [{ name, value, configOperation }] }]
        const { responses } = await client.request('IncrementalAlterConfigs', 1, { resources, validateOnly: true })
        seen[`${name} ${configOperation} ${value}`] = responses.map((each) => [each.errorCode, each.errorMessage])
      }
    }
    return seen
  }

paritySuite(
  'dynamic broker settings',
  { 'log.cleaner.dedupe.buffer.size': '4194304', 'log.cleaner.threads': '1' },
  { 'of one broker': level('1'), 'of all brokers': level('') },
)
