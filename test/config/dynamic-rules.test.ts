/** What a running node takes as dynamic settings; Kafka's words, as Apache Kafka 4.3.1 answered. */
import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { checkDynamicBroker } from '../../src/config/dynamic-rules.ts'
import { ApiError } from '../../src/protocol/errors.ts'

const start = BrokerConfig.resolve({
  overrides: {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.bootstrap.servers': 'localhost:9093',
    'num.io.threads': '2',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.dirs': '/data',
  },
})

function refusal(entries: Record<string, string>, scope: 'broker' | 'cluster' = 'broker'): string | undefined {
  try {
    checkDynamicBroker({
      start,
      current: start,
      scope,
      entries: new Map(Object.entries(entries)),
      others: new Map(),
    })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).error).toBe('INVALID_REQUEST')
    return (error as ApiError).message
  }
}

const wrapped = (problem: string) =>
  `Invalid value org.apache.kafka.common.config.ConfigException: ${problem} for configuration Invalid dynamic configuration`

describe('dynamic broker settings', () => {
  it.each([
    [{ 'num.io.threads': '4' }],
    [{ 'num.io.threads': '1' }],
    [{ 'log.retention.ms': '-1' }],
    [{ 'max.connections.per.ip': '0', 'max.connections.per.ip.overrides': '127.0.0.1:5' }],
    [{ listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093' }],
    [{ 'cordoned.log.dirs': '/data' }],
    [{ 'no.such.key': 'any' }],
  ])('take %j', (entries) => {
    expect(refusal(entries)).toBeUndefined()
  })

  it.each([
    [
      { 'num.io.threads': '5' },
      wrapped(
        'Dynamic thread count update validation failed for num.io.threads=5, value should not be greater than double the current value 2',
      ),
    ],
    [{ 'log.cleaner.threads': '3', 'log.cleaner.dedupe.buffer.size': '20000000' }, /more than double the current/],
    [{ 'log.cleaner.threads': '5' }, /at least 1MB per cleaner thread/],
    [{ 'log.retention.ms': '0' }, /log.retention.ms must be unlimited/],
    [{ 'log.local.retention.ms': '-1' }, /Value must not be -1 as log.retention.ms value is set as 604800000/],
    [{ 'log.retention.bytes': '5', 'log.local.retention.bytes': '50' }, /property value: 5/],
    [{ 'max.connections': '0' }, wrapped('Invalid max.connections 0')],
    [{ 'listener.name.plaintext.max.connections': '0' }, wrapped('Invalid max.connections 0')],
    [{ 'max.connections.per.ip': '0' }, /can be set to zero only if/],
    [{ 'max.connections.per.ip.overrides': 'here' }, /begin 0, end -1, length 4/],
    [{ 'max.connections.per.ip.overrides': 'here:x' }, 'For input string: "x"'],
    [{ 'metric.reporters': 'no.such.Class' }, /Set\(metric.reporters\) failed/],
    [{ 'principal.builder.class': 'x' }, /Class x could not be found/],
    [{ 'cordoned.log.dirs': '/x' }, /Missing entries : \/x/],
    [{ 'broker.rack': 'r', 'node.id': '2' }, 'Cannot update these configs dynamically: [broker.rack, node.id]'],
    [{ listeners: 'nonsense' }, /Unable to parse nonsense to a broker endpoint/],
    [{ listeners: 'PLAINTEXT://127.0.0.1:9092' }, /controller.listener.names must contain at least one/],
    [
      { listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093,X://127.0.0.1:9094' },
      /No security protocol defined for listener X/,
    ],
    [{ listeners: 'PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:1' }, /two listeners on the same port.*port: 1$/],
    [{ 'listener.security.protocol.map': 'PLAINTEXT:NOPE' }, /Invalid security protocol `NOPE`/],
    [
      { 'listener.security.protocol.map': 'PLAINTEXT:SSL,CONTROLLER:PLAINTEXT' },
      /Security protocol cannot be updated for existing listener ListenerName\(PLAINTEXT\)/,
    ],
  ] as const)('refuse %j', (entries, message) => {
    expect(refusal(entries as Record<string, string>)).toMatch(message)
  })

  it('are of one broker, or of all', () => {
    expect(refusal({ 'cordoned.log.dirs': '*' }, 'cluster')).toMatch(/broker id must be specified/)
    expect(refusal({ 'listener.name.plaintext.max.connections': '5' }, 'cluster')).toBeUndefined()
    expect(refusal({ 'listener.name.plaintext.ssl.keystore.location': '/x' }, 'cluster')).toMatch(/broker id must/)
  })
})
