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
      brokers: 1,
      clusterId: 'X',
      help: false,
    })
    expect(parseArguments(['--config', 'f']).configFile).toBe('f')
  })

  it('takes who begins the quorum', () => {
    const { initialVoters } = parseArguments([
      '--initial-controllers',
      '1@h:9093:AAAAAAAAAAAAAAAAAAAAeQ,2@[::1]:1:AAAAAAAAAAAAAAAAAAAAeg',
    ])
    expect(initialVoters).toEqual([
      { id: 1, host: 'h', port: 9093, directoryId: 'AAAAAAAAAAAAAAAAAAAAeQ' },
      { id: 2, host: '::1', port: 1, directoryId: 'AAAAAAAAAAAAAAAAAAAAeg' },
    ])
    expect(parseArguments(['--no-initial-controllers']).initialVoters).toEqual([])
    expect(parseArguments(['--standalone']).initialVoters).toBeUndefined()
    for (const wrong of [
      '1@h:9093',
      '1@h:99999:AAAAAAAAAAAAAAAAAAAAeQ',
      'x@h:1:AAAAAAAAAAAAAAAAAAAAeQ',
      '1@h:1:short',
      '',
    ]) {
      expect(() => parseArguments(['--initial-controllers', wrong])).toThrow(/is not a controller/)
    }
    const twice = '1@h:1:AAAAAAAAAAAAAAAAAAAAeQ,1@h:2:AAAAAAAAAAAAAAAAAAAAeg'
    expect(() => parseArguments(['--initial-controllers', twice])).toThrow(/names a node twice/)
  })

  it('takes the number of brokers, which internal topics are replicated by', () => {
    const factor = (...args: string[]) =>
      resolveConfig(parseArguments(args), {}).get('offsets.topic.replication.factor')
    expect([factor(), factor('--local-brokers', '2'), factor('--local-brokers', '4')]).toEqual([1, 2, 3])
    expect(() => parseArguments(['--local-brokers', '0'])).toThrow(/number of brokers/)
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
