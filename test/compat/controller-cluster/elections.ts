/** Preferred and unclean elections, asked for and by the settings of topics. */
import type { Conversation } from '../support/controller-side.ts'
import { configure, create, drop, elect, fence, propose, up } from './world.ts'

const PREFERRED = 0
const UNCLEAN = 1
const TOPIC = 2
const BROKER = 4
const SET = 0
const DELETE = 1
const KEY = 'unclean.leader.election.enable'

export const elections: Record<string, Conversation> = {
  'preferred leaders': async (side) => {
    await up(side, 0, 1, 2, 3)
    await create(side, 'first', [
      [0, 1],
      [1, 0],
      [2, 0],
    ])
    await fence(side, 0)
    await elect(side, PREFERRED, [{ topic: 'first', partitions: [0, 1, 7] }])
    await up(side, 0)
    await elect(side, PREFERRED, [{ topic: 'first', partitions: [0] }])
    await propose(side, { topic: 'first', leader: 1, leaderEpoch: 1, partitionEpoch: 1, isr: [1, 0] })
    await elect(side, PREFERRED, [
      { topic: 'first', partitions: [0, 2] },
      { topic: 'none', partitions: [0] },
    ])
    await elect(side, PREFERRED, null)
    await elect(side, 7, [{ topic: 'first', partitions: [0] }])
    await elect(side, PREFERRED, [])
    await drop(side, 'first')
  },
  'unclean leaders, asked for': async (side) => {
    await create(side, 'dirty', [
      [0, 1],
      [1, 0],
      [0, 2],
    ])
    await propose(side, { topic: 'dirty', leader: 0, leaderEpoch: 0, partitionEpoch: 0, isr: [0] })
    await elect(side, UNCLEAN, [{ topic: 'dirty', partitions: [0] }])
    await fence(side, 0)
    await elect(side, UNCLEAN, [{ topic: 'dirty', partitions: [0, 1, 2, 3] }])
    await fence(side, 1)
    await elect(side, UNCLEAN, [{ topic: 'dirty', partitions: [0] }])
    await up(side, 0)
    await elect(side, UNCLEAN, null)
    await up(side, 1)
    await elect(side, PREFERRED, null)
    await drop(side, 'dirty')
  },
  'unclean leaders, by the setting': async (side) => {
    await create(
      side,
      'risky',
      [
        [0, 1],
        [1, 0, 2],
      ],
      { [KEY]: 'true' },
    )
    await propose(side, { topic: 'risky', leader: 0, leaderEpoch: 0, partitionEpoch: 0, isr: [0] })
    await fence(side, 0)
    await fence(side, 1)
    await up(side, 0)
    await propose(side, { topic: 'risky', leader: 0, leaderEpoch: 2, partitionEpoch: 3, isr: [0], recovery: 0 })
    await propose(side, { topic: 'risky', leader: 0, leaderEpoch: 3, partitionEpoch: 4, isr: [0], recovery: 0 })
    await fence(side, 0)
    await fence(side, 2)
    await up(side, 1)
    await up(side, 0)
    await up(side, 2)
    await configure(side, TOPIC, 'risky', [KEY, SET, 'false'])
    await configure(side, BROKER, '', [KEY, SET, 'true'])
    await fence(side, 0)
    await configure(side, BROKER, '', [KEY, DELETE, null])
    await up(side, 0)
    await drop(side, 'risky')
  },
}
