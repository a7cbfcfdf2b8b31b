/** A node on a given disk (in memory by default), with real sockets on free ports: for tests of whole starts and stops. */
import type { Disk } from '../../src/base/disk.ts'
import { Broker } from '../../src/broker/broker.ts'
import { BrokerConfig, internalTopicDefaults } from '../../src/config/broker-config.ts'
import { MemoryDisk } from '../../src/platform/memory-disk.ts'
import { NodeClock } from '../../src/platform/node-clock.ts'
import { NodeNetwork } from '../../src/platform/node-network.ts'
import { NodeRandom } from '../../src/platform/node-random.ts'
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { QuietLog } from '../support/quiet-log.ts'

export const DATA = '/data'

export interface NodeOptions {
  disk?: Disk
  overrides?: Record<string, string>
  env?: Record<string, string>
  clusterId?: string
  onFatal?: (error: unknown) => void
}

export function dataDisk(): MemoryDisk {
  const disk = new MemoryDisk()
  disk.makeDirectory(DATA)
  return disk
}

export function startNode(options: NodeOptions = {}): Promise<Broker> {
  const config = BrokerConfig.resolve({
    ...(options.env === undefined
      ? {
          properties: {
            'process.roles': 'broker,controller',
            'node.id': '1',
            listeners: 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
            'controller.listener.names': 'CONTROLLER',
            'controller.quorum.bootstrap.servers': '127.0.0.1:9093',
            'log.dirs': DATA,
          },
        }
      : { env: options.env }),
    overrides: options.overrides ?? {},
    defaults: { ...internalTopicDefaults(1), 'offsets.topic.num.partitions': '2' },
  })
  return Broker.start({
    ports: {
      clock: new NodeClock(),
      disk: options.disk ?? dataDisk(),
      network: new NodeNetwork(),
      random: new NodeRandom(),
      log: new QuietLog(),
    },
    config,
    hostName: 'this-machine',
    onFatal: options.onFatal ?? (() => {}),
    ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
  })
}

const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }

export function createTopic(broker: Broker, name: string, numPartitions = 1): Promise<ResponseOf<'CreateTopics'>> {
  const request: RequestInput<'CreateTopics'> = { topics: [{ name, numPartitions, replicationFactor: 1 }] }
  return broker.services.controller.send('CreateTopics', 7, request, SELF)
}
