/**
 * The mq commands through the same expectations on both engines: what they print as JSON, what they refuse, and their exit codes.
 * The commands come from the build and run as processes, without a terminal, as scripts run them.
 */
import { describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'

describeEngines('mq commands', ['bundled', 'apache'], (engine) => {
  const { run, json, fill } = mqRunner(engine)

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
})
