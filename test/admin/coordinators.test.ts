/** Groups on clusters in trouble: coordinators that move, load or are gone, answers that are lost, groups that wake up. */
import { afterEach, describe, expect, it } from 'vitest'
import { describeGroups, deleteGroups } from '../../src/admin/groups.ts'
import { committedOffsets } from '../../src/admin/group-offsets.ts'
import { planResets, type ResetPlan } from '../../src/admin/reset.ts'
import { executeReset } from '../../src/admin/reset-write.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { type Script, type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})
const track = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing)
  return thing
}
async function connect(address: string, timeoutMs = 2000): Promise<ClusterClient> {
  const properties = { 'retry.backoff.ms': '1', 'retry.backoff.max.ms': '5', 'default.api.timeout.ms': `${timeoutMs}` }
  return track(await ClusterClient.connect(resolveClientOptions({ bootstrapServer: address, properties })))
}

const state = () => ({
  topics: { a: topic([{ start: 0, end: 10 }]), gone: topic([{ start: 0, end: 4 }]) },
  groups: { g: { state: 'Empty', offsets: new Map([['a-0', 3]]) } },
})
const cluster = async (override: Script = {}): Promise<FakeCluster> => track(await startCluster(state(), override))
const toEarliest = (client: ClusterClient, group = 'g') =>
  planResets(client, [{ group, scope: undefined, target: { kind: 'spec', spec: { kind: 'earliest' } } }]).then(
    (plans) => plans[0] as ResetPlan,
  )

/** Answers `first` so many times, then what the fake cluster would. */
function atFirst<A extends keyof Script>(
  fake: FakeCluster,
  api: A,
  times: number,
  first: NonNullable<Script[A]>,
): void {
  const usual = fake.answers[api] as (request: never, version: number) => unknown
  let left = times
  fake.broker.change({
    [api]: (request: never, version: number) => {
      left -= 1
      return left >= 0
        ? (first as (request: never, version: number) => unknown)(request, version)
        : usual(request, version)
    },
  })
}

const refusedFetch =
  (error: 'NOT_COORDINATOR' | 'COORDINATOR_LOAD_IN_PROGRESS'): NonNullable<Script['OffsetFetch']> =>
  (request) => ({ groups: request.groups.map(({ groupId }) => ({ groupId, errorCode: errorCode(error) })) })

describe('a coordinator', () => {
  it('that moved is looked for again', async () => {
    const old: ScriptedBroker = track(await startScripted({ OffsetFetch: refusedFetch('NOT_COORDINATOR') }))
    let lookups = 0
    const fake = await cluster()
    fake.broker.change({
      Metadata: () => ({
        brokers: [
          { nodeId: 1, host: '127.0.0.1', port: fake.broker.port },
          { nodeId: 2, host: '127.0.0.1', port: old.port },
        ],
      }),
      FindCoordinator: ({ coordinatorKeys }) => {
        lookups += 1
        const port = lookups === 1 ? old.port : fake.broker.port
        return {
          coordinators: coordinatorKeys.map((key) => ({ key, nodeId: lookups === 1 ? 2 : 1, host: '127.0.0.1', port })),
        }
      },
    })
    const found = await committedOffsets(await connect(fake.address), ['g'])
    expect(found.get('g')).toMatchObject([{ topic: 'a', partition: 0, committed: 3 }])
    expect(lookups).toBe(2)
    expect(old.requests('OffsetFetch')).toHaveLength(1)
  })

  it('that still loads is waited for; one that does not end costs its group only', async () => {
    const fake = await cluster()
    atFirst(fake, 'OffsetFetch', 3, refusedFetch('COORDINATOR_LOAD_IN_PROGRESS'))
    expect((await committedOffsets(await connect(fake.address), ['g'])).get('g')).toHaveLength(1)
    atFirst(fake, 'OffsetFetch', 1e6, refusedFetch('COORDINATOR_LOAD_IN_PROGRESS'))
    expect((await committedOffsets(await connect(fake.address, 100), ['g'])).get('g')).toMatchObject({
      error: { code: 'COORDINATOR_LOAD_IN_PROGRESS' },
    })
  })

  it('that is gone leaves the groups of others in the answer', async () => {
    const fake = await cluster()
    fake.groups.set('lost', { state: 'Empty', offsets: new Map([['a-0', 1]]) })
    const { port } = fake.broker
    fake.broker.change({
      FindCoordinator: ({ coordinatorKeys }) => ({
        coordinators: coordinatorKeys.map((key) =>
          key === 'lost' ? { key, nodeId: 7, host: '127.0.0.1', port: 1 } : { key, nodeId: 1, host: '127.0.0.1', port },
        ),
      }),
    })
    const { groups } = await describeGroups(await connect(fake.address), { names: ['g', 'lost'] })
    expect(groups).toMatchObject([
      { group: 'g', totalLag: 7 },
      { group: 'lost', error: { code: expect.stringMatching(/^MQ_/) } },
    ])
  })

  it('that refuses one group leaves the others', async () => {
    const fake = await cluster()
    fake.groups.set('secret', { state: 'Empty', offsets: new Map() })
    fake.broker.change({
      DescribeGroups: ({ groups }) => ({
        groups: groups.map((groupId) =>
          groupId === 'secret'
            ? { groupId, errorCode: errorCode('GROUP_AUTHORIZATION_FAILED') }
            : { groupId, groupState: 'Empty', protocolType: 'consumer' },
        ),
      }),
    })
    const { groups } = await describeGroups(await connect(fake.address))
    expect(groups).toMatchObject([
      { group: 'g', state: 'Empty', totalLag: 7 },
      { group: 'secret', state: null, error: { code: 'GROUP_AUTHORIZATION_FAILED' } },
    ])
  })
})

