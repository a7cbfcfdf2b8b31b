/**
 * Kafka's VerifiableProducer and VerifiableConsumer, the clients of its own system tests, which tell each step as one JSON line:
 * everything that was acknowledged is consumed, once, also when the node is killed and started again in between.
 */
import { expect, it } from 'vitest'
import { startKafkaTool } from './support/apache-kafka.ts'
import { suiteWith } from './support/engine.ts'
import { apacheKafkaPeer } from './support/peers.ts'
import type { Running } from './support/process.ts'
import { createTopic } from './support/topics.ts'

interface Event {
  readonly name: string
  readonly [field: string]: unknown
}

/** The events that a verifiable client has told so far. */
function events(running: Running, name: string): Event[] {
  return running.stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Event)
    .filter((event) => event.name === name)
}

const consumedBy = (running: Running): number =>
  events(running, 'records_consumed').reduce((sum, event) => sum + Number(event.count), 0)

suiteWith('Verifiable clients', apacheKafkaPeer(), ['bundled'], (engine) => {
  const producer = (topic: string, ...more: string[]): Running =>
    startKafkaTool('kafka-verifiable-producer', ['--bootstrap-server', engine().bootstrap, '--topic', topic, ...more])
  const consumer = (topic: string, group: string, ...more: string[]): Running =>
    startKafkaTool('kafka-verifiable-consumer', [
      ...['--bootstrap-server', engine().bootstrap, '--topic', topic, '--group-id', group],
      ...['--session-timeout', '6000', ...more],
    ])
  /** Starting a node that comes back on its old offset: the values that `--verbose` shows must be 0, 1, 2 … */
  const values = (running: Running): number[] => events(running, 'record_data').map((event) => Number(event.value))

  it('consumes exactly what was acknowledged', async () => {
    await createTopic(engine().bootstrap, 'verifiable', 1)
    const writing = producer('verifiable', '--max-messages', '1000', '--throughput', '-1')
    const written = await writing.ended
    expect(written.code).toBe(0)
    expect(events(writing, 'producer_send_success')).toHaveLength(1000)
    expect(events(writing, 'tool_data')[0]).toMatchObject({ sent: 1000, acked: 1000 })
    const reading = consumer('verifiable', 'verifiable', '--max-messages', '1000', '--verbose')
    expect((await reading.ended).code).toBe(0)
    expect(values(reading)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(events(reading, 'offsets_committed').every((event) => event.success === true)).toBe(true)
  })

  it('rebalances between two consumers without losing a record', async () => {
    const topic = 'verifiable-two'
    await createTopic(engine().bootstrap, topic, 4)
    const assigned = (running: Running): number =>
      (events(running, 'partitions_assigned').at(-1)?.partitions as [])?.length
    const first = consumer(topic, topic)
    await first.until(() => assigned(first) === 4)
    const writing = producer(topic, '--max-messages', '2000', '--throughput', '400')
    const second = consumer(topic, topic)
    await Promise.all([first.until(() => assigned(first) === 2), second.until(() => assigned(second) === 2)])
    await writing.ended
    await second.stop()
    await first.until(() => assigned(first) === 4 && consumedBy(first) + consumedBy(second) >= 2000)
    await first.stop()
    expect(consumedBy(first) + consumedBy(second)).toBe(2000)
  })

  it('goes on when the node is killed and starts again', async () => {
    const topic = 'verifiable-kill'
    await createTopic(engine().bootstrap, topic, 1)
    const writing = producer(topic, '--max-messages', '1500', '--throughput', '300')
    const reading = consumer(topic, topic, '--verbose')
    await Promise.all([
      writing.until(() => events(writing, 'producer_send_success').length > 300),
      reading.until(() => consumedBy(reading) > 0),
    ])
    await engine().kill9()
    await engine().restart()
    const written = await writing.ended
    const acked = events(writing, 'producer_send_success').map((event) => Number(event.value))
    expect(written.stdout).toContain('"name":"tool_data"')
    await reading.until(() => values(reading).includes(acked.at(-1) ?? -1), 90_000)
    await reading.stop()
    // a consumer may see a record again after a rebalance, but none that was acknowledged may be missing
    const seen = new Set(values(reading))
    expect(acked.filter((value) => !seen.has(value))).toEqual([])
    const checking = consumer(topic, `${topic}-check`, '--max-messages', String(seen.size), '--verbose')
    await checking.ended
    expect(values(checking)).toEqual([...new Set(values(checking))])
    expect(acked.filter((value) => !values(checking).includes(value))).toEqual([])
  })
})
