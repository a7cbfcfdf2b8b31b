/**
 * Laws of the group coordinator under random histories: replaying the log gives the live state, no partition has two
 * owners in one generation, generations only grow, and what was committed stays committed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultGroupSettings } from '../../../../src/broker/coordinator/index.ts'
import { type GroupRecord, groupRecordCodec } from '../../../../src/broker/coordinator/group/records.ts'
import { noTotals } from '../../../../src/broker/coordinator/group/census.ts'
import { GroupShard } from '../../../../src/broker/coordinator/group/shard.ts'
import { partitionForKey } from '../../../../src/broker/coordinator/group/topics.ts'
import { QuietLog } from '../../../support/quiet-log.ts'
import type { FakeLog } from '../fake-log.ts'
import { CountingRandom, Harness, type JoinAnswer, type Pending } from './harness.ts'

function emptyShard(): GroupShard {
  return new GroupShard({
    timers: { schedule: () => {}, cancel: () => {}, has: () => false },
    settings: defaultGroupSettings,
    topics: { idOf: () => undefined, nameOf: () => undefined, partitionCount: () => undefined },
    random: new CountingRandom(),
    logger: new QuietLog(),
    totals: noTotals(),
  })
}

function recordsOf(log: FakeLog): GroupRecord[] {
  return log.records(0).flatMap((record) => groupRecordCodec.decode(record.key!, record.value) ?? [])
}

function replayed(records: Iterable<GroupRecord>): GroupShard {
  const shard = emptyShard()
  let offset = 0
  for (const record of records) shard.replay(record, { offset: offset++, producerId: -1, producerEpoch: -1 })
  return shard
}

const sorted = (records: Iterable<GroupRecord>): string[] => [...records].map((each) => JSON.stringify(each)).sort()

/** A consumer that does what real ones do, one small step at a time, and may be told to do it wrong. */
interface Consumer {
  readonly instanceId: string | null
  memberId: string
  generation: number
  joining: Pending<JoinAnswer> | undefined
  owned: number[]
}

type Step =
  | { readonly kind: 'join' | 'sync' | 'beat' | 'leave' | 'crash' | 'commit'; readonly who: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('join', 'sync', 'beat', 'commit'), who: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('leave', 'crash'), who: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 200, 3_000, 12_000) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
) as fc.Arbitrary<Step>

const PARTITIONS = 6

