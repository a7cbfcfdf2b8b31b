/**
 * Kafka's own Java clients through its console tools: the default producer (idempotent, all acks), every codec, keys and headers,
 * consumers from the beginning, at an offset, in groups that share, resume and keep static members, and by the newer assignors.
 */
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { kafkaToolOk, startKafkaTool } from './support/apache-kafka.ts'
import { suiteWith } from './support/engine.ts'
import { apacheKafkaPeer } from './support/peers.ts'
import { eventually, type Running } from './support/process.ts'
import { createTopic } from './support/topics.ts'

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

suiteWith('Java console clients', apacheKafkaPeer(), ['bundled'], (engine) => {
  const produce = (topic: string, input: string, ...args: string[]) =>
    kafkaToolOk('kafka-console-producer', ['--bootstrap-server', engine().bootstrap, '--topic', topic, ...args], {
      input,
    })
  const consume = async (topic: string, count: number, ...args: string[]): Promise<string[]> => {
    const common = ['--bootstrap-server', engine().bootstrap, '--topic', topic, '--timeout-ms', '20000']
    const done = await kafkaToolOk('kafka-console-consumer', [...common, '--max-messages', String(count), ...args])
    return lines(done.stdout)
  }
  const printing = (...what: string[]): string[] =>
    what.flatMap((part) => ['--formatter-property', `print.${part}=true`])

  it('produces with its defaults and consumes from the beginning', async () => {
    const topic = 'console'
    const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`)
    await createTopic(engine().bootstrap, topic)
    await produce(topic, `${sent.join('\n')}\n`)
    expect(await consume(topic, 500, '--from-beginning')).toEqual(sent)
    expect(await consume(topic, 3, '--partition', '0', '--offset', '100', ...printing('offset', 'partition'))).toEqual([
      'Partition:0\tOffset:100\tmessage 100',
      'Partition:0\tOffset:101\tmessage 101',
      'Partition:0\tOffset:102\tmessage 102',
    ])
  })

  it('creates the topic on first use', async () => {
    await produce('console-auto', 'hello\n')
    expect(await consume('console-auto', 1, '--from-beginning')).toEqual(['hello'])
  })

  it('carries every codec, and keys, headers and nulls', async () => {
    const topic = 'console-shapes'
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    await createTopic(engine().bootstrap, topic)
    const shape = ['parse.key=true', 'parse.headers=true', 'null.marker=NULL'].flatMap((p) => ['--reader-property', p])
    for (const codec of codecs) {
      await produce(
        topic,
        `h:${codec},i:2\t${codec}\tvalue in ${codec}\nh:x\tNULL\tNULL\n`,
        '--compression-codec',
        codec,
        ...shape,
      )
    }
    expect(await consume(topic, 10, '--from-beginning', ...printing('key', 'headers'))).toEqual(
      codecs.flatMap((codec) => [`h:${codec},i:2\t${codec}\tvalue in ${codec}`, 'h:x\tnull\tnull']),
    )
  })

  it('produces without idempotence with acks 0 and 1', async () => {
    const topic = 'console-acks'
    await createTopic(engine().bootstrap, topic)
    const plain = ['--command-property', 'enable.idempotence=false']
    await Promise.all([
      produce(topic, 'zero\n', ...plain, '--request-required-acks', '0'),
      produce(topic, 'one\n', ...plain, '--request-required-acks', '1'),
    ])
    expect((await consume(topic, 2, '--from-beginning')).sort()).toEqual(['one', 'zero'])
  })

  it('resumes a group, and shares a topic between members', async () => {
    const topic = 'console-group'
    const group = ['--group', 'console-group', '--command-property', 'auto.offset.reset=earliest']
    await createTopic(engine().bootstrap, topic, 2)
    await produce(topic, 'a\nb\nc\n')
    expect((await consume(topic, 3, ...group)).sort()).toEqual(['a', 'b', 'c'])
    const member = (): Running =>
      startKafkaTool(
        'kafka-console-consumer',
        ['--bootstrap-server', engine().bootstrap, '--topic', topic, ...group, ...printing('partition')],
        { env: { KAFKA_OPTS: '-Dkafka.log.level=INFO' } },
      )
    const assigned = (running: Running, partitions: number): Promise<void> =>
      running.until(({ stderr }) => {
        const last = lines(stderr)
          .filter((line) => line.includes('Adding newly assigned partitions'))
          .at(-1)
        return last !== undefined && last.split(`${topic}-`).length - 1 === partitions
      })
    const first = member()
    await assigned(first, 2)
    const second = member()
    await Promise.all([assigned(first, 1), assigned(second, 1)])
    const keyed = Array.from({ length: 40 }, () => `${randomUUID()}\tx\n`).join('')
    await produce(topic, keyed, '--reader-property', 'parse.key=true')
    const count = (running: Running): number => lines(running.stdout).length
    await eventually('all 40 records', async () => count(first) + count(second) === 40)
    await first.stop()
    await assigned(second, 2)
    await second.stop()
    expect(new Set(lines(first.stdout)).size).toBe(1)
    expect(new Set(lines(second.stdout)).size).toBe(1)
    expect(lines(first.stdout)[0]).not.toBe(lines(second.stdout)[0])
  })

  it('keeps static members with the cooperative assignor', async () => {
    const topic = 'console-static'
    await createTopic(engine().bootstrap, topic, 2)
    await produce(topic, 'one\ntwo\n')
    const member = [
      'group.instance.id=console-1',
      'auto.offset.reset=earliest',
      'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    ].flatMap((property) => ['--command-property', property])
    expect((await consume(topic, 2, '--group', 'console-static', ...member)).sort()).toEqual(['one', 'two'])
    await produce(topic, 'three\n')
    // the same instance comes back and goes on
    expect(await consume(topic, 1, '--group', 'console-static', ...member)).toEqual(['three'])
  })

  it('reads committed data only, by isolation level', async () => {
    const topic = 'console-isolation'
    await createTopic(engine().bootstrap, topic)
    await produce(topic, 'seen\n')
    expect(await consume(topic, 1, '--from-beginning', '--isolation-level', 'read_committed')).toEqual(['seen'])
  })

  it('subscribes by pattern', async () => {
    await createTopic(engine().bootstrap, 'pattern-a')
    await createTopic(engine().bootstrap, 'pattern-b')
    await Promise.all([produce('pattern-a', 'from a\n'), produce('pattern-b', 'from b\n')])
    const done = await kafkaToolOk('kafka-console-consumer', [
      '--bootstrap-server',
      engine().bootstrap,
      '--include',
      'pattern-.*',
      '--from-beginning',
      '--max-messages',
      '2',
      '--timeout-ms',
      '20000',
    ])
    expect(lines(done.stdout).sort()).toEqual(['from a', 'from b'])
  })
})
