/** `mq produce` and `mq consume` against a whole broker in memory: what is sent comes back, and every way to end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import Consume from '../../src/commands/consume.ts'
import Produce from '../../src/commands/produce.ts'
import TopicsCreate from '../../src/commands/topics/create.ts'
import TopicsTruncate from '../../src/commands/topics/truncate.ts'
import { runCommand } from '../support/run-command.ts'

let broker: RunningBroker
let directory = ''
let topics = 0
beforeAll(async () => {
  broker = await startBroker({ memory: true })
  directory = mkdtempSync(join(tmpdir(), 'mq-produce-'))
})
afterAll(async () => {
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

const at = () => ['-b', broker.bootstrapServers]

async function newTopic(partitions = 1): Promise<string> {
  const name = `topic-${++topics}`
  expect(await runCommand(TopicsCreate, name, '--partitions', String(partitions), ...at())).toMatchObject({
    exitCode: 0,
  })
  return name
}

async function produce(topic: string, text: string, ...flags: string[]) {
  const file = join(directory, 'input')
  writeFileSync(file, text)
  return runCommand(Produce, topic, '--file', file, ...at(), ...flags)
}

const consume = (topic: string, ...flags: string[]) => runCommand(Consume, topic, ...at(), ...flags)
const all = ['--from', 'earliest', '--until', 'latest']

describe('what is produced is consumed', () => {
  it('as lines, with keys, nulls and headers', async () => {
    const topic = await newTopic()
    const sent = await produce(
      topic,
      'h:1\ta=x\n\tb=\\N\n\tc=',
      '--headers',
      '--key-separator',
      '=',
      '--null-marker',
      '\\N',
    )
    expect(sent).toMatchObject({ exitCode: 0, stdout: '' })
    expect(sent.stderr).toContain(`3 records (4 B) to ${topic}`)
    const read = await consume(topic, ...all, '--format', '%o %k[%v]%V %h\\n')
    expect(read.stdout).toBe('0 a[x]1 h=1\n1 b[]-1 \n2 c[]0 \n')
    expect(read.stderr).toBe('3 records\n')
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('through %s', async (codec) => {
    const topic = await newTopic()
    await produce(topic, 'one\ntwo\n', '--compression', codec)
    expect((await consume(topic, ...all)).stdout).toBe('one\ntwo\n')
  })

  it('as JSON, and from JSON again with key, headers, partition and time', async () => {
    const [from, to] = [await newTopic(2), await newTopic(2)]
    await produce(from, 'k:v\n', '--key-separator', ':', '-H', 'a=1', '-p', '1', '--timestamp', '2026-01-01T00:00:00Z')
    const first = await consume(from, ...all, '--json')
    expect(JSON.parse(first.stdout)).toEqual({
      topic: from,
      partition: 1,
      offset: 0,
      timestamp: Date.UTC(2026, 0, 1),
      key: 'k',
      value: 'v',
      headers: { a: '1' },
    })
    expect((await produce(to, first.stdout, '--format', 'json', '--json')).json).toMatchObject({
      acknowledged: 1,
      topic: to,
    })
    expect((await consume(to, ...all, '--json')).stdout).toBe(first.stdout.replace(from, to))
  })

  it('in many batches and partitions, each record once and in order', async () => {
    const topic = await newTopic(3)
    const lines = Array.from({ length: 5000 }, (_, index) => `${index % 7}:${index}`)
    expect((await produce(topic, lines.join('\n'), '--key-separator', ':')).exitCode).toBe(0)
    const read = (await consume(topic, ...all, '--format', '%k:%v\\n')).stdout.trim().split('\n')
    expect(read.toSorted()).toEqual(lines.toSorted())
    const ofOneKey = read.filter((line) => line.startsWith('3:'))
    expect(ofOneKey).toEqual(lines.filter((line) => line.startsWith('3:')))
  })
})

describe('a bounded read', () => {
  it('takes a partition that is named twice once', async () => {
    const topic = await newTopic(2)
    await produce(topic, 'a\nb', '--partition', '1')
    expect((await consume(topic, ...all, '-p', '1', '-p', '1')).stdout).toBe('a\nb\n')
  })

  it('has the time that is said, written as everywhere', async () => {
    const topic = await newTopic()
    await produce(topic, 'a', '--timestamp', '@2026-01-01T00:00:00Z')
    expect((await consume(topic, ...all, '--format', '%T')).stdout).toBe('2026-01-01T00:00:00.000Z')
    expect(await produce(topic, 'a', '--timestamp', '@soon')).toMatchObject({ exitCode: 2 })
  })

  it('starts and ends where it is told', async () => {
    const topic = await newTopic()
    await produce(topic, '0\n1\n2\n3\n4\n')
    const read = async (from: string, until: string) => (await consume(topic, '--from', from, '--until', until)).stdout
    expect(await read('-2', 'latest')).toBe('3\n4\n')
    expect(await read('1', '3')).toBe('1\n2\n')
    expect(await read('earliest', '+2')).toBe('0\n1\n')
    expect(await read('@-1h', '@now')).toMatch(/^0\n/)
    expect(await read('latest', 'latest')).toBe('')
    expect(await read('2', '99999')).toBe('2\n3\n4\n')
  })

  it('says when the place is outside the log', async () => {
    const topic = await newTopic()
    await produce(topic, '0\n')
    const ran = await consume(topic, '--from', '7', '--until', 'latest')
    expect(ran.stderr).toContain(`warning: ${topic}-0: there is no offset 7, starting at 1`)
  })

  it('filters and counts what passes', async () => {
    const topic = await newTopic()
    await produce(topic, 'a:1\nb:2\na:3\na:4\n', '--key-separator', ':')
    expect((await consume(topic, ...all, '--key', 'a', '-n', '2')).stdout).toBe('1\n3\n')
    expect((await consume(topic, ...all, '--value', '/[24]/')).stdout).toBe('2\n4\n')
  })

  it('without an end stops at its deadline with exit 5', async () => {
    const topic = await newTopic()
    await produce(topic, 'x\n')
    const ran = await consume(topic, '--from', 'earliest', '--timeout', '300ms')
    expect(ran).toMatchObject({ exitCode: 5, stdout: 'x\n' })
    expect(ran.stderr).toContain('the deadline of 300ms passed; 1 record was printed')
  })
})

describe('a group', () => {
  it('commits exactly what was printed and goes on there', async () => {
    const topic = await newTopic()
    await produce(topic, '0\n1\n2\n3\n4\n')
    const group = ['--group', `group-of-${topic}`]
    expect((await consume(topic, ...all, ...group, '-n', '2')).stdout).toBe('0\n1\n')
    expect((await consume(topic, ...all, ...group)).stdout).toBe('2\n3\n4\n')
    expect(await consume(topic, ...all, ...group)).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it('ends where all that it has not read was deleted', async () => {
    const topic = await newTopic()
    await produce(topic, '0\n1\n2\n')
    const group = ['--group', `group-of-${topic}`, '--timeout', '15s']
    expect((await consume(topic, ...all, ...group, '-n', '1')).stdout).toBe('0\n')
    expect(await runCommand(TopicsTruncate, topic, '--before', 'latest', '--yes', ...at())).toMatchObject({
      exitCode: 0,
    })
    // Neither a committed offset nor the beginning lie in the log any more.
    expect(await consume(topic, ...all, ...group)).toMatchObject({ exitCode: 0, stdout: '' })
    expect(await consume(topic, ...all, '--group', `new-${topic}`, '--timeout', '15s')).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
  })

  it('takes no single partitions and no offsets', async () => {
    const topic = await newTopic()
    expect(await consume(topic, '--group', 'g', '-p', '0')).toMatchObject({ exitCode: 2 })
    expect(await consume(topic, '--group', 'g', '--from', '5')).toMatchObject({ exitCode: 2 })
  })
})

describe('what cannot be done', () => {
  it('is an unknown topic or partition: exit 1', async () => {
    const topic = await newTopic()
    for (const ran of [await consume('nope', ...all), await produce('nope', 'x')]) {
      expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
      expect(ran.stderr).toContain('there is no topic nope')
    }
    expect(await consume(topic, ...all, '-p', '9')).toMatchObject({ exitCode: 1 })
    expect(await produce(topic, 'x', '-p', '9')).toMatchObject({ exitCode: 1 })
  })

  it('is a line that is no record: exit 1, and what came before is safe', async () => {
    const topic = await newTopic()
    const ran = await produce(topic, 'a:1\nb:2\nbroken\nc:3\n', '--key-separator', ':')
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('line 3: no key separator ":"; 2 records were acknowledged')
    expect((await consume(topic, ...all)).stdout).toBe('1\n2\n')
  })

  it('is a record that the broker refuses: exit 1 with its word for it', async () => {
    const topic = await newTopic()
    const ran = await produce(topic, 'x'.repeat(2 << 20), '--json')
    expect(ran.exitCode).toBe(1)
    expect(JSON.parse(ran.stderr).error).toMatchObject({
      code: expect.stringMatching(/MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/),
    })
  })

  it.each([
    [['--rate', 'fast']],
    [['--timestamp', 'soon']],
    [['--format', 'json', '--key-separator', ':']],
    [['--key-separator', '']],
    [['--acks', '3']],
  ])('is %j: exit 2', async (flags) => {
    expect(await produce('any', 'x', ...flags)).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('is a file that is not there', async () => {
    const ran = await runCommand(Produce, 'any', '--file', join(directory, 'none'), ...at())
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no such file') })
  })
})

describe('a rate', () => {
  it('slows the sending down', async () => {
    const topic = await newTopic()
    const startedMs = performance.now()
    expect((await produce(topic, 'x\n'.repeat(30), '--rate', '100/s')).exitCode).toBe(0)
    expect(performance.now() - startedMs).toBeGreaterThan(250)
  })
})
