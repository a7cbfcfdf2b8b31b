/**
 * The mq commands through the same expectations on both engines: what they print as JSON, what they refuse, and their exit codes.
 * The commands come from the build and run as processes, without a terminal, as scripts run them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mq } from './support/bundled.ts'
import { describeEngines } from './support/engine.ts'
import { eventually, type Finished, type RunOptions } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

const ID = expect.stringMatching(/^[\w-]{22}$/)

describeEngines('mq commands', ['bundled', 'apache'], (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'compat-mq-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (args: string[], options: RunOptions = {}): Promise<Finished> =>
    mq(args, { ...options, env: { MQ_HOME: folder, MQ_BOOTSTRAP_SERVER: engine().bootstrap, ...options.env } })
  /** Runs with `--json`, expects `code`, and answers the one document on stdout. */
  const json = async (args: string[], code = 0, options: RunOptions = {}) => {
    const done = await run([...args, '--json'], options)
    expect({ code: done.code, stderr: code === 0 ? done.stderr : '' }).toEqual({ code, stderr: '' })
    return JSON.parse(done.stdout)
  }
  /** Runs, expects `code` and nothing on stdout but what `--json` would give; answers the error on stderr. */
  const failure = async (args: string[], code: number): Promise<{ code: string; message: string; hint?: string }> => {
    const done = await run([...args, '--json'])
    expect({ code: done.code, stdout: done.stdout }).toEqual({ code, stdout: '' })
    return JSON.parse(done.stderr).error
  }
  const fill = async (topic: string, lines: string[], ...args: string[]): Promise<void> => {
    const done = await run(['produce', topic, ...args], { input: `${lines.join('\n')}\n` })
    expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 0, stdout: '' })
  }

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
      })
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

  describe('config', () => {
    const entry = (document: { configs: { key: string }[] }, key: string) =>
      document.configs.find((candidate) => candidate.key === key)

    it('set, get, append, subtract, unset and describe a topic', async () => {
      await json(['topics', 'create', 'mq-config'])
      const on = ['--topic', 'mq-config']
      const set = await json(['config', 'set', ...on, 'retention.ms=1000', 'segment.bytes=2000000'])
      expect(set.changes).toMatchObject([
        { key: 'retention.ms', before: '604800000', after: '1000' },
        { key: 'segment.bytes', before: '1073741824', after: '2000000' },
      ])
      expect(entry(await json(['config', 'get', ...on, 'retention.ms']), 'retention.ms')).toMatchObject({
        value: '1000',
      })
      expect((await run(['config', 'get', ...on, 'retention.ms'])).stdout).toContain('1000')
      await json(['config', 'set', ...on, '--append', 'cleanup.policy=compact'])
      expect(entry(await json(['config', 'get', ...on, 'cleanup.policy']), 'cleanup.policy')).toMatchObject({
        value: 'delete,compact',
      })
      await json(['config', 'set', ...on, '--subtract', 'cleanup.policy=delete'])
      expect(entry(await json(['config', 'get', ...on, 'cleanup.policy']), 'cleanup.policy')).toMatchObject({
        value: 'compact',
      })
      await json(['config', 'unset', ...on, 'segment.bytes', 'cleanup.policy'])
      const own = await json(['config', 'describe', ...on])
      expect(own.entity).toEqual({ type: 'topic', name: 'mq-config' })
      expect(own.configs.map(({ key }: { key: string }) => key)).toEqual(['retention.ms'])
      const all = await json(['config', 'describe', ...on, '--all'])
      expect(all.configs.length).toBeGreaterThan(30)
      expect(entry(all, 'segment.bytes')).toMatchObject({ value: '1073741824', type: 'int', readOnly: false })
    })

    it('reads and writes brokers', async () => {
      const all = await json(['config', 'describe', '--broker', '1', '--all'])
      expect(entry(all, 'node.id')).toMatchObject({ value: '1', readOnly: true })
      expect(all.configs.length).toBeGreaterThan(250)
      await json(['config', 'set', '--broker-default', 'log.retention.ms=120000'])
      expect(entry(await json(['config', 'describe', '--broker-default']), 'log.retention.ms')).toMatchObject({
        value: '120000',
      })
      expect(
        entry(await json(['config', 'get', '--broker', '1', 'log.retention.ms']), 'log.retention.ms'),
      ).toMatchObject({
        value: '120000',
        source: 'dynamic-default-broker',
      })
      await json(['config', 'unset', '--broker-default', 'log.retention.ms'])
    })

    it('says why not', async () => {
      await json(['topics', 'create', 'mq-refused'])
      expect(await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms=soon'], 1)).toMatchObject({
        code: 'INVALID_CONFIG',
        message: 'Invalid value soon for configuration retention.ms: Not a number of type LONG',
      })
      expect((await failure(['config', 'set', '--topic', 'mq-refused', 'no.such=1'], 1)).message).toContain('no.such')
      expect((await failure(['config', 'set', '--broker', '1', 'node.id=9'], 1)).message).toContain('node.id')
      await failure(['config', 'get', '--topic', 'mq-none', 'retention.ms'], 1)
      await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms'], 2)
      await failure(['config', 'get', 'retention.ms'], 2)
    })
  })

  describe('produce and consume', () => {
    it('carry lines, keys, headers, partitions and times, and JSON both ways', async () => {
      await json(['topics', 'create', 'mq-data', 'mq-copy', '--partitions', '2', '--config', 'retention.ms=-1'])
      await fill(
        'mq-data',
        ['k1:un', 'k2:NULL', 'k3:três'],
        ...['--key-separator', ':', '--null-marker', 'NULL', '--header', 'source=test', '--partition', '1'],
        ...['--timestamp', '2026-01-01T00:00:00Z', '--compression', 'gzip'],
      )
      const read = ['consume', 'mq-data', '--from', 'earliest', '--until', 'latest']
      const done = await run([...read, '--json'])
      const records = done.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(records).toEqual(
        [
          ['k1', 'un'],
          ['k2', null],
          ['k3', 'três'],
        ].map(([key, value], offset) => ({
          ...{ topic: 'mq-data', partition: 1, offset, timestamp: Date.parse('2026-01-01T00:00:00Z') },
          ...{ key, value, headers: expect.anything() },
        })),
      )
      expect(JSON.stringify(records[0].headers)).toContain('test')
      await fill('mq-copy', done.stdout.trim().split('\n'), '--format', 'json')
      const copied = await run([
        'consume',
        'mq-copy',
        '--from',
        'earliest',
        '--until',
        'latest',
        '--format',
        '%p %o %k=%v\\n',
      ])
      expect(copied).toMatchObject({ code: 0, stdout: '1 0 k1=un\n1 1 k2=\n1 2 k3=três\n' })
    })

    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('compress with %s', async (codec) => {
      const topic = `mq-codec-${codec}`
      const lines = Array.from({ length: 300 }, (_, i) => `line ${i} ${'x'.repeat(50)}`)
      await json(['topics', 'create', topic])
      await fill(topic, lines, '--compression', codec)
      const read = await run(['consume', topic, '--from', 'earliest', '--until', 'latest'])
      expect(read.stdout).toBe(`${lines.join('\n')}\n`)
    })

    it('read bounded, filtered, and as a group that goes on', async () => {
      await json(['topics', 'create', 'mq-read'])
      await fill(
        'mq-read',
        Array.from({ length: 10 }, (_, i) => `r${i}`),
      )
      const read = async (...args: string[]): Promise<string> => {
        const done = await run(['consume', 'mq-read', ...args])
        expect(done.code).toBe(0)
        return done.stdout
      }
      expect(await read('--from', '-2', '--until', 'latest')).toBe('r8\nr9\n')
      expect(await read('--from', '3', '--until', '5')).toBe('r3\nr4\n')
      expect(await read('--from', 'earliest', '--max-messages', '2')).toBe('r0\nr1\n')
      expect(await read('--from', 'earliest', '--until', 'latest', '--value', '/r[79]/')).toBe('r7\nr9\n')
      const group = ['--group', 'mq-read', '--from', 'earliest', '--max-messages', '4']
      expect(await read(...group)).toBe('r0\nr1\nr2\nr3\n')
      expect(await read(...group)).toBe('r4\nr5\nr6\nr7\n')
      expect((await json(['groups', 'describe', 'mq-read'])).groups[0].offsets).toMatchObject([
        { committed: 8, lag: 2 },
      ])
    })

    it('fail on what is not there', async () => {
      expect((await run(['produce', 'mq-none'], { input: 'x\n' })).code).toBe(1)
      expect((await run(['consume', 'mq-none', '--until', 'latest'])).code).toBe(1)
      expect((await run(['consume', 'mq-none', '--from', 'sometimes'])).code).toBe(2)
    })
  })

  describe('groups and lag', () => {
    const topic = 'mq-lag'
    /** Brings a group that ends empty to `offset`. */
    const commit = async (group: string, offset: string): Promise<void> => {
      const args = ['consume', topic, '--group', group, '--from', 'earliest', '--max-messages', offset]
      expect((await run(args)).code).toBe(0)
    }
    beforeAll(async () => {
      await createTopic(engine().bootstrap, topic, 1)
      await fill(
        topic,
        Array.from({ length: 10 }, (_, i) => `r${i}`),
      )
    })

    it('list, describe and lag of an empty group', async () => {
      await commit('mq-empty', '4')
      const listed = await json(['groups', 'list', '--regex', 'mq-empty'])
      expect(listed.groups).toEqual([
        { group: 'mq-empty', type: 'classic', state: 'Empty', protocol: 'consumer', coordinator: 1 },
      ])
      const described = await json(['groups', 'describe', 'mq-empty'])
      expect(described.groups[0]).toMatchObject({
        ...{ group: 'mq-empty', type: 'classic', state: 'Empty', coordinator: 1, totalLag: 6, members: [] },
        offsets: [{ topic, partition: 0, committed: 4, logStart: 0, logEnd: 10, lag: 6, memberId: null }],
      })
      const lag = await json(['lag', 'show', 'mq-empty'])
      expect(lag.groups[0]).toMatchObject({
        ...{ group: 'mq-empty', state: 'Empty', totalLag: 6 },
        partitions: [{ topic, partition: 0, committed: 4, logEnd: 10, lag: 6 }],
      })
      expect(lag.groups[0].maxTimeLagMs).toBeGreaterThan(0)
      expect((await run(['groups', 'describe', 'mq-empty', '--lag'])).stdout).toContain('mq-lag')
      expect((await run(['lag', 'show'])).stdout).toContain('mq-empty')
    })

    it('a group with a member is described, and left alone by reset and delete', async () => {
      const consumer = kafkaJs(engine().bootstrap, 'mq-client').consumer({ groupId: 'mq-live', maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async () => {} })
      try {
        await eventually('a stable group', async () => {
          const live = (await json(['groups', 'describe', 'mq-live'])).groups[0]
          return live.state === 'Stable' && live.members.length === 1
        })
        const live = (await json(['groups', 'describe', 'mq-live'])).groups[0]
        expect(live.members[0]).toMatchObject({
          ...{ clientId: 'mq-client', host: '/127.0.0.1', instanceId: null },
          assignment: [{ topic, partitions: [0] }],
        })
        expect(live.assignor).toBe('RoundRobinAssigner')
        await failure(['groups', 'reset', 'mq-live', '--all-topics', '--to-earliest', '--yes'], 4)
        expect((await failure(['groups', 'delete', 'mq-live', '--yes'], 4)).message).toContain('mq-live')
      } finally {
        await consumer.disconnect()
      }
    })

    it('reset in every way, and only with a yes', async () => {
      await commit('mq-reset', '5')
      const reset = async (...args: string[]) => (await json(['groups', 'reset', 'mq-reset', '--yes', ...args])).offsets
      const plan = ['groups', 'reset', 'mq-reset', '--all-topics', '--to-earliest']
      await failure(plan, 4)
      const dry = await json([...plan, '--dry-run'])
      expect(dry.offsets).toMatchObject([{ topic, partition: 0, before: 5, after: 0 }])
      expect((await json(['groups', 'describe', 'mq-reset'])).groups[0].offsets[0].committed).toBe(5)
      expect(await reset('--all-topics', '--to-earliest')).toMatchObject([{ before: 5, after: 0 }])
      expect(await reset('--topic', topic, '--to-latest')).toMatchObject([{ before: 0, after: 10 }])
      expect(await reset('--topic', `${topic}:0`, '--to-offset', '7')).toMatchObject([{ before: 10, after: 7 }])
      expect(await reset('--topic', topic, '--shift-by', '-3')).toMatchObject([{ before: 7, after: 4 }])
      expect(await reset('--topic', topic, '--to-datetime', '2020-01-01T00:00:00Z')).toMatchObject([{ after: 0 }])
      expect(await reset('--topic', topic, '--by-duration', '1h')).toMatchObject([{ after: 0 }])
      const file = join(folder, 'offsets.csv')
      writeFileSync(file, `${topic},0,6\n`)
      expect(await reset('--from-file', file)).toMatchObject([{ before: 0, after: 6 }])
      expect((await json(['groups', 'describe', 'mq-reset'])).groups[0].offsets[0].committed).toBe(6)
      await failure(['groups', 'reset', 'mq-reset', '--all-topics', '--yes'], 2)
    })

    it('delete', async () => {
      await commit('mq-delete', '1')
      await failure(['groups', 'delete', 'mq-delete'], 4)
      await json(['groups', 'delete', 'mq-delete', '--yes'])
      expect((await json(['groups', 'list', '--regex', 'mq-delete'])).groups).toEqual([])
      expect((await run(['groups', 'delete', 'mq-delete', '--yes'])).code).toBe(1)
      expect((await run(['groups', 'describe', 'mq-delete'])).code).toBe(1)
      expect((await run(['lag', 'show', 'mq-delete'])).code).toBe(1)
    })
  })

  describe('cluster', () => {
    it('info and quorum', async () => {
      const info = await json(['cluster', 'info'])
      expect(info).toMatchObject({
        clusterId: engine().clusterId,
        controller: 1,
        brokers: [{ id: 1, host: '127.0.0.1', port: engine().port, rack: null, fenced: false }],
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

    it('says when nobody answers, and when it takes too long', async () => {
      const closed = await run(['topics', 'list', '-b', '127.0.0.1:1', '--json'])
      expect({ code: closed.code, stdout: closed.stdout }).toEqual({ code: 1, stdout: '' })
      expect(JSON.parse(closed.stderr).error.message).toContain('127.0.0.1:1')
      expect((await run(['no-such-command'])).code).toBe(2)
    })
  })
})
