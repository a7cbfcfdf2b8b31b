/**
 * A controller that takes over replays to the same state: whatever was decided, the hash of the decided state, of the records
 * replayed one by one, of a snapshot's copy, and of a state that a snapshot replaced is the same; and so is the index of
 * partitions that decisions are looked up in.
 */
import { describe, expect, it } from 'vitest'
import { Controller } from '../../../src/broker/controller/controller.ts'
import { imageHash } from '../../../src/broker/metadata/image-hash.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { PartitionIndex } from '../../../src/broker/metadata/partition-index.ts'
import { encodeRecord } from '../../../src/broker/metadata/records.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { decodeMetadataRecord } from '../../../src/protocol/logs/metadata-record.ts'
import { seededRandom } from '../raft/memory-cluster.ts'
import { CLUSTER_ID, ControllerHarness, uuid } from './harness.ts'

const BROKERS = [1, 2, 3, 4, 5]
const STEPS = 120

/** Brokers come and go, leaders shrink and grow their ISRs, replicas move, settings change. */
function randomLife(seed: number, onStep: (harness: ControllerHarness, step: number) => void): ControllerHarness {
  const chance = seededRandom(seed)
  const features = { 'eligible.leader.replicas.version': seed % 2 }
  const harness = new ControllerHarness({ 'unclean.leader.election.enable': String(seed % 3 === 0) }, seed, features)
  const epochs = new Map(BROKERS.map((id) => [id, harness.brokers(id)[0]!]))
  const pick = () => BROKERS[chance.int(BROKERS.length)]!
  const some = () => [...new Set([pick(), pick(), pick()])]
  const partitions = () =>
    [...harness.state.topics.values()].flatMap((topic) => topic.partitions.map((one) => ({ topic, one })))
  for (let step = 0; step < STEPS; step++) {
    harness.nowMs += chance.int(3000)
    const id = pick()
    const any = partitions()
    const at = any[chance.int(Math.max(1, any.length))]
    switch (chance.int(11)) {
      case 0:
      case 1:
        harness.request('CreateTopics', 7, {
          topics: [
            {
              name: `topic-${chance.int(6)}`,
              numPartitions: 1 + chance.int(4),
              replicationFactor: 1 + chance.int(4),
              configs: [{ name: 'min.insync.replicas', value: String(1 + chance.int(3)) }],
            },
          ],
        })
        break
      case 2:
        if (chance.int(3) === 0) harness.request('DeleteTopics', 6, { topics: [{ name: `topic-${chance.int(6)}` }] })
        break
      case 3:
        if (at !== undefined) {
          const replicas = chance.int(3) === 0 ? null : some()
          harness.request('AlterPartitionReassignments', 1, {
            topics: [{ name: at.topic.name, partitions: [{ partitionIndex: at.one.partition, replicas }] }],
          })
        }
        break
      case 4:
      case 5:
        if (at !== undefined && at.one.leader >= 0) {
          const { leader, replicas, leaderEpoch, partitionEpoch } = at.one
          const isr = replicas.filter((other) => other === leader || chance.int(3) > 0)
          harness.request('AlterPartition', 3, {
            brokerId: leader,
            brokerEpoch: epochs.get(leader)!,
            topics: [
              {
                topicId: at.topic.id,
                partitions: [
                  {
                    partitionIndex: at.one.partition,
                    leaderEpoch,
                    partitionEpoch,
                    newIsrWithEpochs: isr.map((brokerId) => ({ brokerId })),
                  },
                ],
              },
            ],
          })
        }
        break
      case 6:
        epochs.set(id, harness.tryRegister(id, { incarnationId: uuid(500 + step) }) ?? epochs.get(id)!)
        break
      case 7:
        harness.heartbeat(id, epochs.get(id)!, { wantFence: chance.int(2) === 0, wantShutDown: chance.int(2) === 0 })
        break
      case 8:
        while (harness.expire() !== undefined) {
          // One broker at a time.
        }
        break
      case 9:
        harness.request('ElectLeaders', 2, { electionType: chance.int(2), topicPartitions: null })
        break
      default:
        for (const each of BROKERS) if (chance.int(4) > 0) harness.heartbeat(each, epochs.get(each)!)
    }
    onStep(harness, step)
  }
  return harness
}

