/** Reassignments: added, removed, superseded, cancelled, completed by the leader's proposals and by brokers that go. */
import type { Conversation } from '../support/controller-side.ts'
import { create, directoryOf, drop, fence, forget, propose, reassign, register, up } from './world.ts'

export const reassignments: Record<string, Conversation> = {
  'reassignments that are refused': async (side) => {
    await up(side, 0, 1, 2, 3)
    await create(side, 'goes', [
      [0, 1],
      [1, 2],
    ])
    await reassign(side, 'none', { 0: [1] })
    await reassign(side, 'goes', { 9: [1] })
    await reassign(side, 'goes', { 0: null })
    await reassign(side, 'goes', { 0: [] })
    await reassign(side, 'goes', { 0: [0, 0] })
    await reassign(side, 'goes', { 0: [0, 77] })
    await reassign(side, 'goes', { 0: [-1, 0] })
    await reassign(side, 'goes', { 0: [0, 1, 2] }, { allowReplicationFactorChange: false })
    await reassign(side, 'goes', {})
    await side.step('nothing', 'AlterPartitionReassignments', 0, { timeoutMs: 1000, topics: [] })
  },
  'order and removal': async (side) => {
    await reassign(side, 'goes', { 0: [0, 1] })
    await reassign(side, 'goes', { 0: [1, 0] })
    await reassign(side, 'goes', { 0: [1] })
    await reassign(side, 'goes', { 1: [1] }, { allowReplicationFactorChange: true })
    await drop(side, 'goes')
  },
  'replicas are added, then others removed': async (side) => {
    await create(side, 'adds', [
      [0, 1],
      [1, 2],
    ])
    await reassign(side, 'adds', { 0: [2, 3], 1: [1, 2, 3, 0] })
    await side.step('of one topic', 'ListPartitionReassignments', 0, {
      timeoutMs: 1000,
      topics: [
        { name: 'adds', partitionIndexes: [1, 5] },
        { name: 'none', partitionIndexes: [0] },
      ],
    })
    await propose(side, { topic: 'adds', leader: 0, leaderEpoch: 0, partitionEpoch: 1, isr: [0, 1, 2] })
    await propose(side, { topic: 'adds', leader: 0, leaderEpoch: 0, partitionEpoch: 2, isr: [0, 1, 2, 3] })
    await propose(side, { topic: 'adds', partition: 1, leader: 1, leaderEpoch: 0, partitionEpoch: 1, isr: [1, 2, 3] })
    await propose(side, {
      topic: 'adds',
      partition: 1,
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 2,
      isr: [1, 2, 3, 0],
    })
    await drop(side, 'adds')
  },
  cancelled: async (side) => {
    await create(side, 'back', [
      [0, 1],
      [1, 2],
      [2, 0],
    ])
    await reassign(side, 'back', { 0: [2, 3], 1: [1, 2, 3], 2: [3] })
    await propose(side, { topic: 'back', leader: 0, leaderEpoch: 0, partitionEpoch: 1, isr: [0, 1, 3] })
    await reassign(side, 'back', { 0: null, 1: null, 2: null })
    await reassign(side, 'back', { 0: null })
    await reassign(side, 'back', { 1: [1, 2, 3] }, { allowReplicationFactorChange: true })
    await propose(side, { topic: 'back', partition: 1, leader: 1, leaderEpoch: 1, partitionEpoch: 3, isr: [1, 2] })
    await reassign(side, 'back', { 1: null })
    await drop(side, 'back')
  },
  'cancelled where only the new replicas are in sync': async (side) => {
    await create(side, 'only', [[0], [1]], {})
    await reassign(side, 'only', { 0: [2, 3], 1: [3, 2] })
    await propose(side, { topic: 'only', leader: 0, leaderEpoch: 0, partitionEpoch: 1, isr: [0, 2] })
    await fence(side, 0)
    await reassign(side, 'only', { 0: null })
    await side.step('unclean is allowed', 'IncrementalAlterConfigs', 1, {
      resources: [
        {
          resourceType: 2,
          resourceName: 'only',
          configs: [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }],
        },
      ],
    })
    await reassign(side, 'only', { 0: null })
    await up(side, 0)
    await drop(side, 'only')
  },
  superseded: async (side) => {
    await create(side, 'again', [
      [0, 1],
      [1, 2],
      [0, 1, 2],
    ])
    await reassign(side, 'again', { 0: [2, 3], 1: [1, 3], 2: [0, 1, 2, 3] })
    await reassign(side, 'again', { 0: [3, 1], 1: [1, 2], 2: [3, 2, 1] })
    await reassign(side, 'again', { 0: [0, 1] })
    await reassign(side, 'again', { 0: [0, 1, 2] }, { allowReplicationFactorChange: false })
    await propose(side, { topic: 'again', leader: 0, leaderEpoch: 0, partitionEpoch: 3, isr: [0, 1, 3] })
    await propose(side, {
      topic: 'again',
      partition: 2,
      leader: 0,
      leaderEpoch: 0,
      partitionEpoch: 2,
      isr: [0, 1, 2, 3],
    })
    await reassign(side, 'again', { 0: null, 1: null, 2: null })
    await drop(side, 'again')
  },
  'brokers go while it runs': async (side) => {
    await create(side, 'meets', [
      [0, 1],
      [1, 0],
      [0, 1],
    ])
    await reassign(side, 'meets', { 0: [2, 3], 1: [2], 2: [0, 1, 2] })
    await propose(side, { topic: 'meets', leader: 0, leaderEpoch: 0, partitionEpoch: 1, isr: [0, 1, 2] })
    await fence(side, 0)
    await propose(side, { topic: 'meets', leader: 1, leaderEpoch: 1, partitionEpoch: 3, isr: [1, 2, 3] })
    await fence(side, 1)
    await up(side, 0, 1)
    await drop(side, 'meets')
    await side.step('none is left', 'ListPartitionReassignments', 0, { timeoutMs: 1000, topics: null })
  },
  'to brokers with several directories': async (side) => {
    await register(side, 20, { logDirs: [directoryOf(20), directoryOf(20, 1)] })
    await up(side, 20)
    await create(side, 'dirs', [[0, 20], [1]])
    await reassign(side, 'dirs', { 0: [0, 20, 1], 1: [20] })
    await propose(side, { topic: 'dirs', partition: 1, leader: 1, leaderEpoch: 0, partitionEpoch: 1, isr: [1, 20] })
    await forget(side, 20)
    await reassign(side, 'dirs', { 0: null })
    await drop(side, 'dirs')
  },
}
