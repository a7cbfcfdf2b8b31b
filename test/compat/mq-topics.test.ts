/**
 * mq's topics, cluster and profile commands through the same expectations on every engine: what they print as JSON, what they
 * refuse, what they do, and their exit codes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { eventually } from './support/process.ts'

const ID = expect.stringMatching(/^[\w-]{22}$/)

describeEngines('mq topics and cluster', ['bundled', 'apache', 'apache-3.9'], (engine) => {
  const { run, json, failure, fill, folder } = mqRunner(engine)
  /** Reads so many records as a group, from the earliest, and leaves it empty. */
  const readAs = (group: string, topic: string, count: string) =>
    eventually(`group ${group} has read`, async () => {
      const args = ['consume', topic, '--group', group, '--from', 'earliest', '--max-messages', count]
      return (await run(args)).code === 0
    })
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `r${i}`)

  describe('topics', () => {
    it('create, list, describe, add-partitions, delete', async () => {
      const made = await json([
        ...['topics', 'create', 'mq-a', 'mq-b', '--partitions', '3', '--replication-factor', '1'],
        ...['--config', 'retention.ms=60000'],
      ])
      expect(made.topics).toMatchObject([
        { name: 'mq-a', topicId: ID, partitions: 3, replicationFactor: 1, created: true },
        { name: 'mq-b', topicId: ID, partitions: 3, replicationFactor: 1, created: true },
      ])
      const listed = await json(['topics', 'list', '--regex', 'mq-[ab]'])
      expect(listed).toEqual({
        topics: ['mq-a', 'mq-b'].map((name) => ({
          name,
          topicId: ID,
          partitions: 3,
          replicationFactor: 1,
          internal: false,
        })),
      })
      const described = await json(['topics', 'describe', 'mq-a'])
      expect(described.topics).toHaveLength(1)
      expect(described.topics[0]).toMatchObject({ name: 'mq-a', topicId: ID, internal: false })
      expect(described.topics[0].configs).toMatchObject({ 'retention.ms': '60000' })
      expect(described.topics[0].partitions[0]).toMatchObject({
        ...{ partition: 0, leader: 1, replicas: [1], isr: [1], elr: [], offline: [] },
        ...{ logStart: 0, logEnd: 0 },
      })
      await json(['topics', 'add-partitions', 'mq-a', '--partitions', '5', '--yes'])
      expect((await json(['topics', 'describe', 'mq-a'])).topics[0].partitions).toHaveLength(5)
      const fewer = await run(['topics', 'add-partitions', 'mq-a', '--partitions', '2', '--yes', '--json'])
      expect(fewer.code).toBe(1)
      expect(fewer.stdout + fewer.stderr).toContain('INVALID_PARTITIONS')
      const gone = await json(['topics', 'delete', 'mq-a', 'mq-b', '--yes'])
      expect(gone.topics).toMatchObject([
        { name: 'mq-a', deleted: true },
        { name: 'mq-b', deleted: true },
      ])
      expect(await json(['topics', 'list', '--regex', 'mq-[ab]'])).toEqual({ topics: [] })
    })

    it('show people a table, and nothing that is not data', async () => {
      await json(['topics', 'create', 'mq-table'])
      const listed = await run(['topics', 'list'])
      expect(listed.code).toBe(0)
      expect(listed.stdout).toContain('mq-table')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what must not be there
      expect(listed.stdout).not.toMatch(/\u001b/)
      expect(listed.stderr).toBe('')
      const described = await run(['topics', 'describe', 'mq-table'])
      expect(described).toMatchObject({ code: 0, stderr: '' })
    })

    it('keep each failure with its topic', async () => {
      await json(['topics', 'create', 'mq-exists'])
      const mixed = await json(['topics', 'create', 'mq-exists', 'mq-new'], 1)
      expect(mixed.topics).toMatchObject([
        { name: 'mq-exists', created: false, error: { code: 'TOPIC_ALREADY_EXISTS' } },
        { name: 'mq-new', created: true },
      ])
      expect((await json(['topics', 'create', 'mq-exists', '--if-not-exists'])).topics[0]).toMatchObject({
        created: false,
        existed: true,
      })
      const dry = await run(['topics', 'create', 'mq-exists', 'mq-fresh', '--if-not-exists', '--dry-run'])
      expect(dry).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/mq-exists exists already.*\n.*would create/),
      })
      const twins = await json(['topics', 'create', 'mq.dot.a', 'mq_dot_a', '-p', '1'])
      expect(twins.topics).toMatchObject([{ created: true }, { created: true }])
      const third = await json(['topics', 'create', 'mq.dot_a'], 1)
      expect(third.topics[0].error).toMatchObject({
        code: 'INVALID_TOPIC_EXCEPTION',
        hint: expect.stringContaining('dot and underscore'),
      })
      const slip = await json(['topics', 'create', 'mq-bad', '--config', 'retenton.ms=1'], 1)
      expect(slip.topics[0].error.hint).toBe('did you mean retention.ms?')
      const bad = await json(['topics', 'create', 'mq-bad', '--config', 'retention.ms=soon'], 1)
      expect(bad.topics[0].error).toMatchObject({
        code: 'INVALID_CONFIG',
        message: 'Invalid value soon for configuration retention.ms: Not a number of type LONG',
      })
      const factor = await json(['topics', 'create', 'mq-bad', '--replication-factor', '3'], 1)
      expect(factor.topics[0].error.code).toBe('INVALID_REPLICATION_FACTOR')
      const name = await json(['topics', 'create', 'mq bad'], 1)
      expect(name.topics[0].error.code).toBe('INVALID_TOPIC_EXCEPTION')
    })

    it('refuse, ask for a yes, and change nothing on a dry run', async () => {
      await json(['topics', 'create', 'mq-dry', '--dry-run'])
      expect((await json(['topics', 'list', '--regex', 'mq-dry'])).topics).toEqual([])
      await json(['topics', 'create', 'mq-keep'])
      await failure(['topics', 'delete', 'mq-keep'], 4)
      expect((await json(['topics', 'list', '--regex', 'mq-keep'])).topics).toHaveLength(1)
      expect((await run(['topics', 'delete', 'mq-none', '--yes'])).code).toBe(1)
      expect((await run(['topics', 'delete', 'mq-none', '--yes', '--if-exists'])).code).toBe(0)
      expect((await run(['topics', 'describe', 'mq-none'])).code).toBe(1)
      await failure(['topics', 'create'], 2)
      await failure(['topics', 'list', '--no-such-flag'], 2)
      await failure(['topics', 'create', 'mq-x', '--partitions', 'many'], 2)
    })
  })
  describe('manual placement and health', () => {
    it('places replicas where it is told, and refuses brokers that are not there', async () => {
      const made = await json(['topics', 'create', 'mq-placed', '--replica-assignment', '1,1,1'])
      expect(made.topics[0]).toMatchObject({ created: true, partitions: 3 })
      expect((await json(['topics', 'describe', 'mq-placed'])).topics[0].partitions).toMatchObject([
        { replicas: [1] },
        { replicas: [1] },
        { replicas: [1] },
      ])
      const bad = await json(['topics', 'create', 'mq-misplaced', '--replica-assignment', '9'], 1)
      expect(bad.topics[0].error.code).toBe('INVALID_REPLICA_ASSIGNMENT')
    })

    it('filters by health and by settings, with sizes and offsets in one view', async () => {
      await json(['topics', 'create', 'mq-min', '--config', 'min.insync.replicas=1'])
      await fill('mq-min', numbers(10))
      const names = async (...flags: string[]) =>
        (await json(['topics', 'describe', '--regex', 'mq-min', ...flags])).topics.map(
          (topic: { name: string }) => topic.name,
        )
      expect(await names('--at-min-isr')).toEqual(['mq-min'])
      expect(await names('--under-min-isr', '--unavailable', '--under-replicated')).toEqual([])
      expect(await names('--overrides')).toEqual(['mq-min'])
      const [topic] = (await json(['topics', 'describe', 'mq-min', '--sizes'])).topics
      expect(topic.partitions[0]).toMatchObject({ logStart: 0, logEnd: 10 })
      expect(topic.partitions[0].size).toBeGreaterThan(60)
    })

    it('alters settings of several topics, each on its own', async () => {
      await json(['topics', 'create', 'mq-alter'])
      const changed = await json(['topics', 'alter', 'mq-alter', 'mq-none', '--config', 'retention.ms=5000'], 1)
      expect(changed.topics).toMatchObject([
        { name: 'mq-alter', changes: [{ key: 'retention.ms', after: '5000' }] },
        { name: 'mq-none', error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ])
      expect(changed.topics[0].changes[0].verified).toBe(true)
      const slip = await json(['topics', 'alter', 'mq-alter', '--config', 'retenton.ms=5000'], 1)
      expect(slip.topics[0].error).toMatchObject({ code: 'MQ_UNKNOWN_KEY' })
      await failure(['topics', 'alter', 'mq-alter', '-c', 'retention.ms=1', '--delete-config', 'retention.ms'], 2)
      await json(['topics', 'alter', 'mq-alter', '--delete-config', 'retention.ms'])
      expect((await json(['topics', 'describe', 'mq-alter'])).topics[0].configs['retention.ms']).toBeUndefined()
    })
  })

  describe('what a change means', () => {
    it('is shown before a deletion: records, bytes, readers', async () => {
      await json(['topics', 'create', 'mq-doomed', 'mq-doomed-2', '--partitions', '1'])
      await fill('mq-doomed', numbers(20))
      await readAs('mq-doomed-group', 'mq-doomed', '5')
      const dry = await json(['topics', 'delete', '--regex', 'mq-doomed.*', '--dry-run'])
      expect(dry).toMatchObject({
        dryRun: true,
        topics: [
          { name: 'mq-doomed', deleted: false, records: 20, groups: [{ group: 'mq-doomed-group', state: 'Empty' }] },
          { name: 'mq-doomed-2', deleted: false, records: 0, bytes: 0, groups: [] },
        ],
      })
      expect(dry.topics[0].bytes).toBeGreaterThan(100)
      expect((await run(['topics', 'delete', 'mq-doomed', '--dry-run'])).stdout).toContain('mq-doomed-group (Empty)')
      expect((await json(['topics', 'list', '--regex', 'mq-doomed.*'])).topics).toHaveLength(2)
      await json(['topics', 'delete', '--regex', 'mq-doomed.*', '--yes'])
      expect((await json(['topics', 'list', '--regex', 'mq-doomed.*'])).topics).toEqual([])
    })

    it('is shown before partitions are added: keys that move', async () => {
      await json(['topics', 'create', 'mq-grow', '--partitions', '2'])
      await failure(['topics', 'add-partitions', 'mq-grow', '--partitions', '3'], 4)
      const dry = await json(['topics', 'add-partitions', 'mq-grow', '--partitions', '4', '--dry-run'])
      expect(dry.topics).toMatchObject([{ name: 'mq-grow', before: 2, after: 4, movedKeys: 0.5, groups: [] }])
      const same = await json(['topics', 'add-partitions', 'mq-grow', '--partitions', '2'])
      expect(same.topics).toMatchObject([{ before: 2, after: 2, movedKeys: null }])
      expect((await json(['topics', 'describe', 'mq-grow'])).topics[0].partitions).toHaveLength(2)
    })
  })

  describe('names', () => {
    it('are never patterns, and an id leads to its name', async () => {
      await json(['topics', 'create', 'mq-re.x', 'mq-reXx', '-p', '1'])
      const names = async (...args: string[]) =>
        (await json(['topics', 'describe', ...args])).topics.map((topic: { name: string }) => topic.name)
      expect(await names('mq-re.x')).toEqual(['mq-re.x'])
      expect(await names('--regex', 'mq-re.x')).toEqual(['mq-re.x', 'mq-reXx'])
      expect(await names('mq-reXx', '--regex', 'mq-re\\.x')).toEqual(['mq-re.x', 'mq-reXx'])
      const { topicId } = (await json(['topics', 'describe', 'mq-re.x'])).topics[0]
      const byId = await json(['topics', 'describe', topicId], 1)
      expect(byId.topics[0].error.hint).toBe('that is the id of mq-re.x: topics go by name')
    })
  })

  describe('internal topics', () => {
    it('are shown where they are asked for or in trouble, and get no partitions by accident', async () => {
      await json(['topics', 'create', 'mq-int', '-p', '1'])
      await fill('mq-int', numbers(1))
      await readAs('mq-int-group', 'mq-int', '1')
      const names = async (...flags: string[]) =>
        (await json(['topics', 'describe', ...flags])).topics.map((topic: { name: string }) => topic.name)
      expect(await names('--overrides')).not.toContain('__consumer_offsets')
      expect(await names('--at-min-isr')).toContain('__consumer_offsets')
      expect(await names('--internal')).toContain('__consumer_offsets')
      await failure(['topics', 'add-partitions', '__consumer_offsets', '-p', '99', '--yes'], 4)
      const dry = await json(['topics', 'delete', '--regex', '.*', '--dry-run'])
      expect(dry.topics.map((topic: { name: string }) => topic.name)).not.toContain('__consumer_offsets')
    })
  })

  describe('truncate', () => {
    const starts = async (topic: string): Promise<number[]> =>
      (await json(['topics', 'offsets', topic, '--at', 'earliest'])).offsets.map(
        (row: { offset: number }) => row.offset,
      )

    it('by offset: bounded by the end, shown and asked for first, read again', async () => {
      await json(['topics', 'create', 'mq-cut', '--partitions', '2'])
      await fill('mq-cut', numbers(50), '--partition', '0')
      await fill('mq-cut', numbers(10), '--partition', '1')
      await readAs('mq-cut-group', 'mq-cut', '60')
      expect((await failure(['topics', 'truncate', 'mq-cut', '--before', '20'], 4)).message).toContain('30 records')
      const dry = await json(['topics', 'truncate', 'mq-cut', '--before', '20', '--dry-run'])
      expect(dry.partitions).toMatchObject([
        { partition: 0, before: 0, target: 20, after: null, records: 20, note: null },
        { partition: 1, before: 0, target: 10, after: null, records: 10, note: 'beyond the log end' },
      ])
      expect(dry.groups).toEqual([{ group: 'mq-cut-group', state: 'Empty', unread: 0 }])
      expect(await starts('mq-cut')).toEqual([0, 0])
      const done = await json(['topics', 'truncate', 'mq-cut:0', '--before', '20', '--yes'])
      expect(done.partitions).toMatchObject([{ partition: 0, after: 20 }])
      expect(await starts('mq-cut')).toEqual([20, 0])
      const read = await run(['consume', 'mq-cut', '--partition', '0', '--from', 'earliest', '--max-messages', '1'])
      expect(read.stdout).toBe('r20\n')
      await json(['topics', 'truncate', 'mq-cut', '--before', 'latest', '--yes'])
      expect(await starts('mq-cut')).toEqual([50, 10])
      expect((await json(['topics', 'truncate', 'mq-cut', '--before', '5', '--yes'])).partitions).toMatchObject([
        { records: 0, after: 50, note: 'below the log start' },
        { records: 0, after: 10, note: 'below the log start' },
      ])
    })

    it('by time, and says which groups lose what they have not read', async () => {
      await json(['topics', 'create', 'mq-time', '--partitions', '1', '--config', 'retention.ms=-1'])
      await fill('mq-time', numbers(6), '--timestamp', '2026-01-01T00:00:00Z')
      await fill('mq-time', numbers(4), '--timestamp', '2026-02-01T00:00:00Z')
      await readAs('mq-time-group', 'mq-time', '2')
      const cut = ['topics', 'truncate', 'mq-time', '--before', '@2026-01-15T00:00:00Z']
      expect((await json([...cut, '--dry-run'])).groups).toMatchObject([{ group: 'mq-time-group', unread: 4 }])
      const done = await run([...cut, '--yes'])
      expect(done.code).toBe(0)
      expect(done.stderr).toContain('group mq-time-group has not read 4 of these records')
      expect(await starts('mq-time')).toEqual([6])
    })

    it("takes Kafka's delete-records file, and keeps each failure with its partition", async () => {
      await json(['topics', 'create', 'mq-file', '--partitions', '2'])
      await json(['topics', 'create', 'mq-compact', '--config', 'cleanup.policy=compact'])
      await fill('mq-file', numbers(9), '--partition', '0')
      await fill('mq-file', numbers(9), '--partition', '1')
      const file = join(folder, 'delete-records.json')
      const places = [
        { topic: 'mq-file', partition: 0, offset: 3 },
        { topic: 'mq-file', partition: 1, offset: -1 },
        { topic: 'mq-file', partition: 7, offset: 1 },
        { topic: 'mq-none', partition: 0, offset: 1 },
        { topic: 'mq-compact', partition: 0, offset: 0 },
      ]
      writeFileSync(file, JSON.stringify({ partitions: places, version: 1 }))
      const done = await json(['topics', 'truncate', '--file', file, '--yes'], 1)
      const row = (topic: string, partition: number) =>
        done.partitions.find(
          (one: { topic: string; partition: number }) => one.topic === topic && one.partition === partition,
        )
      expect(row('mq-file', 0)).toMatchObject({ after: 3, records: 3 })
      expect(row('mq-file', 1)).toMatchObject({ after: 9, records: 9 })
      expect(row('mq-file', 7)).toMatchObject({ after: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } })
      expect(row('mq-none', -1)).toMatchObject({ error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } })
      expect(row('mq-compact', 0)).toMatchObject({ error: { code: 'POLICY_VIOLATION' } })
      writeFileSync(file, '{"partitions":[]}')
      await failure(['topics', 'truncate', '--file', file, '--yes'], 2)
      await failure(['topics', 'truncate', '--file', join(folder, 'none.json')], 1)
      await failure(['topics', 'truncate', 'mq-file'], 2)
      await failure(['topics', 'truncate', 'mq-file', '--before', 'sometime'], 2)
    })
  })

  it('create and delete hundreds of topics at once', async () => {
    const names = Array.from({ length: 450 }, (_, i) => `mq-many-${String(i).padStart(3, '0')}`)
    const made = await json(['topics', 'create', ...names, '--partitions', '1'])
    expect(made.topics.filter((topic: { created: boolean }) => topic.created)).toHaveLength(450)
    // What the controller has done the broker knows a moment later, as ever with Kafka.
    await eventually('all of them are listed', async () => {
      return (await json(['topics', 'list', '--regex', 'mq-many-.*'])).topics.length === 450
    })
    const gone = await json(['topics', 'delete', '--regex', 'mq-many-.*', '--yes'])
    expect(gone.topics.filter((topic: { deleted: boolean }) => topic.deleted)).toHaveLength(450)
  })

  describe('profile', () => {
    it('stands for the cluster, and guards it when protected', async () => {
      const own = { env: { MQ_BOOTSTRAP_SERVER: undefined, MQ_HOME: join(folder, 'profiles') } }
      await json(['profile', 'add', 'guarded', '-b', engine().bootstrap, '--protected', '--use'], 0, own)
      expect((await json(['cluster', 'info'], 0, own)).clusterId).toBe(engine().clusterId)
      expect((await run(['topics', 'create', 'mq-guarded'], own)).code).toBe(4)
      expect((await run(['topics', 'create', 'mq-guarded', '--confirm', 'other'], own)).code).toBe(4)
      await json(['topics', 'create', 'mq-guarded', '--confirm', 'guarded'], 0, own)
      expect((await json(['profile', 'list'], 0, own)).profiles).toMatchObject([{ name: 'guarded', current: true }])
      await json(['profile', 'remove', 'guarded', '--yes'], 0, own)
    })
  })

  describe('cluster', () => {
    it('info and quorum', async () => {
      const info = await json(['cluster', 'info'])
      expect(info).toMatchObject({
        clusterId: engine().clusterId,
        controller: 1,
        brokers: [
          {
            id: 1,
            host: '127.0.0.1',
            port: engine().port,
            rack: null,
            fenced: engine().kind === 'apache-3.9' ? null : false,
          },
        ],
        offlinePartitions: 0,
        underReplicatedPartitions: 0,
      })
      expect(info.features['metadata.version']).toBeGreaterThan(0)
      const quorum = await json(['cluster', 'quorum'])
      expect(quorum).toMatchObject({
        leader: 1,
        maxFollowerLag: 0,
        voters: [{ id: 1, role: 'leader', lag: 0 }],
        observers: [],
      })
      expect(quorum.epoch).toBeGreaterThan(0)
      expect(quorum.highWatermark).toBeGreaterThan(0)
      for (const command of ['info', 'quorum']) expect((await run(['cluster', command])).code).toBe(0)
    })

    it('discover writes an inventory that says what the node says', async () => {
      const { cluster, nodes, notes } = await json(['cluster', 'discover'])
      expect(cluster).toMatchObject({ id: engine().clusterId, mode: 'kraft', bootstrapServers: [engine().bootstrap] })
      expect(nodes).toMatchObject([
        {
          ...{ id: 1, roles: ['broker', 'controller'], host: '127.0.0.1', rack: null, driver: null, config: null },
          ...{ listeners: [`PLAINTEXT://${engine().bootstrap}`], dataDirs: [engine().dataDir] },
          ...{ version: engine().kind === 'apache-3.9' ? '3.9' : '4.3' },
        },
      ])
      expect(notes).toEqual([])
      const file = join(folder, 'mq.yaml')
      expect((await run(['cluster', 'discover', '--output', file])).code).toBe(0)
      expect((await run(['cluster', 'discover', '--output', file])).code).toBe(4)
      const text = (await run(['cluster', 'discover'])).stdout
      expect(parse(text)).toEqual({ cluster, nodes })
    })

    it('says when nobody answers, and when it takes too long', async () => {
      const closed = await run(['topics', 'list', '-b', '127.0.0.1:1', '--json'])
      expect({ code: closed.code, stdout: closed.stdout }).toEqual({ code: 1, stdout: '' })
      expect(JSON.parse(closed.stderr).error.message).toContain('127.0.0.1:1')
      expect((await run(['no-such-command'])).code).toBe(2)
    })
  })
})