describe('a reset', () => {
  it('whose answer was lost is read before it is written again', async () => {
    const fake = await cluster()
    const client = await connect(fake.address)
    const plan = await toEarliest(client)
    const usual = fake.answers.OffsetCommit!
    fake.broker.change({
      OffsetCommit: (request, version) => {
        usual(request, version)
        return 'hang up'
      },
    })
    const done = await executeReset(client, plan)
    expect(done.offsets).toMatchObject([{ before: 3, after: 0 }])
    expect(done.offsets[0]).not.toHaveProperty('error')
    expect(fake.broker.requests('OffsetCommit')).toHaveLength(1)
  })

  it('that never arrived is written again', async () => {
    const fake = await cluster()
    const client = await connect(fake.address)
    const plan = await toEarliest(client)
    atFirst(fake, 'OffsetCommit', 1, () => 'hang up')
    expect((await executeReset(client, plan)).offsets[0]).not.toHaveProperty('error')
    expect(fake.broker.requests('OffsetCommit')).toHaveLength(2)
    expect(fake.groups.get('g')!.offsets.get('a-0')).toBe(0)
  })

  it('is refused when the group has become active, by its state or by the coordinator', async () => {
    const fake = await cluster()
    const client = await connect(fake.address)
    const plan = await toEarliest(client)
    atFirst(fake, 'OffsetCommit', 1, (request) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: errorCode('UNKNOWN_MEMBER_ID'),
        })),
      })),
    }))
    await expect(executeReset(client, plan)).rejects.toMatchObject({ code: 'MQ_REFUSED', exitCode: 4 })
    fake.groups.get('g')!.state = 'Stable'
    await expect(executeReset(client, plan)).rejects.toMatchObject({ code: 'MQ_REFUSED', exitCode: 4 })
    expect(fake.groups.get('g')!.offsets.get('a-0')).toBe(3)
  })

  it('moves what it can when a topic is deleted in between', async () => {
    const fake = await cluster()
    fake.groups.get('g')!.offsets.set('gone-0', 2)
    const client = await connect(fake.address)
    const plan = await toEarliest(client)
    const usual = fake.answers.OffsetCommit!
    fake.broker.change({
      OffsetCommit: (request, version) => {
        const kept = request.topics.filter(({ name }) => name !== 'gone')
        usual({ ...request, topics: kept }, version)
        return {
          topics: request.topics.map(({ name, partitions }) => ({
            name,
            partitions: partitions.map(({ partitionIndex }) => ({
              partitionIndex,
              errorCode: name === 'gone' ? errorCode('UNKNOWN_TOPIC_OR_PARTITION') : 0,
            })),
          })),
        }
      },
    })
    expect((await executeReset(client, plan)).offsets).toMatchObject([
      { topic: 'a', after: 0 },
      { topic: 'gone', error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
    ])
    fake.topics.delete('gone')
    expect((await toEarliest(client)).offsets).toMatchObject([
      { topic: 'a', after: 0 },
      { topic: 'gone', after: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
    ])
  })

  it('that its coordinator never confirms says that the outcome is not known', async () => {
    const fake = await cluster()
    const client = await connect(fake.address, 100)
    const plan = await toEarliest(client)
    fake.broker.change({
      OffsetCommit: (request) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: errorCode('REQUEST_TIMED_OUT'),
          })),
        })),
      }),
    })
    await expect(executeReset(client, plan)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('whether the offsets of group g were written is not known'),
      hint: 'mq groups describe g shows where it stands',
    })
  })

  it('takes partitions along that are newer than the commits, and leaves them where there is nothing to shift', async () => {
    const fake = await cluster()
    fake.topics.get('a')!.partitions.push({ start: 2, end: 5 })
    const client = await connect(fake.address)
    expect((await toEarliest(client)).offsets).toMatchObject([
      { partition: 0, before: 3, after: 0 },
      { partition: 1, before: null, after: 2, delta: null, note: 'no offset committed yet' },
    ])
    const shift = { kind: 'shift' as const, by: 1 }
    const scope = [{ topic: 'a', partitions: undefined }]
    const [plan] = await planResets(client, [{ group: 'g', scope, target: shift }])
    expect(plan!.offsets).toMatchObject([{ after: 4 }, { partition: 1, requested: null, after: null }])
  })
})

it('a deletion whose answer was lost counts when the group is gone', async () => {
  const fake = await cluster()
  const usual = fake.answers.DeleteGroups!
  atFirst(fake, 'DeleteGroups', 1, (request, version) => {
    usual(request, version)
    return 'hang up'
  })
  expect(await deleteGroups(await connect(fake.address), ['g'])).toEqual({ groups: [{ group: 'g', deleted: true }] })
})
