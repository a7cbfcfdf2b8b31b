/** AlterPartition: what leaders propose, and what becomes of those who leave the ISR. */
import type { Conversation } from '../support/controller-side.ts'
import { configure, create, drop, epochOf, fence, forget, propose, register, up, uuid } from './world.ts'

const TOPIC = 2
const SET = 0

export const inSyncSets: Record<string, Conversation> = {
  'proposals that are refused': async (side) => {
    await up(side, 0, 1, 2, 3)
    await create(side, 'isr', [[0, 1, 2]])
    const fine = { topic: 'isr', leader: 0, leaderEpoch: 0, partitionEpoch: 0, isr: [0, 1] }
    await propose(side, { ...fine, topic: 'nowhere' })
    await propose(side, { ...fine, partition: 5 })
    await propose(side, { ...fine, leaderEpoch: 7 })
    await propose(side, { ...fine, partitionEpoch: 7 })
    await propose(side, { ...fine, leader: 1 })
    await propose(side, { ...fine, isr: [0, 3] })
    await propose(side, { ...fine, isr: [0, 0] })
    await propose(side, { ...fine, isr: [1, 2] })
    await propose(side, { ...fine, isr: [] })
    await propose(side, { ...fine, recovery: 1 })
    await propose(side, { ...fine, isr: [0], recovery: 1 })
    await propose(side, { ...fine, epochs: { 1: 5 } })
    await propose(side, { ...fine, epochs: { 0: 5 } })
    await fence(side, 2)
    await propose(side, { ...fine, isr: [0, 1, 2], partitionEpoch: 1 })
    await propose(side, { ...fine, isr: [0, 1, 2], partitionEpoch: 1, version: 2 })
    await propose(side, { ...fine, partitionEpoch: 0 })
    await side.step('from an old life', 'AlterPartition', 3, { brokerId: 0, brokerEpoch: 2, topics: [] })
    await up(side, 2)
  },
  'proposals that are taken': async (side) => {
    const fine = { topic: 'isr', leader: 0, leaderEpoch: 0 }
    await propose(side, { ...fine, partitionEpoch: 1, isr: [0, 1, 2] })
    await propose(side, { ...fine, partitionEpoch: 2, isr: [0, 2, 1] })
    await propose(side, { ...fine, partitionEpoch: 3, isr: [0, 2, 1] })
    await propose(side, { ...fine, partitionEpoch: 3, isr: [0], version: 2 })
    await propose(side, { ...fine, partitionEpoch: 4, isr: [0, 1], epochs: { 0: -1, 1: -1 } })
    await drop(side, 'isr')
  },
  'below the minimum': async (side) => {
    await create(side, 'low', [[0, 1, 2]], { 'min.insync.replicas': '3' })
    const fine = { topic: 'low', leader: 0, leaderEpoch: 0 }
    await propose(side, { ...fine, partitionEpoch: 0, isr: [0, 2] })
    await propose(side, { ...fine, partitionEpoch: 1, isr: [0] })
    await fence(side, 0)
    await up(side, 0)
    await fence(side, 0, 1, 2)
    await up(side, 2)
    await up(side, 1)
    await up(side, 0)
    await drop(side, 'low')
  },
  'a minimum that changes': async (side) => {
    await create(
      side,
      'moves',
      [
        [0, 1, 2],
        [1, 2, 0],
      ],
      { 'min.insync.replicas': '2' },
    )
    await fence(side, 2, 1)
    await configure(side, TOPIC, 'moves', ['min.insync.replicas', SET, '1'])
    await up(side, 1, 2)
    await configure(side, TOPIC, 'moves', ['min.insync.replicas', 1, null])
    await configure(side, TOPIC, 'moves', ['min.insync.replicas', SET, '9'])
    await fence(side, 2)
    await configure(side, TOPIC, 'moves', ['retention.ms', SET, '9'], ['min.insync.replicas', SET, '2'])
    await up(side, 2)
    await drop(side, 'moves')
  },
  'everybody is lost, and comes back without what was not on disk': async (side) => {
    await register(side, 10)
    await register(side, 11)
    await up(side, 10, 11)
    await create(
      side,
      'lost',
      [
        [10, 11],
        [11, 10],
      ],
      { 'min.insync.replicas': '2' },
    )
    await fence(side, 11, 10)
    await register(side, 10, { incarnationId: uuid(10_001) })
    await register(side, 11, { incarnationId: uuid(11_001) })
    await up(side, 11)
    await up(side, 10)
    await propose(side, { topic: 'lost', leader: 11, leaderEpoch: 2, partitionEpoch: 4, isr: [11], recovery: 0 })
    await propose(side, { topic: 'lost', leader: 10, leaderEpoch: 2, partitionEpoch: 4, isr: [10, 11], recovery: 0 })
    for (const broker of [10, 11]) await forget(side, broker)
    await drop(side, 'lost')
  },
  'everybody is lost, and had ended cleanly': async (side) => {
    await register(side, 12)
    await register(side, 13)
    await up(side, 12, 13)
    await create(side, 'kept', [[12, 13], [13, 12], [12]], { 'min.insync.replicas': '2' })
    await fence(side, 12, 13)
    await register(side, 12, { incarnationId: uuid(12_001), previousBrokerEpoch: epochOf(side, 12) })
    await up(side, 12)
    await register(side, 13, { incarnationId: uuid(13_001), previousBrokerEpoch: epochOf(side, 13) - 1 })
    await up(side, 13)
    await forget(side, 13)
    await forget(side, 12)
    await drop(side, 'kept')
  },
}
