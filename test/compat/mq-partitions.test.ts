/** `mq partitions explain` beside the clients that choose partitions: Java's console producer and librdkafka. */
import { beforeAll, describe, expect, it } from 'vitest'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { kafkaHome } from './support/peers.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

const KEYS = Array.from({ length: 200 }, (_, i) => `customer-${i}`)

interface KeyRow {
  key: string
  partition: number
}

describeEngines('mq partitions', ['bundled', 'apache', 'apache-3.9'], (engine) => {
  const { run, json, failure } = mqRunner(engine)

  /** Where the keys of a topic lie. */
  const placesOf = async (topic: string): Promise<Map<string, number>> => {
    const { stdout } = await run(['consume', topic, '--from', 'earliest', '--until', 'latest', '--json'])
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return new Map(records.map(({ key, partition }) => [key, partition]))
  }

  describe('explain', () => {
    beforeAll(async () => {
      for (const topic of ['keyed', 'keyed-too']) await createTopic(engine().bootstrap, topic, 7)
      await createTopic(engine().bootstrap, 'keyed-less', 5)
    })

    it('agrees with the clients', async () => {
      const producer = kafkaJs(engine().bootstrap).producer()
      await producer.connect()
      await producer.send({ topic: 'keyed', messages: KEYS.map((key) => ({ key, value: 'v' })) })
      await producer.disconnect()
      const places = await placesOf('keyed')
      const asked = KEYS.slice(0, 30).flatMap((key) => ['--key', key])
      const { keys } = await json(['partitions', 'explain', 'keyed', ...asked])
      for (const { key, partition } of keys as KeyRow[]) expect([key, partition]).toEqual([key, places.get(key)])
      const { topics } = await json(['partitions', 'explain', 'keyed', '--sample', '1000'])
      expect(topics[0].sample).toMatchObject({ records: 200, withKey: 200, partitioner: 'murmur2' })
    })

    it.skipIf(kafkaHome() === undefined)('agrees with Java, and knows co-partitioned topics', async () => {
      await kafkaToolOk(
        'kafka-console-producer',
        [
          ...['--bootstrap-server', engine().bootstrap, '--topic', 'keyed-too'],
          ...['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'],
        ],
        { input: KEYS.map((key) => `${key}:v\n`).join('') },
      )
      const both = ['partitions', 'explain', 'keyed', 'keyed-too', '--sample', '1000']
      const { topics, coPartitioned } = await json(both)
      expect(topics[1].sample).toMatchObject({ withKey: 200, partitioner: 'murmur2' })
      expect(coPartitioned).toMatchObject({ holds: true })
      expect((await run(both)).stdout).toContain('co-partitioned: all have 7 partitions')
    })

    it('finds what is not co-partitioned', async () => {
      const verdict = await json(['partitions', 'explain', 'keyed', 'keyed-less'], 3)
      expect(verdict.coPartitioned.reason).toContain('keyed has 7, keyed-less has 5')
    })

    it('is right about what more partitions change', async () => {
      const args = ['partitions', 'explain', 'keyed-less', '--to', '10', ...KEYS.flatMap((key) => ['-k', key])]
      const { keys, changes } = await json(args)
      expect(changes).toMatchObject([
        { from: 5, to: 10, stays: 0.5, moves: [{ partition: 0, to: [0, 5] }, {}, {}, {}, {}] },
      ])
      await json(['topics', 'add-partitions', 'keyed-less', '--partitions', '10', '--yes'])
      const grown = await json(['partitions', 'explain', 'keyed-less', ...KEYS.flatMap((key) => ['-k', key])])
      expect(grown.keys.map((row: KeyRow) => row.partition)).toEqual(keys.map((row: { after: number }) => row.after))
    })

    it('names wrong input, and needs no cluster for numbers', async () => {
      await failure(['partitions', 'explain', 'keyed'], 2)
      await failure(['partitions', 'explain', '--key', 'a'], 2)
      await failure(['partitions', 'explain', 'keyed', '--key', 'x', '--key-type', 'int'], 2)
      expect((await failure(['partitions', 'explain', 'no-such', '--key', 'x'], 1)).message).toContain('no-such')
      const alone = await run([
        'partitions',
        'explain',
        '--partitions',
        '6',
        '-k',
        'a',
        '--bootstrap-server',
        'localhost:1',
      ])
      expect(alone).toMatchObject({ code: 0, stdout: 'KEY  PARTITION\na            4\n' })
    })
  })
})
