/** Layers, environment, listeners and Kafka's rules across keys. */
import { describe, expect, it } from 'vitest'
import {
  BrokerConfig,
  envToProperties,
  internalTopicDefaults,
  parseProperties,
} from '../../src/config/broker-config.ts'
import { ConfigError } from '../../src/base/errors.ts'
import { TopicConfig } from '../../src/config/topic-config.ts'

const combined = {
  'node.id': '1',
  'process.roles': 'broker,controller',
  listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': '1@localhost:9093',
}

function refusal(properties: Record<string, string>): ConfigError {
  try {
    BrokerConfig.resolve({ properties })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('BrokerConfig', () => {
  it('takes the environment block of a container as it is', () => {
    const config = BrokerConfig.resolve({
      env: {
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093,PLAINTEXT_INTERNAL://:29092',
        KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://localhost:9092,PLAINTEXT_INTERNAL://kafka:29092',
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAINTEXT_INTERNAL:PLAINTEXT',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT_INTERNAL',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@kafka:9093',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_HEAP_OPTS: '-Xmx1g',
        PATH: '/bin',
      },
    })
    expect(config.listeners.map((listener) => `${listener.name}@${listener.host}:${listener.port}`)).toEqual([
      'PLAINTEXT@:9092',
      'CONTROLLER@:9093',
      'PLAINTEXT_INTERNAL@:29092',
    ])
    expect(config.advertisedListeners).toEqual([
      { name: 'PLAINTEXT', host: 'localhost', port: 9092 },
      { name: 'PLAINTEXT_INTERNAL', host: 'kafka', port: 29092 },
    ])
    expect(config.interBrokerListenerName).toBe('PLAINTEXT_INTERNAL')
    expect(config.quorumVoters).toEqual([{ id: 1, host: 'kafka', port: 9093 }])
    expect(config.get('group.initial.rebalance.delay.ms')).toBe(0)
    expect(config.unknownKeys).toEqual([])
  })

  it('lets overrides beat the environment, the environment the file, and all of them the defaults', () => {
    const config = BrokerConfig.resolve({
      properties: { ...combined, 'num.partitions': '2', 'log.retention.hours': '1', 'made.up': 'x' },
      env: { KAFKA_NUM_PARTITIONS: '3', KAFKA_LOG_RETENTION_HOURS: '2' },
      overrides: { 'num.partitions': '4' },
      defaults: internalTopicDefaults(1),
    })
    expect(config.get('num.partitions')).toBe(4)
    expect(config.get('log.retention.hours')).toBe(2)
    expect(config.get('offsets.topic.replication.factor')).toBe(1)
    expect(config.source('num.partitions')).toBe('static')
    expect(config.source('offsets.topic.replication.factor')).toBe('default')
    expect(config.unknownKeys).toEqual(['made.up'])
  })

  it('lays dynamic values over the static ones and leaves out what cannot be read', () => {
    const config = BrokerConfig.resolve({ properties: combined })
    const view = config.withDynamic(
      [['log.retention.ms', '5']],
      [
        ['log.retention.ms', '6'],
        ['message.max.bytes', 'many'],
      ],
    )
    expect(view.get('log.retention.ms')).toBe(6)
    expect(view.get('message.max.bytes')).toBe(1_048_588)
    expect(config.get('log.retention.ms')).toBeNull()
    const odd = config.withDynamic([['log.retention.ms', '5']], [['listeners', 'INSIDE://:9092']])
    expect(odd.listeners).toEqual(config.listeners)
    expect(odd.get('log.retention.ms')).toBe(5)
  })

  it('fills the security protocol of controllers in, unless something is secured', () => {
    expect(BrokerConfig.resolve({ properties: combined }).listeners[1]?.securityProtocol).toBe('PLAINTEXT')
    const secured = {
      ...combined,
      listeners: 'SSL://:9092,CONTROLLER://:9093',
      'security.inter.broker.protocol': 'SSL',
    }
    expect(refusal(secured).message).toContain('No security protocol defined for listener CONTROLLER')
  })

  it.each([
    [{ 'node.id': undefined }, 'node.id', 'Missing required configuration'],
    [{ 'process.roles': 'zookeeper' }, 'process.roles', 'String must be one of: broker, controller'],
    [{ 'controller.listener.names': undefined }, 'controller.listener.names', 'Missing required'],
    [{ listeners: 'PLAINTEXT://127.0.0.1' }, 'listeners', 'is not a listener'],
    [{ listeners: 'PLAINTEXT://:9092,CONTROLLER://:9092' }, 'listeners', 'both use port 9092'],
    [{ listeners: 'PLAINTEXT://:9092,PLAINTEXT://:9093' }, 'listeners', 'different name'],
    [{ listeners: 'INSIDE://:9092,CONTROLLER://:9093' }, 'listener.security.protocol.map', 'listener INSIDE'],
    [{ listeners: 'PLAINTEXT://:9092' }, 'controller.listener.names', 'CONTROLLER not in listeners'],
    [{ listeners: 'PLAINTEXT://:70000,CONTROLLER://:9093' }, 'listeners', 'no valid port'],
    [{ 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' }, 'advertised.listeners', 'nonroutable'],
    [{ 'inter.broker.listener.name': 'SSL' }, 'inter.broker.listener.name', 'PLAINTEXT'],
    [{ 'controller.quorum.voters': '2@localhost:9093' }, 'controller.quorum.voters', 'must be included'],
    [{ 'controller.quorum.voters': 'localhost:9093' }, 'controller.quorum.voters', 'is not a voter'],
    [{ 'controller.quorum.voters': undefined }, 'controller.quorum.voters', 'controller.quorum.bootstrap.servers'],
    [{ 'process.roles': 'broker' }, 'node.id', 'must not be included'],
    [{ 'process.roles': 'controller' }, 'listeners', 'must only contain'],
    [{ 'broker.id': '7' }, 'node.id', 'same value'],
    [{ 'broker.heartbeat.interval.ms': '9000' }, 'broker.heartbeat.interval.ms', 'half'],
    [{ 'num.partitions': 'many' }, 'num.partitions', 'Not a number of type INT'],
    [{ 'group.consumer.session.timeout.ms': '1' }, 'group.consumer.session.timeout.ms', 'greater than or equal'],
  ])('refuses %j', (change, key, message) => {
    const given: Record<string, string> = { ...combined }
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) delete given[name]
      else given[name] = value
    }
    const error = refusal(given)
    expect(error.key).toBe(key)
    expect(error.message).toContain(message)
  })

  it('does not say a secret that it refuses', () => {
    const given = { ...combined, 'ssl.client.auth': 'none', 'sasl.jaas.config': 'secret' }
    expect(() => BrokerConfig.resolve({ properties: given })).not.toThrow()
  })
})

describe('TopicConfig', () => {
  const broker = BrokerConfig.resolve({
    properties: { ...combined, 'log.retention.minutes': '2', 'log.segment.bytes': '2000000' },
  })

  it('prefers its own value, then the finest broker key, then the default', () => {
    const config = TopicConfig.of({ 'segment.ms': '1000' }, broker)
    expect(config.get('segment.ms')).toBe(1000)
    expect(config.get('retention.ms')).toBe(120_000)
    expect(config.get('segment.bytes')).toBe(2_000_000)
    expect(config.get('cleanup.policy')).toEqual(['delete'])
    expect(config.text('flush.messages')).toBe('9223372036854775807')
  })

  it('reads a negative retention of the broker as for ever', () => {
    expect(TopicConfig.of({}, { 'log.retention.hours': '-1' }).get('retention.ms')).toBe(-1)
  })
})

describe('texts', () => {
  it('reads properties files as Java does', () => {
    const text = '# c\n! c\n a = 1 \nb:2\nc 3\nd=x\\\n   y\ne=\\u0041\\tz\nf\\:g=h\\=i\nempty\n\nback=C:\\\\x'
    expect(parseProperties(text)).toEqual({
      a: '1 ',
      b: '2',
      c: '3',
      d: 'xy',
      e: 'A\tz',
      'f:g': 'h=i',
      empty: '',
      back: 'C:\\x',
    })
  })

  it('maps variables as the container does', () => {
    expect(
      envToProperties({
        KAFKA_LOG_DIRS: '/d',
        KAFKA_A__B: '1',
        KAFKA_A___B: '2',
        KAFKA_JMX_PORT: '9',
        KAFKAX: 'n',
        OTHER: 'n',
      }),
    ).toEqual({ 'log.dirs': '/d', a_b: '1', 'a-b': '2' })
  })
})
