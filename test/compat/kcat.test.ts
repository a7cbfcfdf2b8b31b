/**
 * kcat (librdkafka 2.0.2 of Debian, an old client that feels its way by API versions): every codec, keys, headers, nulls, offsets,
 * offsets by time, metadata, acknowledgement levels, and a group whose two members share and hand over partitions.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { suiteWith } from './support/engine.ts'
import { kcat } from './support/peers.ts'
import { Running, runOk } from './support/process.ts'
import { createTopic } from './support/topics.ts'

const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

interface Envelope {
  topic: string
  partition: number
  offset: number
  tstype: string
  ts: number
  headers?: string[]
  key: string | null
  payload: string | null
}

/** The records that kcat prints with -J, one a line. */
function envelopes(stdout: string): Envelope[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Envelope)
}

suiteWith('kcat', { name: 'kcat', found: kcat(), install: '--kcat' }, ['bundled'], (engine, kcatBin) => {
  const cat = (args: string[], input?: string) =>
    runOk(kcatBin, ['-b', engine().bootstrap, ...args], input === undefined ? {} : { input })
  const read = async (topic: string, ...args: string[]): Promise<Envelope[]> =>
    envelopes((await cat(['-C', '-t', topic, '-e', '-J', '-q', ...args])).stdout)

  describe('codecs', () => {
    it.each(Object.entries(codecs))('%s goes in and out, and is stored as it was sent', async (codec, id) => {
      const topic = `codec-${codec}`
      const lines = Array.from({ length: 2_000 }, (_, i) => `record ${i} of many that are much alike`)
      await createTopic(engine().bootstrap, topic)
      await cat(['-P', '-t', topic, '-z', codec, '-X', 'linger.ms=100'], `${lines.join('\n')}\n`)
      const records = await read(topic, '-o', 'beginning', '-X', 'check.crcs=true')
      expect(records.map((record) => record.payload)).toEqual(lines)
      expect(records.map((record) => record.offset)).toEqual(lines.map((_, i) => i))
      const log = readFileSync(join(engine().dataDir, `${topic}-0`, '00000000000000000000.log'))
      expect(log.readInt16BE(21) & 7).toBe(id)
    })
  })

  it('keeps keys, headers, empty and null values', async () => {
    const topic = 'shapes'
    await createTopic(engine().bootstrap, topic)
    await cat(
      ['-P', '-t', topic, '-K', ':', '-Z', '-H', 'source=kcat', '-H', 'empty='],
      'k1:v1\nk2:\n:v3\nclé:dernière\n',
    )
    const records = await read(topic, '-o', 'beginning')
    expect(records.map(({ key, payload }) => [key, payload])).toEqual([
      ['k1', 'v1'],
      ['k2', null],
      [null, 'v3'],
      ['clé', 'dernière'],
    ])
    expect(records[0]?.headers).toEqual(['source', 'kcat', 'empty', ''])
    expect(records[0]?.tstype).toBe('create')
    expect(Math.abs((records[0]?.ts ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  it('reads from an offset, from the tail and up to a count', async () => {
    const topic = 'offsets'
    await createTopic(engine().bootstrap, topic)
    await cat(['-P', '-t', topic], `${Array.from({ length: 20 }, (_, i) => `r${i}`).join('\n')}\n`)
    expect((await read(topic, '-o', '5', '-c', '3')).map((r) => r.payload)).toEqual(['r5', 'r6', 'r7'])
    expect((await read(topic, '-o', '-2')).map((r) => r.payload)).toEqual(['r18', 'r19'])
    expect(await read(topic, '-o', 'end')).toEqual([])
  })

  it('finds offsets by time', async () => {
    const topic = 'times'
    await createTopic(engine().bootstrap, topic)
    for (const line of ['first', 'second', 'third']) await cat(['-P', '-t', topic], `${line}\n`)
    const [first, second, third] = (await read(topic, '-o', 'beginning')) as [Envelope, Envelope, Envelope]
    expect(first.ts).toBeLessThan(second.ts)
    const query = async (time: number): Promise<string> => (await cat(['-Q', '-t', `${topic}:0:${time}`])).stdout.trim()
    expect(await query(first.ts - 1)).toBe(`${topic} [0] offset 0`)
    expect(await query(second.ts)).toBe(`${topic} [0] offset 1`)
    expect(await query(second.ts + 1)).toBe(`${topic} [0] offset 2`)
    expect(await query(third.ts + 1)).toMatch(/offset (-1|3)$/)
    expect(await query(-2)).toBe(`${topic} [0] offset 0`)
    expect(await query(-1)).toBe(`${topic} [0] offset 3`)
    const since = await read(topic, '-o', `s@${second.ts}`)
    expect(since.map((r) => r.payload)).toEqual(['second', 'third'])
  })

  it('lists the node, its topics and its partitions', async () => {
    await createTopic(engine().bootstrap, 'listed', 3)
    const listed = JSON.parse((await cat(['-L', '-J', '-t', 'listed'])).stdout)
    expect(listed.brokers).toEqual([{ id: 1, name: engine().bootstrap }])
    expect(listed.controllerid).toBe(1)
    expect(listed.topics).toEqual([
      {
        topic: 'listed',
        partitions: [0, 1, 2].map((partition) => ({
          partition,
          leader: 1,
          replicas: [{ id: 1 }],
          isrs: [{ id: 1 }],
        })),
      },
    ])
  })

  it.each(['0', '1', 'all'])('produces with acks=%s to a topic that is made by the first write', async (acks) => {
    const topic = `acks-${acks}`
    await cat(['-P', '-t', topic, '-X', `acks=${acks}`, '-X', 'allow.auto.create.topics=true'], 'one\ntwo\n')
    const records = await read(topic, '-o', 'beginning', '-c', '2')
    expect(records.map((r) => r.payload)).toEqual(['one', 'two'])
  })

  it('produces idempotently, with large records', async () => {
    const topic = 'idempotent'
    await createTopic(engine().bootstrap, topic)
    const large = 'x'.repeat(900_000)
    await cat(['-P', '-t', topic, '-X', 'enable.idempotence=true', '-X', 'linger.ms=0'], `${large}\nsmall\n${large}\n`)
    const records = await read(topic, '-o', 'beginning')
    expect(records.map((r) => r.payload?.length)).toEqual([900_000, 5, 900_000])
  })

  it('shares a topic between two members of a group, and hands over when one leaves', async () => {
    const topic = 'shared'
    await createTopic(engine().bootstrap, topic, 4)
    const member = () =>
      new Running(kcatBin, [
        '-b',
        engine().bootstrap,
        '-G',
        'kcat-group',
        '-X',
        'auto.offset.reset=earliest',
        '-u',
        '-f',
        '%p/%s\\n',
        topic,
      ])
    /** The size of the last assignment that a member reported, or -1 before the first. */
    const assigned = (stderr: string): number => {
      const last = stderr
        .split('\n')
        .filter((line) => line.includes(': assigned:'))
        .at(-1)
      return last === undefined ? -1 : (last.match(/\[\d+\]/g) ?? []).length
    }
    const first = member()
    await first.until(({ stderr }) => assigned(stderr) === 4)
    const second = member()
    await Promise.all([
      first.until(({ stderr }) => assigned(stderr) === 2),
      second.until(({ stderr }) => assigned(stderr) === 2),
    ])
    for (const partition of ['0', '1', '2', '3']) {
      await cat(['-P', '-t', topic, '-p', partition], `before ${partition}\n`)
    }
    const both = (): string[] => `${first.stdout}${second.stdout}`.split('\n').filter((line) => line !== '')
    await Promise.all([
      first.until(({ stdout }) => stdout.split('\n').length === 3),
      second.until(({ stdout }) => stdout.split('\n').length === 3),
    ])
    expect(both().sort()).toEqual(['0/before 0', '1/before 1', '2/before 2', '3/before 3'])
    await first.stop()
    await second.until(({ stderr }) => assigned(stderr) === 4)
    await cat(['-P', '-t', topic, '-p', '0'], 'after\n')
    await cat(['-P', '-t', topic, '-p', '3'], 'after\n')
    await second.until(({ stdout }) => stdout.includes('0/after') && stdout.includes('3/after'))
    await second.stop()
    // the offsets that both committed hold for whoever comes next
    await cat(['-P', '-t', topic, '-p', '1'], 'resumed\n')
    const third = member()
    await third.until(({ stdout }) => stdout.includes('1/resumed'))
    await third.stop()
    expect(third.stdout.trim()).toBe('1/resumed')
  })
})