class Model {
  h = new Harness({ initialRebalanceDelayMs: 100 })
  readonly consumers: Consumer[] = [null, null, 's1', 's2'].map((instanceId) => ({
    instanceId,
    memberId: '',
    generation: -1,
    joining: undefined,
    owned: [],
  }))
  readonly committed = new Map<number, number>()
  /** Owner of a partition in a generation, by `generation/partition`. */
  readonly owners = new Map<string, string>()
  highestGeneration = 0
  sequence = 0

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) {
      await this.apply(each)
      await this.check()
    }
  }

  async apply(each: Step): Promise<void> {
    if (each.kind === 'time') return this.h.advance(each.ms)
    if (each.kind === 'restart') {
      const clockMs = this.h.clock.nowMs()
      this.h.coordinator.close()
      this.h = this.h.restarted({ initialRebalanceDelayMs: 100 })
      this.h.clock.setWallMs(clockMs)
      for (const consumer of this.consumers) consumer.joining = undefined
      return
    }
    const consumer = this.consumers[each.who]!
    await this.collect(consumer)
    if (consumer.joining !== undefined && each.kind !== 'crash') return
    switch (each.kind) {
      case 'join':
        consumer.joining = this.h.join({ memberId: consumer.memberId, groupInstanceId: consumer.instanceId })
        await this.h.settle()
        return this.collect(consumer)
      case 'sync':
        return this.sync(consumer)
      case 'beat': {
        const error = await this.h.heartbeat(consumer.memberId, consumer.generation, consumer.instanceId)
        if (error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID') forget(consumer)
        return
      }
      case 'commit':
        return this.commit(consumer)
      case 'leave':
        await this.h.leave({ memberId: consumer.memberId, groupInstanceId: consumer.instanceId })
        return forget(consumer)
      case 'crash':
        consumer.joining = undefined
        return forget(consumer)
    }
  }

  async collect(consumer: Consumer): Promise<void> {
    const answer = consumer.joining?.value
    if (answer === undefined) return
    consumer.joining = undefined
    if (answer.error === 'NONE' || answer.error === 'MEMBER_ID_REQUIRED') consumer.memberId = answer.memberId
    else if (answer.error === 'UNKNOWN_MEMBER_ID' || answer.error === 'FENCED_INSTANCE_ID') forget(consumer)
    if (answer.error !== 'NONE') return
    const { generationId = -1 } = answer
    expect(generationId).toBeGreaterThanOrEqual(consumer.generation)
    expect(generationId).toBeGreaterThanOrEqual(this.highestGeneration - 1)
    this.highestGeneration = Math.max(this.highestGeneration, generationId)
    consumer.generation = generationId
    consumer.owned = []
    if (answer.leader === answer.memberId && answer.skipAssignment !== true) {
      const ids = (answer.members ?? []).map((member) => member.memberId!)
      const assignments = ids.map((memberId, index) => ({
        memberId,
        assignment: Buffer.from(
          JSON.stringify(Array.from({ length: PARTITIONS }, (_, p) => p).filter((p) => p % ids.length === index)),
        ),
      }))
      if (ids.length > 0) await this.sync(consumer, assignments)
    }
  }

  async sync(consumer: Consumer, assignments: { memberId: string; assignment: Buffer }[] = []): Promise<void> {
    const answer = this.h.sync({
      memberId: consumer.memberId,
      generationId: consumer.generation,
      groupInstanceId: consumer.instanceId,
      assignments,
    })
    await this.h.settle()
    if (answer.value?.error !== 'NONE' || answer.value.assignment === '') return
    consumer.owned = JSON.parse(answer.value.assignment) as number[]
    for (const partition of consumer.owned) {
      const key = `${consumer.generation}/${partition}`
      const owner = consumer.instanceId ?? consumer.memberId
      expect(this.owners.get(key) ?? owner).toBe(owner)
      this.owners.set(key, owner)
    }
  }

  async commit(consumer: Consumer): Promise<void> {
    const partition = consumer.owned[0]
    if (partition === undefined) return
    const offset = ++this.sequence
    const [error] = await this.h.commit(
      { news: { [partition]: offset } },
      { generation: consumer.generation, memberId: consumer.memberId, instanceId: consumer.instanceId },
    )
    if (error === 'NONE') this.committed.set(partition, offset)
  }

  async check(): Promise<void> {
    const offsets = Object.fromEntries([...this.committed].map(([partition, offset]) => [`news-${partition}`, offset]))
    expect(await this.h.offsets()).toEqual(offsets)
  }
}

function forget(consumer: Consumer): void {
  consumer.memberId = ''
  consumer.generation = -1
  consumer.owned = []
}

describe('laws of the group coordinator', () => {
  it('hold under random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const model = new Model()
        await model.run(steps)
        const live = await model.h.describe()
        const after = model.h.restarted()
        expect(await after.offsets()).toEqual(await model.h.offsets())
        if (live.groupState === 'Stable' || live.groupState === 'Empty') {
          const again = await after.describe()
          const facts = ({ groupState, protocolType, members }: typeof live) => ({
            // A group that lives in memory alone, before its first record, is not there after a restart.
            groupState,
            protocolType: members?.length === 0 ? '' : protocolType,
            members: members?.map((each) => `${each.memberId} ${each.groupInstanceId} ${each.memberAssignment}`).sort(),
          })
          expect(facts(again)).toEqual(facts(live))
        }
        const records = recordsOf(model.h.log)
        const shard = replayed(records)
        expect(sorted(replayed(shard.snapshot()).snapshot())).toEqual(sorted(shard.snapshot()))
      }),
      { numRuns: 150, seed: 20260731 },
    )
  }, 60_000)

  it('a partition is Java hash code modulo count', () => {
    expect(partitionForKey('g1', 50)).toBe(42)
    expect(partitionForKey('', 50)).toBe(0)
    // "polygenelubricants" hashes to the smallest int, whose absolute value does not exist.
    expect(partitionForKey('polygenelubricants', 50)).toBe(0)
    expect(partitionForKey('spark-job-ingestion', 50)).toBe(38)
    // a negative hash: Apache Kafka 4.3.1 keeps this group in partition 1 of 4
    expect(partitionForKey('reader', 4)).toBe(1)
    expect(partitionForKey('reader', 50)).toBe(39)
  })
})
