/** What a node of Apache Kafka 4.3.1 answers to DescribeConfigs, entry by entry, against ours for the same settings. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BrokerConfig, internalTopicDefaults } from '../../src/config/broker-config.ts'
import { type BrokerLayers, type DescribedKind, describeConfig } from '../../src/config/describe.ts'

type Row = [string, string | null, boolean, number, boolean, number, [string, string | null, number][]]
interface Vectors {
  properties: Record<string, string>
  dynamicDefault: Record<string, string>
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'kafka-describe.vectors.json'), 'utf8')) as Vectors &
  Record<DescribedKind, { own: Record<string, string>; configs: Row[] }>

const none = new Map<string, string>()
const layers: BrokerLayers = {
  config: BrokerConfig.resolve({ properties: vectors.properties }),
  dynamicBroker: none,
  dynamicDefault: new Map(Object.entries(vectors.dynamicDefault)),
}

describe('describeConfig', () => {
  for (const kind of ['broker', 'broker-default', 'topic', 'group'] as const) {
    it(`answers for a ${kind} what Kafka answers`, () => {
      const own = new Map(Object.entries(vectors[kind].own))
      const ours = describeConfig(kind, own, layers, { synonyms: true }).map(
        (entry): Row => [
          entry.name,
          entry.value,
          entry.readOnly,
          entry.configSource,
          entry.isSensitive,
          entry.configType,
          entry.synonyms.map(({ name, value, source }) => [name, value, source]),
        ],
      )
      const byName = (a: Row, b: Row) => (a[0] < b[0] ? -1 : 1)
      expect(ours.sort(byName)).toEqual(vectors[kind].configs.sort(byName))
    })
  }

  it('shows a dynamic value of the broker first in the chain', () => {
    const described = describeConfig(
      'topic',
      none,
      { ...layers, dynamicBroker: new Map([['log.retention.ms', '77']]) },
      { names: ['retention.ms'], synonyms: true },
    )
    expect(described).toMatchObject([
      {
        value: '77',
        configSource: 2,
        synonyms: [
          { name: 'log.retention.ms', value: '77', source: 2 },
          { name: 'log.retention.hours', value: '168', source: 5 },
        ],
      },
    ])
  })

  it('gives a default of mq as a default', () => {
    const config = BrokerConfig.resolve({
      properties: { ...vectors.properties, 'offsets.topic.replication.factor': '2' },
      defaults: internalTopicDefaults(1),
    })
    const names = ['offsets.topic.replication.factor', 'transaction.state.log.min.isr']
    const [offsets] = describeConfig(
      'broker',
      none,
      { config, dynamicBroker: none, dynamicDefault: none },
      { names, synonyms: true },
    )
    expect(offsets?.synonyms).toEqual([
      { name: 'offsets.topic.replication.factor', value: '2', source: 4 },
      { name: 'offsets.topic.replication.factor', value: '1', source: 5 },
    ])
  })

  it('never shows a secret', () => {
    const config = BrokerConfig.resolve({ properties: { ...vectors.properties, 'ssl.key.password': 'hunter2' } })
    const described = describeConfig(
      'broker',
      none,
      { config, dynamicBroker: none, dynamicDefault: none },
      { synonyms: true },
    )
    expect(JSON.stringify(described)).not.toContain('hunter2')
  })
})
