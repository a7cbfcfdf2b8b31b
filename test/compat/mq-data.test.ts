/**
 * `mq produce`, `mq consume` and `mq smoke` on each engine: exact round trips, every way for a read to end, what happens to
 * topics and brokers while records flow. The commands come from the build and run as processes, as scripts run them.
 */
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { repositoryRoot } from './support/peers.ts'
import { eventually, run as runProgram, Running } from './support/process.ts'

const commandFile = join(repositoryRoot, 'bin', 'run.js')
const BOUNDED = ['--from', 'earliest', '--until', 'latest']
const lines = (count: number, text = 'r') => Array.from({ length: count }, (_, index) => `${text}${index}`)

describeEngines('mq produce and consume', ['bundled', 'apache', 'apache-3.9'], (engine, kind) => {
  const { run, json, fill, failure, folder } = mqRunner(engine)
  const environment = () => ({ MQ_HOME: folder, MQ_BOOTSTRAP_SERVER: engine().bootstrap })
  const start = (args: string[], input?: string) =>
    new Running(process.execPath, [commandFile, ...args], {
      env: environment(),
      ...(input === undefined ? {} : { input }),
    })
  const read = async (topic: string, ...args: string[]): Promise<string> => {
    const done = await run(['consume', topic, ...args])
    expect({ code: done.code, error: done.code === 0 ? '' : done.stderr }).toEqual({ code: 0, error: '' })
    return done.stdout
  }

  describe('records', () => {
    it('carry lines, keys, headers, partitions and times, and JSON both ways', async () => {
      await json(['topics', 'create', 'mq-data', 'mq-copy', '--partitions', '2', '--config', 'retention.ms=-1'])
      await fill(
        'mq-data',
        ['k1:un', 'k2:NULL', 'k3:três'],
        ...['--key-separator', ':', '--null-marker', 'NULL', '--header', 'source=test', '--partition', '1'],
        ...['--timestamp', '2026-01-01T00:00:00Z', '--compression', 'gzip'],
      )
      const printed = await read('mq-data', ...BOUNDED, '--json')
      const time = Date.parse('2026-01-01T00:00:00Z')
      const common = { topic: 'mq-data', partition: 1, timestamp: time, headers: { source: 'test' } }
      expect(
        printed
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual([
        { ...common, offset: 0, key: 'k1', value: 'un' },
        { ...common, offset: 1, key: 'k2', value: null },
        { ...common, offset: 2, key: 'k3', value: 'três' },
      ])
      await fill('mq-copy', printed.trim().split('\n'), '--format', 'json')
      expect(await read('mq-copy', ...BOUNDED, '--format', '%p %o %k=%v\\n')).toBe('1 0 k1=un\n1 1 k2=\n1 2 k3=três\n')
    })

    it('of every kind come back exactly: bytes, nulls, empty, repeated headers, times', async () => {
      await json(['topics', 'create', 'mq-exact', 'mq-exact-2', '--partitions', '3', '--config', 'retention.ms=-1'])
      const fields = [{ key: null }, { key: '' }, { key: 'k' }, { key: '"\\ü\u0001\u2028' }, { keyBase64: '/wD+' }]
      const values = [
        { value: null },
        { value: '' },
        { value: '{"a":1}' },
        { value: 'a\nb\r\n' },
        { valueBase64: 'wyg=' },
      ]
      const headers = [
        { headers: {} },
        { headers: { a: ['1', null, { base64: '/w==' }], '': 'x' } },
        {
          headers: { a: ['1', '3'], b: '2' },
          headerList: [
            { key: 'a', value: '1' },
            { key: 'b', value: '2' },
            { key: 'a', value: '3' },
          ],
        },
      ]
      const documents = fields.flatMap((key, k) =>
        values.flatMap((value, v) =>
          headers.map((header, h) =>
            JSON.stringify({
              partition: (k + v + h) % 3,
              timestamp: 1_700_000_000_000 + k * 100 + v * 10 + h,
              ...key,
              ...value,
              ...header,
            }),
          ),
        ),
      )
      await fill('mq-exact', documents, '--format', 'json', '--compression', 'lz4')
      const first = await read('mq-exact', ...BOUNDED, '--json')
      const bare = (text: string) =>
        text
          .trim()
          .split('\n')
          .map((line) => {
            const { topic: _topic, offset: _offset, ...rest } = JSON.parse(line)
            return rest
          })
          .sort((a, b) => a.timestamp - b.timestamp)
      const sent = documents.map((line) => JSON.parse(line)).sort((a, b) => a.timestamp - b.timestamp)
      expect(bare(first)).toEqual(sent)
      await fill('mq-exact-2', first.trim().split('\n'), '--format', 'json')
      const sorted = (text: string) => text.trim().split('\n').sort()
      const second = await read('mq-exact-2', ...BOUNDED, '--json')
      expect(sorted(second.replaceAll('"mq-exact-2"', '"mq-exact"'))).toEqual(sorted(first))
    })

    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('compress with %s', async (codec) => {
      const topic = `mq-codec-${codec}`
      const wanted = lines(300, `line ${'x'.repeat(50)}`)
      await json(['topics', 'create', topic])
      await fill(topic, wanted, '--compression', codec)
      expect(await read(topic, ...BOUNDED)).toBe(`${wanted.join('\n')}\n`)
    })

    it.each(['all', '1', '0'])('with acks %s all arrive, in order', async (acks) => {
      const topic = `mq-acks-${acks}`
      await json(['topics', 'create', topic])
      const wanted = lines(30_000, 'x'.repeat(40))
      await fill(topic, wanted, '--acks', acks)
      expect(await read(topic, ...BOUNDED)).toBe(`${wanted.join('\n')}\n`)
    })

    it('too large for the topic: the line is named, what came before is safe', async () => {
      await json(['topics', 'create', 'mq-small', '--config', 'max.message.bytes=2000'])
      // Batches are larger than the topic takes: they are cut until they fit.
      await fill('mq-small', lines(2000))
      const done = await run(['produce', 'mq-small', '--json'], { input: `a\nb\n${'x'.repeat(5000)}\n` })
      expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 1, stdout: '' })
      const { error } = JSON.parse(done.stderr)
      expect(error.code).toMatch(/MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/)
      expect(error.message).toContain('line 3: a record of about 50')
      expect(await read('mq-small', ...BOUNDED)).toContain('r1998\nr1999\n')
    })
  })

  describe('a read', () => {
    it('is bounded, filtered, and goes on as a group', async () => {
      await json(['topics', 'create', 'mq-read'])
      await fill('mq-read', lines(10))
      expect(await read('mq-read', '--from', '-2', '--until', 'latest')).toBe('r8\nr9\n')
      expect(await read('mq-read', '--from', '3', '--until', '5')).toBe('r3\nr4\n')
      expect(await read('mq-read', '--from', 'earliest', '--max-messages', '2')).toBe('r0\nr1\n')
      expect(await read('mq-read', ...BOUNDED, '--value', '/r[79]/')).toBe('r7\nr9\n')
      const group = ['--group', 'mq-read', '--from', 'earliest', '--max-messages', '4']
      expect(await read('mq-read', ...group)).toBe('r0\nr1\nr2\nr3\n')
      expect(await read('mq-read', ...group)).toBe('r4\nr5\nr6\nr7\n')
      expect((await json(['groups', 'describe', 'mq-read'])).groups[0].offsets).toMatchObject([
        { committed: 8, lag: 2 },
      ])
      expect(await read('mq-read', '--group', 'mq-read', '--until', 'latest')).toBe('r8\nr9\n')
      expect(await read('mq-read', '--group', 'mq-read', '--until', 'latest')).toBe('')
    })

    it('takes several topics, partitions of them, and patterns', async () => {
      await json(['topics', 'create', 'mq-many-a', 'mq-many-b', '--partitions', '2'])
      for (const topic of ['mq-many-a', 'mq-many-b']) {
        for (const partition of ['0', '1']) await fill(topic, [`${topic}-${partition}`], '--partition', partition)
      }
      const sorted = async (...args: string[]) =>
        (await run(['consume', ...args, ...BOUNDED])).stdout.trim().split('\n').sort()
      expect(await sorted('mq-many-a', 'mq-many-b:1')).toEqual(['mq-many-a-0', 'mq-many-a-1', 'mq-many-b-1'])
      expect(await sorted('--regex', 'mq-many-.')).toHaveLength(4)
      expect(await sorted('--regex', 'mq-many-.', '--partition', '0')).toEqual(['mq-many-a-0', 'mq-many-b-0'])
      expect((await run(['consume', '--regex', 'mq-none-.*', ...BOUNDED])).code).toBe(1)
    })

    it('of an empty topic, a deleted head and a partition that grows ends', async () => {
      await json(['topics', 'create', 'mq-empty', 'mq-head', 'mq-grow', '--partitions', '2'])
      expect(await read('mq-empty', ...BOUNDED)).toBe('')
      await fill('mq-head', lines(10), '--partition', '0')
      await json(['topics', 'truncate', 'mq-head:0', '--before', '4', '--yes'])
      expect(await read('mq-head', '--from', '0', '--until', '6')).toBe('r4\nr5\n')
      await json(['topics', 'truncate', 'mq-head:0', '--before', 'latest', '--yes'])
      expect(await read('mq-head', ...BOUNDED)).toBe('')
      const producer = start(['produce', 'mq-grow', '--rate', '500/s'], `${lines(100_000).join('\n')}\n`)
      await eventually('records', async () => (await read('mq-grow', ...BOUNDED)).length > 0)
      await producer.stop('SIGINT')
    })

    it('as a group goes on while members come and go', async () => {
      await json(['topics', 'create', 'mq-members', '--partitions', '4'])
      const wanted = lines(12_000)
      const producer = start(['produce', 'mq-members', '--rate', '1000/s'], `${wanted.join('\n')}\n`)
      const join = () => start(['consume', 'mq-members', '--from', 'earliest', '--group', 'mq-members'])
      const first = join()
      await first.until(({ stdout }) => stdout.includes('r0\n'))
      const second = join()
      await second.until(({ stdout }) => stdout !== '', 90_000)
      const left = await first.stop('SIGINT')
      const printed = () => new Set((left.stdout + second.stdout).split('\n'))
      await eventually('every record with one of the members', async () => printed().size > wanted.length, 90_000)
      const stayed = await second.stop('SIGINT')
      expect([left.code, stayed.code, (await producer.ended).code]).toEqual([130, 130, 0])
      expect(left.stderr + stayed.stderr).not.toContain('error')
      const seen = printed()
      expect(wanted.filter((line) => !seen.has(line))).toEqual([])
    })

    it('past control records ends, and hides what was aborted', async () => {
      // The bundled broker has no transactions yet.
      if (kind === 'bundled') return
      await json(['topics', 'create', 'mq-transactions'])
      const kafka = new Kafka({ brokers: [engine().bootstrap], logLevel: logLevel.NOTHING })
      const producer = kafka.producer({ transactionalId: 'mq-data', maxInFlightRequests: 1, idempotent: true })
      await producer.connect()
      for (const [value, isKept] of [
        ['kept', true],
        ['dropped', false],
        ['last', true],
        ['gone', false],
      ] as const) {
        const transaction = await producer.transaction()
        await transaction.send({ topic: 'mq-transactions', messages: [{ value }] })
        await (isKept ? transaction.commit() : transaction.abort())
      }
      await producer.disconnect()
      expect(await read('mq-transactions', ...BOUNDED)).toBe('kept\ndropped\nlast\ngone\n')
      const committed = ['--isolation-level', 'read_committed']
      expect(await read('mq-transactions', ...BOUNDED, ...committed)).toBe('kept\nlast\n')
      const grouped = [...BOUNDED, ...committed, '--group', 'mq-transactions']
      expect(await read('mq-transactions', ...grouped)).toBe('kept\nlast\n')
      expect(await read('mq-transactions', '--from', '-1', '--until', 'latest')).toBe('')
    })

    it('that follows sees partitions that are added, and a topic that is deleted', async () => {
      await json(['topics', 'create', 'mq-follow'])
      const follower = start(['consume', 'mq-follow', '--from', 'earliest', '--format', '%p %v\\n'])
      await fill('mq-follow', ['first'])
      await follower.until(({ stdout }) => stdout === '0 first\n')
      await json(['topics', 'add-partitions', 'mq-follow', '--partitions', '2', '--yes'])
      await eventually('the new partition takes a record', async () => {
        return (await run(['produce', 'mq-follow', '--partition', '1'], { input: 'added\n' })).code === 0
      })
      await follower.until(({ stdout }) => stdout.includes('1 added\n'))
      await json(['topics', 'delete', 'mq-follow', '--yes'])
      const done = await follower.ended
      expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 1, stdout: '0 first\n1 added\n' })
      expect(done.stderr).toContain('topic mq-follow was deleted while it was read')
    })

    it('ends when its output is closed, although no record comes; and with Ctrl-C', async () => {
      await json(['topics', 'create', 'mq-pipe'])
      await fill('mq-pipe', ['a', 'b', 'c'])
      for (const more of ['', '--group mq-pipe']) {
        const line = `"${process.execPath}" "${commandFile}" consume mq-pipe --from earliest ${more} | head -2`
        const done = await runProgram('sh', ['-c', line], { env: environment(), timeoutMs: 30_000 })
        expect(done.stdout).toBe('a\nb\n')
        expect(done.stderr).not.toContain('error')
      }
      const follower = start(['consume', 'mq-pipe', '--from', 'earliest'])
      await follower.until(({ stdout }) => stdout === 'a\nb\nc\n')
      expect((await follower.stop('SIGINT')).code).toBe(130)
    })
  })

  it('what is not there or cannot be read fails before anything is sent', async () => {
    expect((await run(['produce', 'mq-none'], { input: 'x\n' })).code).toBe(1)
    expect((await run(['consume', 'mq-none', '--until', 'latest'])).code).toBe(1)
    await failure(['consume', 'mq-none', '--from', 'sometimes'], 2)
    await failure(['consume', 'mq-none', '--until', '@1 o clock'], 2)
    await failure(['produce', 'mq-none', '--timestamp', 'soon'], 2)
    await failure(['produce', 'mq-none', '--rate', 'fast'], 2)
    expect((await run(['consume', 'mq-none', '--format', '%z'])).code).toBe(2)
    await json(['topics', 'create', 'mq-lines', '--partitions', '2'])
    const bad = await run(['produce', 'mq-lines', '--format', 'json'], {
      input: '{"value":"a"}\n\n{"value":\n{"value":"b"}\n',
    })
    expect(bad).toMatchObject({ code: 1, stdout: '' })
    expect(bad.stderr).toContain('line 3: not JSON; 1 record was acknowledged')
    const partition = await run(['produce', 'mq-lines', '--format', 'json'], { input: '{"value":"a","partition":7}\n' })
    expect(partition.stderr).toContain('line 1: topic mq-lines has no partition 7, only 0 to 1')
  })

  it('smoke finds that all is well, and leaves nothing', async () => {
    const result = await json(['smoke', '--messages', '300', '--partitions', '4'])
    expect(result).toMatchObject({ ok: true, brokers: 1, partitions: 4, replicationFactor: 1, messages: 300 })
    expect(result.steps).toHaveLength(8)
    expect((await json(['topics', 'list', '--regex', 'mq-smoke-.*'])).topics).toEqual([])
    expect((await json(['groups', 'list', '--regex', 'mq-smoke-.*'])).groups).toEqual([])
    const found = await run(['smoke', '--replication-factor', '5', '--json'])
    expect(found.code).toBe(3)
    expect(JSON.parse(found.stdout)).toMatchObject({ ok: false, steps: [{ step: 'create', ok: false }] })
  })

  it('smoke that is interrupted removes what it made', async () => {
    const test = start(['smoke', '--messages', '5000000'])
    const made = async () => (await json(['topics', 'list', '--regex', 'mq-smoke-.*'])).topics.length
    await eventually('the topic of the test', async () => (await made()) > 0)
    const done = await test.stop('SIGINT')
    expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 130, stdout: '' })
    expect(done.stderr).toBe('interrupted; what the test made is removed\n')
    expect(await made()).toBe(0)
    expect((await json(['groups', 'list', '--regex', 'mq-smoke-.*'])).groups).toEqual([])
  })

  describe('when the broker dies', () => {
    it('and comes back, a producer goes on: every record once, in order', async () => {
      await json(['topics', 'create', 'mq-crash'])
      const wanted = lines(3000)
      const producer = start(['produce', 'mq-crash', '--rate', '1000/s'], `${wanted.join('\n')}\n`)
      await eventually('the first records', async () => (await read('mq-crash', ...BOUNDED)).length > 0)
      await engine().kill9()
      await engine().restart()
      const done = await producer.ended
      expect({ code: done.code, stderr: done.stderr }).toMatchObject({ code: 0 })
      expect(await read('mq-crash', ...BOUNDED)).toBe(`${wanted.join('\n')}\n`)
    })

    it('and stays away, it says how many records are safe', async () => {
      await json(['topics', 'create', 'mq-lost'])
      const limits = ['-X', 'delivery.timeout.ms=1000', '-X', 'socket.connection.setup.timeout.ms=1000']
      const words = ['produce', 'mq-lost', '--rate', '1000/s', '--json', ...limits]
      const producer = start(words, `${lines(60_000).join('\n')}\n`)
      await eventually('the first records', async () => (await read('mq-lost', ...BOUNDED)).length > 0)
      await engine().kill9()
      const done = await producer.ended
      expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 1, stdout: '' })
      const { error } = JSON.parse(done.stderr)
      const said = /; ([\d,]+) records were acknowledged, all up to line (\d+) among them$/.exec(error.message)
      const count = Number(said?.[1]?.replaceAll(',', ''))
      expect(Number(said?.[2])).toBe(count)
      await engine().restart()
      const kept = (await read('mq-lost', ...BOUNDED)).trim().split('\n')
      expect(kept.slice(0, count)).toEqual(lines(count))
    })
  })
})
