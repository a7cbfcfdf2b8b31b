/** The laws of every state machine here: replay from empty gives the live state, and so does replay of a snapshot. */
import { describe, expect, it } from 'vitest'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { encodeRecord } from '../../../src/broker/metadata/records.ts'
import { decodeMetadataRecord } from '../../../src/protocol/logs/metadata-record.ts'
import { seededRandom } from '../raft/memory-cluster.ts'
import { ControllerHarness, snapshotOf } from './harness.ts'

const BROKERS = [1, 2, 3, 4]

function randomLife(seed: number): ControllerHarness {
  const chance = seededRandom(seed)
  const harness = new ControllerHarness({ 'unclean.leader.election.enable': String(seed % 2 === 0) }, seed)
  const epochs = new Map(BROKERS.map((id) => [id, harness.brokers(id)[0]!]))
  for (let step = 0; step < 80; step++) {
    harness.nowMs += chance.int(4000)
    const name = `topic-${chance.int(8)}`
    const id = BROKERS[chance.int(BROKERS.length)]!
    switch (chance.int(9)) {
      case 0:
      case 1:
        harness.request('CreateTopics', 7, {
          topics: [{ name, numPartitions: 1 + chance.int(5), replicationFactor: 1 + chance.int(4) }],
        })
        break
      case 2:
        harness.request('DeleteTopics', 6, { topics: [{ name }] })
        break
      case 3:
        harness.request('CreatePartitions', 3, { topics: [{ name, count: 1 + chance.int(9), assignments: null }] })
        break
      case 4:
        harness.request('IncrementalAlterConfigs', 1, {
          resources: [
            {
              resourceType: 2,
              resourceName: name,
              configs: [{ name: 'retention.ms', configOperation: chance.int(2), value: String(chance.int(1e6)) }],
            },
          ],
        })
        break
      case 5:
        harness.request('AllocateProducerIds', 0, { brokerId: id, brokerEpoch: epochs.get(id)! })
        break
      case 6:
        while (harness.expire() !== undefined) {
          // One broker at a time.
        }
        break
      case 7:
        epochs.set(id, harness.register(id))
        break
      default:
        for (const each of BROKERS) if (chance.int(4) > 0) harness.heartbeat(each, epochs.get(each)!)
    }
    checkRules(harness.state)
  }
  return harness
}

/** What must hold of partitions whatever happened (M11). */
function checkRules(state: MetadataImage): void {
  for (const topic of state.topics.values()) {
    for (const partition of topic.partitions) {
      const { isr, leader, replicas } = partition
      expect(isr.length).toBeGreaterThan(0)
      expect(isr.every((id) => replicas.includes(id))).toBe(true)
      if (leader === -1) continue
      expect(isr).toContain(leader)
      expect(state.brokers.get(leader)).toMatchObject({ fenced: false })
    }
  }
}

describe('the metadata', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`is what its records make it, seed ${seed}`, () => {
      const harness = randomLife(seed)
      const live = snapshotOf(harness.state)
      expect(live.length).toBeGreaterThan(5)
      expect(snapshotOf(harness.replayed())).toEqual(live)

      const copy = new MetadataImage()
      for (const record of live) copy.replay(decodeMetadataRecord(encodeRecord(record)))
      expect(snapshotOf(copy)).toEqual(live)
    })
  }

  it('takes a transaction as a whole or not at all', () => {
    const image = new MetadataImage()
    const harness = new ControllerHarness()
    const [begin, level, end] = harness.records
    image.replay(begin!)
    image.replay(level!)
    expect(image.features.isFinalised).toBe(false)
    expect(image.inTransaction).toBe(true)
    image.replay(end!)
    expect(image.features.metadataVersion).toBe(30)
  })
})
