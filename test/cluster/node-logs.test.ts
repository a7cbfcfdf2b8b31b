/** The last lines of a log, by level, and what is written afterwards. */
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followLines, LevelFilter, lastLines, lastLinesWithRolled } from '../../src/cluster/node-logs.ts'

let directory = ''
let path = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mq-logs-'))
  path = join(directory, 'server.log')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const LINES = [
  '[2026-01-01 00:00:00,000] INFO one (kafka.Server)',
  '[2026-01-01 00:00:01,000] ERROR two (kafka.Server)',
  'java.lang.Exception: reason',
  '\tat somewhere',
  '[2026-01-01 00:00:02,000] WARN three (kafka.Server)',
]

describe('the last lines', () => {
  it('are as many as asked for', () => {
    writeFileSync(path, `${LINES.join('\n')}\n`)
    expect(lastLines(path, 2, new LevelFilter(undefined)).lines).toEqual(LINES.slice(-2))
    expect(lastLines(path, 0, new LevelFilter(undefined)).lines).toEqual([])
    expect(lastLines(path, 99, new LevelFilter(undefined)).lines).toEqual(LINES)
  })

  it('of a level keep their stack traces', () => {
    writeFileSync(path, `${LINES.join('\n')}\n`)
    expect(lastLines(path, 99, new LevelFilter('WARN')).lines).toEqual(LINES.slice(1))
    expect(lastLines(path, 99, new LevelFilter('ERROR')).lines).toEqual(LINES.slice(1, 4))
  })

  it('reach back into rolled files, in their order', () => {
    writeFileSync(path, '')
    for (const [index, suffix] of ['2026-01-01-09', '2026-01-01-10', '2026-01-01-10.1', '2026-01-01-10.2'].entries()) {
      writeFileSync(`${path}.${suffix}`, `[2026] INFO ${index} (x)\n[2026] WARN ${index} (x)\n`)
    }
    expect(lastLinesWithRolled(path, 3, undefined).lines).toEqual([
      '[2026] WARN 2 (x)',
      '[2026] INFO 3 (x)',
      '[2026] WARN 3 (x)',
    ])
    expect(lastLinesWithRolled(path, 9, 'WARN').lines.map((line) => line.split(' ')[2])).toEqual(['0', '1', '2', '3'])
  })

  it('of an empty file are none, and an unfinished line waits', () => {
    writeFileSync(path, '')
    expect(lastLines(path, 5, new LevelFilter(undefined))).toEqual({ lines: [], position: 0 })
    writeFileSync(path, 'done\nhalf')
    expect(lastLines(path, 5, new LevelFilter(undefined))).toEqual({ lines: ['done'], position: 5 })
  })
})

describe('following', () => {
  it('gives whole lines as they come, also after a rotation', async () => {
    writeFileSync(path, 'old\n')
    const stop = new AbortController()
    const lines = followLines(path, 4, stop.signal)
    const next = async () => (await lines.next()).value
    appendFileSync(path, 'é1\né2\nha')
    expect([await next(), await next()]).toEqual(['é1', 'é2'])
    appendFileSync(path, 'lf\n')
    expect(await next()).toBe('half')
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'new\n')
    expect(await next()).toBe('new')
    stop.abort()
    expect((await lines.next()).done).toBe(true)
  })

  it('misses nothing that was written right before a rotation, nor while the new file is not there', async () => {
    writeFileSync(path, 'old\n')
    const stop = new AbortController()
    const lines = followLines(path, 4, stop.signal)
    appendFileSync(path, 'one\n')
    const next = async () => (await lines.next()).value
    expect(await next()).toBe('one')
    appendFileSync(path, 'last\n')
    renameSync(path, `${path}.1`)
    expect(await next()).toBe('last')
    const waiting = next()
    await new Promise((resolve) => setImmediate(resolve))
    writeFileSync(path, 'first\n')
    expect(await waiting).toBe('first')
    stop.abort()
    expect((await lines.next()).done).toBe(true)
  })

  it('keeps its place behind bytes that are no text, and begins again in a file that was cut', async () => {
    writeFileSync(path, '')
    const stop = new AbortController()
    const lines = followLines(path, 0, stop.signal)
    const next = async () => (await lines.next()).value
    appendFileSync(path, Buffer.concat([Buffer.from([0xff, 0xfe, 0xfd]), Buffer.from('\n')]))
    expect(await next()).toContain('\ufffd')
    appendFileSync(path, 'two\nthree\n')
    expect([await next(), await next()]).toEqual(['two', 'three'])
    writeFileSync(path, 'cut\n')
    expect(await next()).toBe('cut')
    stop.abort()
    expect((await lines.next()).done).toBe(true)
  })
})
