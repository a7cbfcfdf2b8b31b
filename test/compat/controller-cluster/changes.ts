/** Features and settings that the records of partitions depend on; topics, partitions, placement that can only be one way. */
import type { Conversation } from '../support/controller-side.ts'
import { configure, create, drop, fence, up } from './world.ts'

const BROKER = 4
const TOPIC = 2
const [SET, DELETE, APPEND] = [0, 1, 2]
const MIN_ISR = 'min.insync.replicas'
const ELR = 'eligible.leader.replicas.version'

export const changes: Record<string, Conversation> = {
  settings: async (side) => {
    await up(side, 0, 1, 2, 3)
    await create(side, 'set', [[0, 1]], { 'retention.ms': '5', 'segment.ms': '7' })
    await configure(side, TOPIC, 'set', ['retention.ms', SET, '5'], ['segment.ms', SET, '8'])
    await configure(side, TOPIC, 'set', ['retention.ms', DELETE, null], ['max.message.bytes', DELETE, null])
    await configure(side, TOPIC, 'set', ['cleanup.policy', APPEND, 'compact'])
    await configure(side, BROKER, '1', ['log.retention.ms', SET, '5'])
    await configure(side, BROKER, '1', ['log.retention.ms', SET, '5'])
    await configure(side, BROKER, '1', ['log.retention.ms', DELETE, null])
    await configure(side, BROKER, '1', ['log.retention.ms', DELETE, null])
    await configure(side, BROKER, '1', [MIN_ISR, SET, '2'])
    await configure(side, BROKER, '1', [MIN_ISR, DELETE, null])
    await configure(side, BROKER, '', [MIN_ISR, SET, '2'])
    await configure(side, BROKER, '', [MIN_ISR, DELETE, null])
    await configure(side, BROKER, '', [MIN_ISR, SET, '1'])
    await configure(side, TOPIC, 'set', [MIN_ISR, SET, '2'])
    await side.step('replaced', 'AlterConfigs', 2, {
      resources: [{ resourceType: TOPIC, resourceName: 'set', configs: [{ name: 'segment.ms', value: '9' }] }],
    })
    await drop(side, 'set')
  },
  features: async (side) => {
    const update = (feature: string, maxVersionLevel: number, upgradeType: number, validateOnly = false) =>
      side.step(`${feature} to ${maxVersionLevel}`, 'UpdateFeatures', 2, {
        featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
        validateOnly,
      })
    await update(ELR, 2, 1)
    await update(ELR, 0, 1)
    await update('metadata.version', 30, 1)
    await configure(side, BROKER, '', [MIN_ISR, SET, '1'])
    await update(ELR, 1, 1, true)
    await update(ELR, 1, 1)
    await create(side, 'feature', [[0, 1], [1]], { [MIN_ISR]: '2' })
    await fence(side, 0, 1)
    await update(ELR, 0, 2)
    await configure(side, BROKER, '2', [MIN_ISR, SET, '2'])
    await up(side, 1)
    await up(side, 0)
    await update(ELR, 1, 1)
    await fence(side, 1)
    await up(side, 1)
    await drop(side, 'feature')
  },
  // Nothing of it takes effect: what is tried, what is refused, and in which words.
  'feature levels': async (side) => {
    const [UPGRADE, SAFE, UNSAFE] = [1, 2, 3]
    const tried = (version: number, ...updates: [string, number, number][]) => {
      const featureUpdates = updates.map(([feature, maxVersionLevel, upgradeType]) =>
        version === 0
          ? { feature, maxVersionLevel, allowDowngrade: upgradeType !== UPGRADE }
          : { feature, maxVersionLevel, upgradeType },
      )
      const body = { featureUpdates, ...(version === 0 ? {} : { validateOnly: true }) }
      return side.step(`v${version} ${JSON.stringify(updates)}`, 'UpdateFeatures', version, body)
    }
    const metadata = 'metadata.version'
    for (const level of [6, 7, 29, 30, 31, 99]) await tried(2, [metadata, level, UPGRADE])
    for (const level of [0, 6, 7, 8, 12, 14, 17, 23, 25, 26, 27, 28, 29, 30, 31]) {
      await tried(2, [metadata, level, SAFE])
      await tried(2, [metadata, level, UNSAFE])
    }
    for (const type of [0, 4]) await tried(2, [metadata, 29, type])
    await tried(2, [metadata, -1, SAFE])
    for (const level of [0, 1, 2]) for (const type of [UPGRADE, SAFE, UNSAFE]) await tried(2, [ELR, level, type])
    for (const level of [0, 1, 2]) for (const type of [UPGRADE, SAFE]) await tried(2, ['kraft.version', level, type])
    for (const level of [0, 1]) for (const type of [UPGRADE, SAFE]) await tried(2, ['no.such', level, type])
    for (const name of ['group.version', 'transaction.version', '']) await tried(2, [name, 0, SAFE])
    await tried(2, ['no.such', 1, UPGRADE], [ELR, 0, SAFE])
    await tried(2, [ELR, 0, SAFE], [ELR, 1, UPGRADE])
    await tried(2, [metadata, 22, SAFE], [ELR, 0, SAFE])
    await tried(2)
    await tried(1, ['no.such', 1, UPGRADE], [ELR, 0, UPGRADE])
    await tried(1, [ELR, 0, SAFE])
    await tried(0, ['no.such', 1, UPGRADE])
    await tried(0, [metadata, 99, SAFE])
  },
  partitions: async (side) => {
    await create(side, 'more', [[0, 1]])
    const grow = (count: number, assignments: number[][] | null) =>
      side.step(`to ${count}`, 'CreatePartitions', 3, {
        topics: [{ name: 'more', count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }],
        timeoutMs: 10_000,
      })
    await grow(2, [[1, 2]])
    await grow(3, [[1]])
    await fence(side, 2)
    await grow(3, [[2, 3]])
    await fence(side, 3)
    await grow(4, [[2, 3]])
    await side.step('nobody but them', 'CreateTopics', 7, {
      topics: [
        {
          name: 'nobody',
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [3, 2] }],
        },
      ],
      timeoutMs: 10_000,
    })
    await fence(side, 0, 1)
    await grow(4, null)
    await side.step('nobody at all', 'CreateTopics', 7, {
      topics: [{ name: 'nobody', numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 10_000,
    })
    await up(side, 0, 1, 2, 3)
    await drop(side, 'more')
  },
}
