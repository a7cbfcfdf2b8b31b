/** Eligible leader replicas (KIP-966): who may lead when nobody is in sync, and who may not. */
import { describe, expect, it } from 'vitest'
import { ControllerHarness, uuid } from './harness.ts'

const partition = (harness: ControllerHarness) => harness.state.topics.get('t')!.partitions[0]!

/** Brokers 1 to 3, and a topic on 1 and 2 that wants two in sync. */
function begin(): { harness: ControllerHarness; epochs: Map<number, number> } {
  const harness = new ControllerHarness({}, 1, { 'eligible.leader.replicas.version': 1 })
  const epochs = new Map([1, 2, 3].map((id) => [id, harness.brokers(id)[0]!]))
  const assignments = [{ partitionIndex: 0, brokerIds: [1, 2] }]
  const configs = [{ name: 'min.insync.replicas', value: '2' }]
  harness.request('CreateTopics', 7, {
    topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments, configs }],
  })
  return { harness, epochs }
}

/** All but `id` are heard; `id` is fenced. */
function silence(harness: ControllerHarness, epochs: Map<number, number>, id: number): void {
  harness.nowMs += 9_000
  for (const [other, epoch] of epochs) if (other !== id) harness.heartbeat(other, epoch)
  while (harness.expire() !== undefined) {
    // One broker at a time.
  }
}

function reassign(harness: ControllerHarness, replicas: number[]): void {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }]
  const answer = harness.request('AlterPartitionReassignments', 1, { topics })
  expect(answer.responses[0]!.partitions[0]).toMatchObject({ errorCode: 0 })
}

function propose(harness: ControllerHarness, epochs: Map<number, number>, isr: number[]): void {
  const { leader, leaderEpoch, partitionEpoch } = partition(harness)
  const newIsrWithEpochs = isr.map((brokerId) => ({ brokerId, brokerEpoch: epochs.get(brokerId)! }))
  const partitions = [{ partitionIndex: 0, leaderEpoch, partitionEpoch, newIsrWithEpochs }]
  const topics = [{ topicId: harness.state.topics.get('t')!.id, partitions }]
  harness.request('AlterPartition', 3, { brokerId: leader, brokerEpoch: epochs.get(leader)!, topics })
}

describe('an eligible leader replica', () => {
  it('has left the ISR while too few were in sync, and leads when nobody is left', () => {
    const { harness, epochs } = begin()
    silence(harness, epochs, 1)
    expect(partition(harness)).toMatchObject({ leader: 2, isr: [2], elr: [1] })
    harness.heartbeat(1, epochs.get(1)!)
    silence(harness, epochs, 2)
    expect(partition(harness)).toMatchObject({ leader: 1, isr: [1], elr: [2] })
  })

  it('is none after a life that did not end cleanly', () => {
    const { harness, epochs } = begin()
    silence(harness, epochs, 1)
    epochs.set(1, harness.register(1, { incarnationId: uuid(50) }))
    harness.heartbeat(1, epochs.get(1)!)
    silence(harness, epochs, 2)
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [], elr: [2] })
  })

  it('is none when its replica was moved away, nor when an empty one comes back', () => {
    const { harness, epochs } = begin()
    silence(harness, epochs, 1)
    epochs.set(1, harness.register(1, { incarnationId: uuid(50) }))
    harness.heartbeat(1, epochs.get(1)!)
    reassign(harness, [1, 3])
    propose(harness, epochs, [2, 3])
    expect(partition(harness)).toMatchObject({ replicas: [1, 3], leader: 3, isr: [3] })
    expect(partition(harness).elr).toEqual([])
    reassign(harness, [3, 2])
    silence(harness, epochs, 3)
    // Broker 2 has a new replica, which has copied nothing yet.
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [], elr: [3] })
  })
})
