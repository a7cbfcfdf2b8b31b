import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { NodeConfig } from '../../src/config/node-config.ts'

const start = BrokerConfig.resolve({
  overrides: {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': 'localhost:9093',
    'max.connections': '10',
  },
})

describe('the settings of a running node', () => {
  it('are the static ones, under those of all brokers, under those of this one', () => {
    const config = new NodeConfig(start)
    expect(config.get('max.connections')).toBe(10)
    config.update([['max.connections', '20']], [])
    expect(config.get('max.connections')).toBe(20)
    config.update([['max.connections', '20']], [['max.connections', '30']])
    expect(config.current.get('max.connections')).toBe(30)
    config.update([], [])
    expect(config.get('max.connections')).toBe(10)
  })

  it('tell who asked for a key when its value changes, and nobody else', () => {
    const config = new NodeConfig(start)
    const heard: string[] = []
    const end = config.onChange(['max.connections', 'max.connections.per.ip'], (now, before) =>
      heard.push(`${before.get('max.connections')} to ${now.get('max.connections')}`),
    )
    config.update([['log.retention.ms', '5000']], [])
    config.update([['log.retention.ms', '5000']], [])
    expect(heard).toEqual([])
    config.update([], [['max.connections', '11']])
    config.update([['max.connections', '11']], [])
    expect(heard).toEqual(['10 to 11'])
    end()
    config.update([], [])
    expect(heard).toEqual(['10 to 11'])
  })

  it('leave out what cannot be read', () => {
    const config = new NodeConfig(start)
    config.update([['max.connections', 'many']], [['log.retention.ms', '7']])
    expect(config.get('max.connections')).toBe(10)
    expect(config.get('log.retention.ms')).toBe(7)
  })
})
