/** What a controller does unasked: silent brokers are fenced, preferred leaders come back, late unclean elections. */
import type { Conversation, ControllerSide } from '../support/controller-side.ts'
import { beat, configure, create, drop, epochOf, propose, register, up, uuid } from './world.ts'

/** Keeps brokers alive without a word about it. */
const alive =
  (side: ControllerSide, ...brokers: number[]) =>
  async (): Promise<void> => {
    for (const brokerId of brokers) {
      await side.ask('BrokerHeartbeat', 2, {
        brokerId,
        brokerEpoch: epochOf(side, brokerId),
        currentMetadataOffset: 1_000_000,
      })
    }
  }

const isFenced = (broker: number) => (record: { name: string; value: Record<string, unknown> }) =>
  record.name === 'BrokerRegistrationChangeRecord' && record.value.brokerId === broker && record.value.fenced === 1
const isElection = (record: { name: string; value: Record<string, unknown> }) =>
  record.name === 'PartitionChangeRecord' && record.value.leader !== -2

export const byItself: Record<string, Conversation> = {
  'a silent broker is fenced': async (side) => {
    await up(side, 0, 1, 2)
    await create(side, 'quiet', [
      [0, 1],
      [1, 0],
      [0, 2],
    ])
    await side.awaitRecord('broker 0 falls silent', isFenced(0), alive(side, 1, 2))
    await beat(side, 0)
    await register(side, 0, { incarnationId: uuid(7) })
    await side.awaitRecord('and again', isFenced(0), alive(side, 1, 2))
    await register(side, 0, { incarnationId: uuid(7) })
    await beat(side, 0)
    await propose(side, { topic: 'quiet', partition: 1, leader: 1, leaderEpoch: 0, partitionEpoch: 1, isr: [1, 0] })
    await drop(side, 'quiet')
  },
  'a preferred leader comes back': async (side) => {
    await up(side, 0, 1, 2)
    await create(side, 'home', [[0, 1]])
    await beat(side, 0, { wantFence: true })
    await beat(side, 0)
    await propose(side, { topic: 'home', leader: 1, leaderEpoch: 1, partitionEpoch: 1, isr: [1, 0] })
    await side.awaitRecord('leadership goes back', isElection, alive(side, 0, 1, 2))
    await drop(side, 'home')
  },
  'an unclean election, allowed too late': async (side) => {
    await up(side, 0, 1, 2)
    await create(side, 'late', [[2, 1]])
    await propose(side, { topic: 'late', leader: 2, leaderEpoch: 0, partitionEpoch: 0, isr: [2] })
    await beat(side, 2, { wantFence: true })
    await configure(side, 2, 'late', ['unclean.leader.election.enable', 0, 'true'])
    await side.awaitRecord('the other one leads', isElection, alive(side, 0, 1))
    await drop(side, 'late')
  },
}
