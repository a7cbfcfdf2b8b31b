/** The settings of a node that is broker and controller in one, as tests of parts of it need them. */
import { BrokerConfig } from '../../src/config/broker-config.ts'

/** Node 1, a quorum of its own; `more`: further settings, or others. */
export function combinedNode(more: Readonly<Record<string, string>> = {}): BrokerConfig {
  return BrokerConfig.resolve({
    properties: {
      'process.roles': 'broker,controller',
      'node.id': '1',
      listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.voters': '1@127.0.0.1:9093',
      ...more,
    },
  })
}
