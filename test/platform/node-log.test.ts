/** The log files of a node: Kafka's line, Kafka's files, levels by name, what is written when. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NodeLog } from '../../src/platform/node-log.ts'
import { inOrder, RollingFile } from '../../src/platform/rolling-file.ts'

let directory: string
let lines: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mq-node-log-'))
  lines = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(): NodeLog {
  return new NodeLog({ directory, echo: { write: (text) => lines.push(text) } })
}

describe('NodeLog', () => {
  it("writes Kafka's line", () => {
    const log = open()
    log.logger('kafka.server.KafkaServer').info('started')
    expect(lines[0]).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] INFO started \(kafka\.server\.KafkaServer\)\n$/)
    log.close()
    expect(readFileSync(join(directory, 'server.log'), 'utf8')).toBe(lines[0])
  })

  it('gives the controller and the state changes their own files', () => {
    const log = open()
    log.logger('org.apache.kafka.controller.QuorumController').info('c')
    log.logger('state.change.logger').info('s')
    log.close()
    expect(readFileSync(join(directory, 'controller.log'), 'utf8')).toContain('INFO c (')
    expect(readFileSync(join(directory, 'state-change.log'), 'utf8')).toContain('INFO s (')
    expect(existsSync(join(directory, 'server.log'))).toBe(false)
  })

  it('has levels by logger, taken from the nearest name above', () => {
    const log = open()
    const logger = log.logger('kafka.network.SocketServer')
    logger.debug('no')
    expect(log.set('kafka', 'DEBUG')).toBe(true)
    logger.debug('yes')
    log.set('kafka.network.SocketServer', 'ERROR')
    logger.warn('no')
    expect(log.unset('kafka.network.SocketServer')).toBe(true)
    logger.debug('again')
    expect(lines.map((line) => line.split(' ')[3])).toEqual(['yes', 'again'])
    expect(log.logger('kafka.network.SocketServer')).toBe(logger)
    log.close()
  })

  it('lists the levels in force, and refuses loggers that nobody knows', () => {
    const log = open()
    log.logger('kafka.log.LogManager')
    expect(log.list().get('root')).toBe('INFO')
    expect(log.list().get('kafka.log.LogManager')).toBe('INFO')
    expect(log.get('kafka.request.logger')).toBe('WARN')
    expect(log.set('kafka.unheard.Of', 'DEBUG')).toBe(false)
    expect(log.get('kafka.unheard.Of')).toBeUndefined()
    expect(log.unset('root')).toBe(false)
    expect(log.set('root', 'ERROR')).toBe(true)
    // The names with a level of their own keep it.
    expect(log.get('kafka.log.LogManager')).toBe('INFO')
    expect(log.unset('kafka')).toBe(true)
    expect(log.get('kafka.log.LogManager')).toBe('ERROR')
    expect(log.list().has('kafka')).toBe(true)
    log.close()
  })

  it('writes the stack and the causes of an error', () => {
    const log = open()
    log.logger('x').error('failed', new Error('outer', { cause: new Error('inner') }))
    expect(lines[0]).toContain('Error: outer')
    expect(lines[0]).toContain('inner')
    log.close()
  })

  it('keeps lines that a full disk refuses, and writes them when there is room', () => {
    const path = join(directory, 'server.log')
    const file = new RollingFile(directory, 'server.log')
    symlinkSync('/dev/full', path)
    const now = new Date()
    file.add('[time] WARN while it is full (x)\n', now)
    expect(file.flush()).toBe(false)
    rmSync(path)
    writeFileSync(path, 'a torn li')
    file.add('[time] INFO after (x)\n', now)
    expect(file.flush()).toBe(true)
    file.close()
    const written = readFileSync(join(directory, 'server.log'), 'utf8').split('\n')
    expect(written[0]).toBe('a torn li')
    expect(written.slice(1).map((line) => line.replace(/^\[.*?\] /, ''))).toEqual([
      'WARN while it is full (x)',
      'INFO after (x)',
      '',
    ])
  })

  it('rolls a file that grows too large, and keeps a bounded number', () => {
    const file = new RollingFile(directory, 'server.log', 100)
    const now = new Date(2026, 0, 2, 3)
    for (let line = 0; line < 200; line += 1) {
      file.add(`${'x'.repeat(60)} ${line}\n`, now)
      file.flush()
    }
    file.close()
    const names = inOrder(readdirSync(directory))
    expect(names.length).toBeLessThanOrEqual(73)
    const newest = names.filter((name) => name !== 'server.log').at(-1)!
    expect(readFileSync(join(directory, newest), 'utf8')).toContain(' 199\n')
    expect(newest).toMatch(/^server\.log\.2026-01-02-03\.\d+$/)
  })
})
