/**
 * The mq commands through the same expectations on both engines: what they print as JSON, what they refuse, and their exit codes.
 * The commands come from the build and run as processes, without a terminal, as scripts run them.
 */
import { describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'

const ID = expect.stringMatching(/^[\w-]{22}$/)

describeEngines('mq commands', ['bundled', 'apache'], (engine) => {
  const { run, json, failure, fill } = mqRunner(engine)

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
