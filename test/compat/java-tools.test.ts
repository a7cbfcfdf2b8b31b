/**
 * Kafka's own command-line tools: topics, configs, groups, offsets, delete-records, log dirs, API versions, quorum, cluster, features
 * and the two performance tests. What they print is compared where scripts would read it. A JVM takes a second to start, so that
 * what does not depend on each other runs side by side.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaTool, startKafkaTool, type Tool } from './support/apache-kafka.ts'
import { suiteWith } from './support/engine.ts'
import { apacheKafkaPeer } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

suiteWith('Java tools', apacheKafkaPeer(), ['bundled'], (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'compat-tools-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const tool = async (name: Tool, ...args: string[]) =>
    kafkaTool(name, [...args, '--bootstrap-server', engine().bootstrap])
  /** Standard output of a tool that must succeed. */
  const ok = async (name: Tool, ...args: string[]): Promise<string> => {
    const done = await tool(name, ...args)
    expect(`${done.code}\n${done.code === 0 ? '' : done.stdout + done.stderr}`).toBe('0\n')
    return done.stdout
  }
  const rows = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/))
  // the records of `fill` are from 2023, which the default retention would delete
  const keep = { 'retention.ms': '-1' }
  const fill = async (topic: string, count: number, partition = 0): Promise<void> => {
    const producer = kafkaJs(engine().bootstrap).producer()
    await producer.connect()
    for (let i = 0; i < count; i++) {
      await producer.send({
        topic,
        messages: [{ value: `r${i}`, partition, timestamp: String(1_700_000_000_000 + i) }],
      })
    }
    await producer.disconnect()
  }

  describe('kafka-topics', () => {
    it('creates, lists, describes, grows and deletes', async () => {
      const create = ['--create', '--topic', 'tools-a', '--partitions', '2', '--replication-factor', '1']
      expect(await ok('kafka-topics', ...create, '--config', 'retention.ms=60000')).toContain('Created topic tools-a.')
      const [again, quiet, listed, described] = await Promise.all([
        tool('kafka-topics', '--create', '--topic', 'tools-a'),
        ok('kafka-topics', '--create', '--topic', 'tools-a', '--if-not-exists'),
        ok('kafka-topics', '--list'),
        ok('kafka-topics', '--describe', '--topic', 'tools-a'),
      ])
      expect(again.code).toBe(1)
      expect(again.stdout).toContain("Topic 'tools-a' already exists.")
      expect(quiet).not.toContain('Error')
      expect(listed.split('\n')).toContain('tools-a')
      expect(described).toMatch(
        /Topic: tools-a\s+TopicId: [\w-]{22}\s+PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: /,
      )
      expect(described).toContain('retention.ms=60000')
      for (const partition of [0, 1]) {
        expect(described).toMatch(
          new RegExp(
            `Topic: tools-a\\s+Partition: ${partition}\\s+Leader: 1\\s+Replicas: 1\\s+Isr: 1\\s+Elr:\\s+LastKnownElr:`,
          ),
        )
      }
      await ok('kafka-topics', '--alter', '--topic', 'tools-a', '--partitions', '4')
      const [grown, shrunk, missing] = await Promise.all([
        ok('kafka-topics', '--describe', '--topic', 'tools-a'),
        tool('kafka-topics', '--alter', '--topic', 'tools-a', '--partitions', '2'),
        tool('kafka-topics', '--describe', '--topic', 'tools-none'),
      ])
      expect(grown).toContain('PartitionCount: 4')
      expect(shrunk.code).toBe(1)
      expect(shrunk.stdout).toContain('The topic tools-a currently has 4 partition(s); 2 would not be an increase.')
      expect(missing.code).toBe(1)
      await ok('kafka-topics', '--delete', '--topic', 'tools-a')
      await eventually('tools-a is gone', async () => !(await ok('kafka-topics', '--list')).includes('tools-a'))
    })

    it('refuses what cannot be', async () => {
      const [name, config, factor, partitions] = await Promise.all([
        tool('kafka-topics', '--create', '--topic', 'bad name'),
        tool('kafka-topics', '--create', '--topic', 'tools-bad', '--config', 'retention.ms=soon'),
        tool('kafka-topics', '--create', '--topic', 'tools-bad', '--replication-factor', '3'),
        tool('kafka-topics', '--create', '--topic', 'tools-bad', '--partitions', '0'),
      ])
      expect([name.code, config.code, factor.code, partitions.code]).toEqual([1, 1, 1, 1])
      expect(config.stdout + config.stderr).toContain('Invalid value soon for configuration retention.ms')
      expect(factor.stdout).toContain('Unable to replicate the partition 3 time(s)')
    })

    it('places replicas as told, and finds nothing unhealthy', async () => {
      await ok('kafka-topics', '--create', '--topic', 'tools-placed', '--replica-assignment', '1,1,1')
      const [described, under, unavailable, overridden] = await Promise.all([
        ok('kafka-topics', '--describe', '--topic', 'tools-placed'),
        ok('kafka-topics', '--describe', '--under-replicated-partitions'),
        ok('kafka-topics', '--describe', '--unavailable-partitions'),
        ok('kafka-topics', '--describe', '--topics-with-overrides'),
      ])
      expect(described).toContain('PartitionCount: 3')
      expect(under.trim()).toBe('')
      expect(unavailable.trim()).toBe('')
      expect(overridden).not.toContain('tools-placed\tPartition')
    })
  })

  describe('kafka-configs', () => {
    it('describes and alters topics', async () => {
      await createTopic(engine().bootstrap, 'tools-config')
      const entity = ['--entity-type', 'topics', '--entity-name', 'tools-config']
      await ok(
        'kafka-configs',
        ...entity,
        '--alter',
        '--add-config',
        'retention.ms=1000,cleanup.policy=[compact,delete]',
      )
      const described = await ok('kafka-configs', ...entity, '--describe')
      expect(described).toContain('Dynamic configs for topic tools-config are:')
      expect(described).toContain(
        'cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}',
      )
      expect(described).toContain('retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000}')
      await ok('kafka-configs', ...entity, '--alter', '--delete-config', 'retention.ms')
      const [all, bad, unknown] = await Promise.all([
        ok('kafka-configs', ...entity, '--describe', '--all'),
        tool('kafka-configs', ...entity, '--alter', '--add-config', 'retention.ms=soon'),
        tool('kafka-configs', ...entity, '--alter', '--add-config', 'no.such.key=1'),
      ])
      expect(all).toContain('  retention.ms=604800000 sensitive=false synonyms={}')
      expect(all).toContain(
        '  segment.bytes=1073741824 sensitive=false synonyms={DEFAULT_CONFIG:log.segment.bytes=1073741824}',
      )
      expect(rows(all).length).toBeGreaterThan(30)
      expect([bad.code, unknown.code]).toEqual([1, 1])
      expect(bad.stderr).toContain('Invalid value soon for configuration retention.ms: Not a number of type LONG')
      expect(unknown.stderr).toContain('InvalidConfigurationException')
    })

    it('describes and alters brokers, one and by default', async () => {
      const one = ['--entity-type', 'brokers', '--entity-name', '1']
      const byDefault = ['--entity-type', 'brokers', '--entity-default']
      await ok('kafka-configs', ...byDefault, '--alter', '--add-config', 'log.retention.ms=100000')
      await ok('kafka-configs', ...one, '--alter', '--add-config', 'message.max.bytes=2000000')
      const [defaults, own, all, fixed] = await Promise.all([
        ok('kafka-configs', ...byDefault, '--describe'),
        ok('kafka-configs', ...one, '--describe'),
        ok('kafka-configs', ...one, '--describe', '--all'),
        tool('kafka-configs', ...one, '--alter', '--add-config', 'node.id=4'),
      ])
      expect(defaults).toContain(
        'log.retention.ms=100000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=100000}',
      )
      expect(own).toContain(
        'message.max.bytes=2000000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:message.max.bytes=2000000',
      )
      expect(all).toContain(
        'log.retention.ms=100000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=100000, DEFAULT_CONFIG:log.retention.hours=168}',
      )
      expect(all).toContain('node.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:node.id=1}')
      expect(rows(all).length).toBeGreaterThan(250)
      expect(fixed.code).toBe(1)
      expect(fixed.stderr).toContain('Cannot update these configs dynamically: [node.id]')
      await ok('kafka-configs', ...one, '--alter', '--delete-config', 'message.max.bytes')
      await ok('kafka-configs', ...byDefault, '--alter', '--delete-config', 'log.retention.ms')
    })
  })

  describe('kafka-consumer-groups', () => {
    const group = (...args: string[]): Promise<string> => ok('kafka-consumer-groups', ...args)
    const topic = 'tools-groups'

    beforeAll(async () => {
      await createTopic(engine().bootstrap, topic, 2, keep)
      await fill(topic, 6, 0)
      await fill(topic, 4, 1)
    })

    it('lists, describes, resets, deletes offsets and groups', async () => {
      const consumer = startKafkaTool('kafka-console-consumer', [
        ...['--bootstrap-server', engine().bootstrap, '--topic', topic, '--group', 'tools-live'],
        ...['--command-property', 'auto.offset.reset=earliest', '--command-property', 'client.id=tools-client'],
      ])
      await consumer.until(({ stdout }) => stdout.split('\n').length === 11)
      const [listed, state, members, refused] = await Promise.all([
        group('--list', '--state'),
        group('--describe', '--group', 'tools-live', '--state'),
        group('--describe', '--group', 'tools-live', '--members', '--verbose'),
        tool('kafka-consumer-groups', '--delete', '--group', 'tools-live'),
      ])
      expect(rows(listed)).toContainEqual(['tools-live', 'Stable'])
      expect(rows(state)[1]).toEqual(['tools-live', engine().bootstrap, '(1)', 'range', 'Stable', '1'])
      expect(members).toMatch(/tools-live\s+tools-client-\S+\s+\/127\.0\.0\.1\s+tools-client\s+2\s/)
      expect(members).toContain(`${topic}:0,1`)
      expect(refused.stdout + refused.stderr).toContain('GroupNotEmptyException')
      await consumer.stop()
      const offsets = rows(await group('--describe', '--group', 'tools-live'))
      expect(offsets.filter((row) => row[0] === 'tools-live')).toEqual([
        ['tools-live', topic, '0', '6', '6', '0', '-', '-', '-'],
        ['tools-live', topic, '1', '4', '4', '0', '-', '-', '-'],
      ])

      const reset = async (...how: string[]): Promise<string[][]> =>
        rows(await group('--reset-offsets', '--group', 'tools-live', ...how))
          .slice(1)
          .map((row) => row.slice(1))
          .sort((a, b) => Number(a[1]) - Number(b[1]))
      expect(await reset('--all-topics', '--to-earliest', '--dry-run')).toEqual([
        [topic, '0', '0'],
        [topic, '1', '0'],
      ])
      expect(await reset('--topic', `${topic}:0`, '--to-offset', '2', '--execute')).toEqual([[topic, '0', '2']])
      expect(await reset('--topic', `${topic}:0`, '--shift-by', '3', '--execute')).toEqual([[topic, '0', '5']])
      expect(await reset('--topic', topic, '--to-datetime', '2023-11-14T22:13:20.002Z', '--execute')).toEqual([
        [topic, '0', '2'],
        [topic, '1', '2'],
      ])
      const file = join(folder, 'offsets.csv')
      const exported = await kafkaTool('kafka-consumer-groups', [
        ...['--bootstrap-server', engine().bootstrap, '--group', 'tools-live', '--reset-offsets', '--all-topics'],
        ...['--to-current', '--dry-run', '--export'],
      ])
      writeFileSync(file, exported.stdout)
      expect(readFileSync(file, 'utf8').trim().split('\n').sort()).toEqual([`${topic},0,2`, `${topic},1,2`])
      await reset('--topic', topic, '--to-latest', '--execute')
      expect(await reset('--from-file', file, '--execute')).toEqual([
        [topic, '0', '2'],
        [topic, '1', '2'],
      ])
      expect(await group('--delete-offsets', '--group', 'tools-live', '--topic', `${topic}:1`)).toMatch(
        new RegExp(`${topic}\\s+1\\s+Successful`),
      )
      expect(await group('--delete', '--group', 'tools-live')).toContain('was successful')
      const [gone, left, typed] = await Promise.all([
        tool('kafka-consumer-groups', '--describe', '--group', 'tools-live'),
        group('--list'),
        ok('kafka-groups', '--list'),
      ])
      expect(gone.stdout).toContain('Group tools-live not found.')
      expect(left.split('\n')).not.toContain('tools-live')
      expect(rows(typed)[0]).toEqual(['GROUP', 'TYPE', 'PROTOCOL'])
    })
  })

  describe('offsets and records', () => {
    it('kafka-get-offsets knows every sentinel', async () => {
      await createTopic(engine().bootstrap, 'tools-offsets', 1, keep)
      await fill('tools-offsets', 5)
      const at = async (time: string): Promise<string> =>
        (await ok('kafka-get-offsets', '--topic', 'tools-offsets', '--time', time)).trim()
      const times = ['-1', '-2', '-3', '-4', '-5', '-6', '1700000000002', '1700000000003', '1900000000000']
      const found = await Promise.all(times.map(at))
      expect(Object.fromEntries(times.map((time, i) => [time, found[i]]))).toEqual({
        '-1': 'tools-offsets:0:5',
        '-2': 'tools-offsets:0:0',
        '-3': 'tools-offsets:0:4',
        '-4': 'tools-offsets:0:0',
        '-5': '',
        '-6': '',
        1700000000002: 'tools-offsets:0:2',
        1700000000003: 'tools-offsets:0:3',
        1900000000000: '',
      })
      const [by, partitions] = await Promise.all([
        ok('kafka-get-offsets', '--topic', 'tools-offsets', '--time', 'max-timestamp'),
        ok('kafka-get-offsets', '--topic-partitions', 'tools-offsets:0'),
      ])
      expect([by.trim(), partitions.trim()]).toEqual(['tools-offsets:0:4', 'tools-offsets:0:5'])
    })

    it('kafka-delete-records moves the start of a log', async () => {
      await createTopic(engine().bootstrap, 'tools-delete', 1, keep)
      await fill('tools-delete', 8)
      const file = join(folder, 'delete.json')
      const request = (offset: number): void =>
        writeFileSync(
          file,
          JSON.stringify({ partitions: [{ topic: 'tools-delete', partition: 0, offset }], version: 1 }),
        )
      request(3)
      expect(await ok('kafka-delete-records', '--offset-json-file', file)).toMatch(/tools-delete-0\s+low_watermark: 3/)
      request(99)
      expect((await tool('kafka-delete-records', '--offset-json-file', file)).stdout).toContain('OffsetOutOfRange')
      request(-1)
      expect(await ok('kafka-delete-records', '--offset-json-file', file)).toMatch(/tools-delete-0\s+low_watermark: 8/)
      expect((await ok('kafka-get-offsets', '--topic', 'tools-delete', '--time', 'earliest')).trim()).toBe(
        'tools-delete:0:8',
      )
    })
  })

  describe('the node', () => {
    it('kafka-log-dirs shows sizes and no error', async () => {
      await createTopic(engine().bootstrap, 'tools-dirs', 1, keep)
      await fill('tools-dirs', 3)
      const [one, all] = await Promise.all([
        ok('kafka-log-dirs', '--describe', '--topic-list', 'tools-dirs'),
        ok('kafka-log-dirs', '--describe', '--broker-list', '1'),
      ])
      const shown = JSON.parse(one.split('\n').find((line) => line.startsWith('{')) ?? '')
      const partition = shown.brokers[0].logDirs[0].partitions[0]
      expect(shown.brokers[0]).toMatchObject({ broker: 1, logDirs: [{ logDir: engine().dataDir, error: null }] })
      expect(partition).toMatchObject({ partition: 'tools-dirs-0', offsetLag: 0, isFuture: false })
      expect(partition.size).toBeGreaterThan(0)
      expect(all).toContain('"partition":"tools-dirs-0"')
    })

    it('tells its API versions, quorum, cluster and features', async () => {
      const [apis, status, replication, clusterId, endpoints, features] = await Promise.all([
        ok('kafka-broker-api-versions'),
        kafkaTool('kafka-metadata-quorum', ['--bootstrap-server', engine().bootstrap, 'describe', '--status']),
        kafkaTool('kafka-metadata-quorum', ['--bootstrap-server', engine().bootstrap, 'describe', '--replication']),
        kafkaTool('kafka-cluster', ['cluster-id', '--bootstrap-server', engine().bootstrap]),
        kafkaTool('kafka-cluster', ['list-endpoints', '--bootstrap-server', engine().bootstrap]),
        kafkaTool('kafka-features', ['--bootstrap-server', engine().bootstrap, 'describe']),
      ])
      expect(apis).toContain(`${engine().bootstrap} (id: 1 rack: null isFenced: false) -> (`)
      for (const line of [
        'Produce(0): 0 to 13 [usable: 13]',
        'Fetch(1): 4 to 18 [usable: 18]',
        'ListOffsets(2): 1 to 11 [usable: 11]',
        'Metadata(3): 0 to 13 [usable: 13]',
        'JoinGroup(11): 0 to 9 [usable: 9]',
        'ApiVersions(18): 0 to 4 [usable: 4]',
        'CreateTopics(19): 2 to 7 [usable: 7]',
        'DescribeTopicPartitions(75): 0 [usable: 0]',
      ]) {
        expect(apis).toContain(line)
      }
      expect(status.code).toBe(0)
      expect(status.stdout).toMatch(
        /ClusterId:\s+\S{22}\nLeaderId:\s+1\nLeaderEpoch:\s+\d+\nHighWatermark:\s+\d+\nMaxFollowerLag:\s+0/,
      )
      expect(status.stdout).toContain('CurrentVoters:          [{"id": 1,')
      expect(status.stdout).toMatch(/CurrentObservers:\s+\[\]/)
      expect(rows(replication.stdout)[1]?.[0]).toBe('1')
      expect(rows(replication.stdout)[1]?.at(-1)).toBe('Leader')
      expect(clusterId.stdout.trim()).toBe(`Cluster ID: ${engine().clusterId}`)
      expect(rows(endpoints.stdout)[1]).toEqual(['1', '127.0.0.1', String(engine().port), 'null', 'unfenced', 'broker'])
      expect(features.code).toBe(0)
      expect(features.stdout).toMatch(
        /Feature: metadata\.version\s+SupportedMinVersion: \S+\s+SupportedMaxVersion: \S+\s+FinalizedVersionLevel: \S+/,
      )
    })

    it('takes load from the performance tools', async () => {
      await createTopic(engine().bootstrap, 'tools-perf', 2)
      const count = '50000'
      const load = ['--topic', 'tools-perf', '--num-records', count]
      const produced = await ok('kafka-producer-perf-test', ...load, '--record-size', '200', '--throughput', '-1')
      expect(produced).toContain(`${count} records sent`)
      const consumed = await ok('kafka-consumer-perf-test', ...load, '--timeout', '20000')
      expect(consumed.split('\n')[1]?.split(', ')[4]).toBe(count)
    })
  })
})
