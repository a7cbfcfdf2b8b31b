/** The broker process's command line and its layers of settings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseArguments, resolveConfig } from '../../src/broker/main.ts'

describe('the command line', () => {
  it('takes a file, overrides, a directory and a cluster id', () => {
    expect(
      parseArguments(['server.properties', '--override', 'a=b=c', '--override=d=', '--data', '/d', '--cluster-id=X']),
    ).toEqual({
      configFile: 'server.properties',
      overrides: { a: 'b=c', d: '', 'log.dirs': '/d' },
      clusterId: 'X',
      help: false,
    })
    expect(parseArguments(['--config', 'f']).configFile).toBe('f')
  })

  it.each([[['--override', 'x']], [['--config']], [['--what']], [['one', 'two']]])('refuses %j', (args) => {
    expect(() => parseArguments(args)).toThrow()
  })
})

describe('the settings', () => {
  it('make a single node on the loopback address when nothing is said', () => {
    const config = resolveConfig(parseArguments([]), {})
    expect(config).toMatchObject({
      nodeId: 1,
      roles: ['broker', 'controller'],
      controllerListenerNames: ['CONTROLLER'],
    })
    expect(config.listeners.map(({ name, host, port }) => `${name}://${host}:${port}`)).toEqual([
      'PLAINTEXT://127.0.0.1:9092',
      'CONTROLLER://127.0.0.1:9093',
    ])
    expect(config.get('offsets.topic.replication.factor')).toBe(1)
    expect(config.source('offsets.topic.replication.factor')).toBe('default')
  })

  it('come from file, environment and overrides, the later ones winning', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mq-main-'))
    const file = join(folder, 'server.properties')
    writeFileSync(file, 'num.partitions=2\nlog.retention.hours=1\nlog.segment.bytes=1000000\n')
    try {
      const given = parseArguments([file, '--override', 'log.segment.bytes=2000000'])
      const config = resolveConfig(given, { KAFKA_LOG_RETENTION_HOURS: '5', HOME: '/root' })
      expect(config.get('num.partitions')).toBe(2)
      expect(config.get('log.retention.hours')).toBe(5)
      expect(config.get('log.segment.bytes')).toBe(2_000_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('of a file that is not there are an error that names it', () => {
    expect(() => resolveConfig(parseArguments(['/no/such.properties']), {})).toThrow(
      /cannot read \/no\/such.properties/,
    )
  })
})
