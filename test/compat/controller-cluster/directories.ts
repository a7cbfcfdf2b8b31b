/** Log directories of brokers: told, failed, cordoned. */
import type { Conversation, ControllerSide } from '../support/controller-side.ts'
import { beat, configure, create, directoryOf, drop, epochOf, fence, forget, register, up } from './world.ts'

async function assign(
  side: ControllerSide,
  broker: number,
  directory: string,
  topics: Record<string, number[]>,
): Promise<void> {
  await side.step(`broker ${broker} keeps ${JSON.stringify(topics)} in ${directory}`, 'AssignReplicasToDirs', 0, {
    brokerId: broker,
    brokerEpoch: epochOf(side, broker),
    directories: [
      {
        id: directory,
        topics: Object.entries(topics).map(([name, partitions]) => ({
          topicId: side.topicId(name),
          partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
        })),
      },
    ],
  })
}

const LOST = 'AAAAAAAAAAAAAAAAAAAAAQ'

export const directories: Record<string, Conversation> = {
  'replicas in directories': async (side) => {
    await up(side, 0, 1, 2)
    await register(side, 21, { logDirs: [directoryOf(21, 1), directoryOf(21, 0), directoryOf(21, 2)] })
    await up(side, 21)
    await create(side, 'lies', [[21, 0], [0, 21], [1, 0], [21]])
    await assign(side, 21, directoryOf(21, 0), { lies: [0, 1, 2, 9], none: [0] })
    await assign(side, 21, directoryOf(21, 1), { lies: [1, 3] })
    await assign(side, 21, directoryOf(21, 1), { lies: [1] })
    await assign(side, 21, uuidElsewhere, { lies: [0] })
    await assign(side, 21, LOST, { lies: [1, 3] })
    await assign(side, 21, directoryOf(21, 2), { lies: [0, 1, 3] })
    await side.step('from an old life', 'AssignReplicasToDirs', 0, { brokerId: 21, brokerEpoch: 1, directories: [] })
    await beat(side, 21)
  },
  'directories that fail': async (side) => {
    await assign(side, 21, directoryOf(21, 0), { lies: [0] })
    await beat(side, 21, { offlineLogDirs: [directoryOf(21, 0), uuidElsewhere] })
    await beat(side, 21, { offlineLogDirs: [directoryOf(21, 0)] })
    await beat(side, 21, { offlineLogDirs: [directoryOf(21, 2), directoryOf(21, 0)] })
    await fence(side, 0)
    await up(side, 0)
    await register(side, 21, { logDirs: [directoryOf(21, 1), directoryOf(21, 2)] })
    await up(side, 21)
    await forget(side, 21)
    await drop(side, 'lies')
  },
  'directories that get nothing new': async (side) => {
    await register(side, 22, { logDirs: [directoryOf(22, 0), directoryOf(22, 1)] })
    await up(side, 22)
    await beat(side, 22, { cordonedLogDirs: [] })
    await beat(side, 22, { cordonedLogDirs: [directoryOf(22, 1)] })
    await beat(side, 22, { cordonedLogDirs: [directoryOf(22, 1)] })
    await beat(side, 22, { cordonedLogDirs: [directoryOf(22, 1), directoryOf(22, 0)] })
    await beat(side, 22, { cordonedLogDirs: [directoryOf(22, 0), directoryOf(22, 1)] })
    await side.step('more than there is room for', 'CreateTopics', 7, {
      topics: [{ name: 'roomy', numPartitions: 1, replicationFactor: 9 }],
      timeoutMs: 10_000,
    })
    await create(side, 'told', [[22, 0]])
    await beat(side, 22, { cordonedLogDirs: [directoryOf(22, 0)] })
    await beat(side, 22, { cordonedLogDirs: null })
    for (const [operation, value] of [
      [0, '/d0'],
      [2, '/d0'],
      [0, '*'],
      [3, '/d0'],
      [0, ''],
      [1, null],
      [0, '/d0,/d0'],
    ] as const) {
      await configure(side, 4, '22', ['cordoned.log.dirs', operation, value])
    }
    await side.step('replaced', 'AlterConfigs', 2, {
      resources: [{ resourceType: 4, resourceName: '22', configs: [{ name: 'cordoned.log.dirs', value: '/d1' }] }],
    })
    await side.step('replaced', 'AlterConfigs', 2, {
      resources: [{ resourceType: 4, resourceName: '22', configs: [{ name: 'log.retention.ms', value: '5' }] }],
    })
    await side.step('replaced', 'AlterConfigs', 2, {
      resources: [{ resourceType: 4, resourceName: '22', configs: [] }],
    })
    await configure(side, 4, '22', ['cordoned.log.dirs', 0, ''])
    await forget(side, 22)
    await drop(side, 'told')
  },
}

/** A directory that no broker has. */
const uuidElsewhere = directoryOf(9000)
