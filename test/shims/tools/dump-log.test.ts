/** kafka-dump-log on files made here: lines of batches and records, invalid bytes at the end, indexes that disagree. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { runTool } from '../../../src/shims/run.ts'
import { kafkaDumpLog } from '../../../src/shims/tools/kafka-dump-log.ts'
import { capturedIo } from '../captured-io.ts'

let folder: string
let log: string
let first: Buffer

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mq-dump-log-'))
  log = join(folder, '00000000000000000010.log')
  first = encodeBatch({ baseOffset: 10, partitionLeaderEpoch: 3 }, [
    { timestamp: 1000, key: Buffer.from('k'), value: Buffer.from('v'), headers: [{ key: 'h', value: null }] },
    { timestamp: 1001, key: null, value: null },
  ])
  const second = encodeBatch({ baseOffset: 15, compression: 'gzip' }, [
    { timestamp: 1002, key: null, value: Buffer.from('later') },
  ])
  writeFileSync(log, Buffer.concat([first, second, Buffer.alloc(5)]))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function dump(...args: string[]) {
  const io = capturedIo()
  const code = await runTool(kafkaDumpLog, args, io)
  return { code, ...io.out }
}

describe('a segment', () => {
  it('has a line for each batch', async () => {
    const { code, stdout } = await dump('--files', log)
    const lines = stdout.split('\n')
    expect(code).toBe(0)
    expect(lines.slice(0, 2)).toEqual([`Dumping ${log}`, 'Log starting offset: 10'])
    expect(lines[2]).toMatch(
      /^baseOffset: 10 lastOffset: 11 count: 2 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: 3 isTransactional: false isControl: false deleteHorizonMs: OptionalLong\.empty position: 0 CreateTime: 1001 size: \d+ magic: 2 compresscodec: none crc: \d+ isvalid: true$/,
    )
    expect(lines[3]).toContain(`position: ${first.length} CreateTime: 1002`)
    expect(lines[3]).toContain('compresscodec: gzip')
    expect(lines[4]).toBe('Found 5 invalid bytes at the end of 00000000000000000010.log')
  })

  it('has a line for each record where keys and values are wanted, and tells gaps', async () => {
    const { stdout, stderr } = await dump('--print-data-log', '--files', log)
    expect(stdout.split('\n').filter((line) => line.startsWith('|'))).toEqual([
      '| offset: 10 CreateTime: 1000 keySize: 1 valueSize: 1 sequence: -1 headerKeys: [h] key: k payload: v',
      '| offset: 11 CreateTime: 1001 keySize: -1 valueSize: -1 sequence: -1 headerKeys: []',
      '| offset: 15 CreateTime: 1002 keySize: -1 valueSize: 5 sequence: -1 headerKeys: [] payload: later',
    ])
    expect(stderr).toBe(`Non-consecutive offsets in :${log}\n  11 is followed by 15\n`)
  })

  it('ends where --max-bytes says', async () => {
    const { stdout } = await dump('--files', log, '--max-bytes', String(first.length))
    expect(stdout.match(/baseOffset/g)).toHaveLength(1)
  })

  it('is shown as damaged when its checksum is wrong', async () => {
    const damaged = join(folder, '00000000000000000000.log')
    const bytes = Buffer.from(first)
    bytes[bytes.length - 1]! ^= 0xff
    writeFileSync(damaged, bytes)
    expect((await dump('--files', damaged)).stdout).toContain('isvalid: false')
  })
})

describe('other files', () => {
  it('are indexes, compared with their log', async () => {
    const index = log.replace('.log', '.index')
    const entries = Buffer.alloc(16)
    entries.writeInt32BE(1, 0)
    entries.writeInt32BE(0, 4)
    entries.writeInt32BE(2, 8)
    entries.writeInt32BE(first.length, 12)
    writeFileSync(index, entries)
    const { stdout, stderr } = await dump('--files', index)
    expect(stdout).toBe(`Dumping ${index}\noffset: 11 position: 0\noffset: 12 position: ${first.length}\n`)
    expect(stderr).toBe(`Mismatches in :${index}\n  Index offset: 12, log offset: 15\n`)
    expect((await dump('--files', index, '--index-sanity-check')).stdout).toContain('passed sanity check.')
  })

  it('are passed over with a word when nothing is known of them', async () => {
    const other = join(folder, 'partition.metadata')
    writeFileSync(other, 'version: 0\n')
    expect(await dump('--files', other)).toEqual({
      code: 0,
      stdout: `Dumping ${other}\n`,
      stderr: `Ignoring unknown file ${other}\n`,
    })
  })

  it('fail as the JVM tells it', async () => {
    const missing = join(folder, '00000000000000000099.log')
    const { code, stderr } = await dump('--files', missing)
    expect(code).toBe(1)
    expect(stderr).toBe(`Exception in thread "main" java.nio.file.NoSuchFileException: ${missing}\n`)
  })
})
