/** What a running node shows on its metrics port: Kafka's names with Kafka's types and labels, and everything that docs/metrics.md promises. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import { documentedMetrics } from '../support/documented-metrics.ts'
import { type Exposed, readMetrics } from '../support/metrics-text.ts'

const root = join(import.meta.dirname, '..', '..')
let broker: RunningBroker
let url: string
let text: string
let shown: Map<string, Exposed>

beforeAll(async () => {
  broker = await startBroker({ memory: true, metricsPort: 0 })
  url = `http://127.0.0.1:${broker.metricsPort}`
  const kafka = new Kafka({ brokers: [broker.bootstrapServers] })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'measured', messages: [{ value: 'one' }, { value: 'two' }] })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  await admin.fetchTopicOffsets('measured')
  await admin.disconnect()
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  text = await answer.text()
  shown = readMetrics(text)
})
afterAll(() => broker.stop())

/** Kafka's metrics by name, from the golden file. */
function kafkaMetrics(): Map<string, { types: Set<string>; labels: Set<string> }> {
  const known = new Map<string, { types: Set<string>; labels: Set<string> }>()
  for (const line of readFileSync(join(root, 'test/golden/kafka-metrics.txt'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [name, type, labels] = line.split(' ') as [string, string, string]
    const entry = known.get(name) ?? { types: new Set(), labels: new Set() }
    entry.types.add(type)
    entry.labels.add(labels)
    known.set(name, entry)
  }
  return known
}

describe('/metrics', () => {
  it('claims no name of Kafka with another type or other labels', () => {
    const known = kafkaMetrics()
    const wrong: string[] = []
    for (const [name, { type, labels }] of shown) {
      if (!name.startsWith('kafka_')) continue
      const kafka = known.get(name)
      if (kafka === undefined) wrong.push(`${name} is no metric of Kafka`)
      else if (!kafka.types.has(type)) wrong.push(`${name} is a ${type}, not ${[...kafka.types].join(' or ')}`)
      else for (const set of labels) if (!kafka.labels.has(set)) wrong.push(`${name} has the labels ${set}`)
    }
    expect(wrong).toEqual([])
  })

  it('has every metric that operators alert on', () => {
    const names = documentedMetrics()
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !shown.has(name))).toEqual([])
  })

  it('counts what was done', () => {
    expect(text).toContain('kafka_server_brokertopicmetrics_messagesin_total{topic="measured"} 2\n')
    expect(text).toContain('kafka_server_brokertopicmetrics_messagesinpersec 2\n')
    expect(text).toContain('kafka_controller_kafkacontroller_activecontrollercount 1\n')
    expect(text).toContain('kafka_server_kafkaserver_brokerstate 3\n')
    expect(text).toContain('kafka_log_log_logendoffset{topic="measured",partition="0"} 2\n')
    expect(text).toMatch(/kafka_network_requestmetrics_requests_total\{request="Produce",version="\d+"\} 1\n/)
    expect(text).toMatch(/kafka_network_requestmetrics_errors_total\{request="Produce",error="NONE"\} 1\n/)
  })

  it('measures syncs of logs, and tells how the cleaner does', () => {
    // The metadata log was synced; nothing was cleaned.
    expect(text).toMatch(/\nkafka_log_logflushstats_logflushrateandtimems_count_total [1-9]\d*\n/)
    for (const line of [
      'kafka_log_logcleaner_max_clean_time_secs 0',
      'kafka_log_logcleaner_cleaner_recopy_percent 0',
      'kafka_log_logcleaner_max_compaction_delay_secs 0',
      'kafka_log_logcleanermanager_max_dirty_percent 0',
      'kafka_log_logmanager_cordonedlogdirectorycount 0',
    ]) {
      expect(text).toContain(`\n${line}\n`)
    }
    expect(text).toMatch(/\nkafka_log_logcleanermanager_uncleanable_partitions_count\{logDirectory="[^"]+"\} 0\n/)
    expect(text).toMatch(/\nkafka_log_logcleanermanager_time_since_last_run_ms \d+\n/)
  })

  it('is listed in docs/metrics-list.md', async () => {
    const rows = [...shown]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { type, labels, help }]) => {
        const sets = [...labels].sort().map((set) => (set === '-' ? 'none' : `\`${set.replaceAll(',', '`, `')}\``))
        return `| \`${name}\` | ${type} | ${sets.join('; ')} | ${help} |`
      })
    const head =
      '# All metrics\n\nWritten by `npx vitest run test/broker/node-metrics.test.ts -u`; [metrics.md](metrics.md) explains.\n\n' +
      '| name | type | labels | meaning |\n|---|---|---|---|\n'
    await expect(`${head}${rows.join('\n')}\n`).toMatchFileSnapshot(join(root, 'docs/metrics-list.md'))
  })
})

describe('health', () => {
  it('is live and ready while the node runs', async () => {
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'live', state: 'running' })
    const ready = await fetch(`${url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', state: 'running', reasons: [] }])
  })

  it('names the paths that exist for any other, and takes GET and HEAD alone', async () => {
    const other = await fetch(`${url}/metric?x=1`)
    expect([other.status, await other.json()]).toMatchObject([404, { paths: expect.arrayContaining(['/metrics']) }])
    expect((await fetch(`${url}/metrics?x=1`)).status).toBe(200)
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', 'HTTP/1.1 400'],
    ['bytes of Kafka', '\0\0\0\u0010\0\u0003\0\u0001\r\n\r\n', 'HTTP/1.1 400'],
    ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 'HTTP/1.1 431'],
  ])('answers %s and goes on', async (_, sent, expected) => {
    expect(await exchange(sent)).toContain(expected)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
  })
})

function exchange(sent: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(broker.metricsPort!, '127.0.0.1', () => socket.write(sent))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    // The server may have gone before all was written.
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
  })
}

describe('the port of an embedded broker', () => {
  it('is none unless it was asked for', async () => {
    const other = await startBroker({ memory: true })
    expect(other.metricsPort).toBeUndefined()
    await other.stop()
  })

  it('must be free, and is free again after the stop', async () => {
    const first = await startBroker({ memory: true, metricsPort: 0 })
    const port = first.metricsPort!
    await expect(startBroker({ memory: true, metricsPort: port })).rejects.toThrow('EADDRINUSE')
    await first.stop()
    const second = await startBroker({ memory: true, metricsPort: port })
    expect(second.metricsPort).toBe(port)
    await second.stop()
  })
})
