/** The Python clients: confluent-kafka (the newest librdkafka, and the client of the user's documents), kafka-python, aiokafka. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { suiteWith } from './support/engine.ts'
import { python, repositoryRoot } from './support/peers.ts'
import { runOk } from './support/process.ts'

const peer = { name: 'a Python with Kafka clients', found: python(), install: '--python' }

suiteWith('Python clients', peer, ['bundled'], (engine, found) => {
  const script = async (name: string): Promise<unknown> => {
    const file = join(repositoryRoot, 'test', 'compat', 'python', name)
    const done = await runOk(found.bin, [file, engine().bootstrap], { timeoutMs: 150_000 })
    return JSON.parse(done.stdout)
  }

  it.runIf(found.hasConfluentKafka)('confluent-kafka produces, consumes and administers', async () => {
    expect(await script('confluent.py')).toEqual({
      librdkafka: expect.stringMatching(/^2\./),
      delivered: [100, ['rawarticle', 0, 99]],
      articles: [100, 99, '99'],
      watermarks: [0, 100],
      byTime: true,
      stable: [true, 1, '/127.0.0.1'],
      codecs: ['gzip', 'lz4', 'none', 'snappy', 'zstd'],
      perPartition: [
        [0, 50],
        [1, 50],
        [2, 50],
      ],
      committed: [7, 'note'],
      cluster: [[1, '127.0.0.1'], 1],
      topics: ['py', 'rawarticle'],
      retention: ['1000'],
      keys: [true],
      brokerKeys: [true],
      latest: [100],
      lowWatermark: [10],
      groups: ['py', 'py-manual', 'spark-job-ingestion'],
      exists: 'TOPIC_ALREADY_EXISTS',
      left: ['rawarticle'],
    })
  })

  it.runIf(found.hasKafkaPython)('kafka-python produces, consumes and administers', async () => {
    expect(await script('kafka_python.py')).toEqual({
      offsets: Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)),
      values: Array.from({ length: 20 }, (_, i) => i),
      headers: [['n', '1']],
      committed: [10, 10],
      ends: [10, 10],
      topic: true,
    })
  })

  it.runIf(found.hasAioKafka)('aiokafka produces, consumes in a shared group and administers', async () => {
    expect(await script('aio.py')).toEqual({
      offsets: Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)),
      values: Array.from({ length: 20 }, (_, i) => i),
      headers: [['n', '1']],
      committed: [10, 10],
      ends: [10, 10],
      shared: true,
      groups: true,
    })
  })
})