/** What must hold of partitions whatever happened (M11): who is in sync or eligible is a replica, who leads is in sync and up. */
function checkPartitions({ topics, brokers }: MetadataImage): void {
  for (const topic of topics.values()) {
    for (const { partition, replicas, isr, elr, leader, adding, removing } of topic.partitions) {
      const at = `${topic.name}-${partition}: replicas ${replicas}, isr ${isr}, elr ${elr}, leader ${leader}`
      const isReplica = (id: number) => replicas.includes(id)
      expect([...isr, ...elr, ...adding, ...removing].every(isReplica), at).toBe(true)
      expect(new Set([...isr, ...elr]).size, at).toBe(isr.length + elr.length)
      expect(
        isr.every((id) => leader === -1 || brokers.get(id)?.fenced === false),
        at,
      ).toBe(true)
      expect(leader === -1 || isr.includes(leader), at).toBe(true)
    }
  }
}

/** What the index says, as text. */
function told(index: PartitionIndex): unknown {
  const names = (found: Iterable<{ topic: { name: string }; partition: { partition: number } }>) =>
    [...found].map(({ topic, partition }) => `${topic.name}-${partition.partition}`).sort()
  return {
    brokers: BROKERS.map((id) => [names(index.inIsrOf(id)), names(index.inElrOf(id)), index.leadsAny(id)]),
    directories: BROKERS.map((id) => names(index.inDirectory(uuid(100 + id)))),
    standings: (['leaderless', 'imbalanced', 'reassigning'] as const).map((kind) => names(index.standing(kind))),
  }
}

describe('a controller that takes over', () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`has the state that was decided, seed ${seed}`, () => {
      const follower = new MetadataImage()
      let applied = 0
      const harness = randomLife(seed, (live, step) => {
        checkPartitions(live.state)
        for (const record of live.records.slice(applied)) follower.replay(decodeMetadataRecord(encodeRecord(record)))
        applied = live.records.length
        if (step % 10 !== 0) return
        const hash = imageHash(live.state)
        expect(imageHash(follower)).toBe(hash)
        // One that had another state before a snapshot came.
        const replaced = new MetadataImage()
        for (const record of live.records.slice(0, applied >> 1)) replaced.replay(record)
        if (!replaced.inTransaction) {
          replaced.topics.index.leadsAny(1)
          replaced.load([...follower.snapshot()], applied, 1)
          expect(imageHash(replaced)).toBe(hash)
          expect(told(replaced.topics.index)).toEqual(told(live.state.topics.index))
        }
      })
      expect(harness.records.length).toBeGreaterThan(50)
      const fresh = new PartitionIndex()
      for (const topic of harness.state.topics.values()) {
        for (const partition of topic.partitions) fresh.update(topic, undefined, partition)
      }
      expect(told(harness.state.topics.index)).toEqual(told(fresh))

      const config = BrokerConfig.resolve({
        properties: {
          'process.roles': 'controller',
          'node.id': '2',
          listeners: 'CONTROLLER://127.0.0.1:9093',
          'controller.listener.names': 'CONTROLLER',
          'controller.quorum.voters': '2@127.0.0.1:9093',
        },
      })
      const next = new Controller({ nodeId: 2, clusterId: CLUSTER_ID, config, random: seededRandom(seed) })
      expect(next.activate(7, follower, [], 0)).toEqual([])
      expect(imageHash(next.state)).toBe(imageHash(harness.state))
      // One session for everyone.
      expect(next.expire({ nextOffset: applied, nowMs: 8_999 }).response.fenced).toBeUndefined()
    })
  }
})

describe('a controller that the quorum no longer has as its leader', () => {
  it('sends whoever asks about the quorum on to the one that leads', () => {
    const ask = () => new ControllerHarness().request('DescribeQuorum', 2, { topics: [] })
    expect(ask).toThrow('no longer leads the quorum')
  })
})
