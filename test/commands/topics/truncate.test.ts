/** `mq topics truncate` against a scripted cluster: the plan, the question, the check afterwards. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { movedKeyShare } from '../../../src/admin/topic-impact.ts'
import { parseRecordsFile } from '../../../src/admin/truncate.ts'
import TopicsTruncate from '../../../src/commands/topics/truncate.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
let mode: 'works' | 'lies' | 'refuses' = 'works'
beforeEach(async () => {
  mode = 'works'
  cluster = await startCluster(
    {
      topics: {
        orders: topic([
          { start: 5, end: 25 },
          { start: 0, end: 7 },
          { start: 0, end: 0, leader: -1 },
        ]),
        states: topic([{ start: 0, end: 9 }], { configs: { 'cleanup.policy': 'compact' } }),
      },
      groups: { billing: { state: 'Empty', offsets: new Map([['orders-0', 8]]) } },
    },
    {
      DeleteRecords: (request) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, offset }) => {
            if (mode === 'refuses')
              return { partitionIndex, errorCode: errorCode('TOPIC_AUTHORIZATION_FAILED'), lowWatermark: -1 }
            const found = cluster.topics.get(name)!.partitions[partitionIndex]!
            if (mode === 'works') found.start = offset
            return { partitionIndex, lowWatermark: offset }
          }),
        })),
      }),
    },
  )
})
afterEach(() => cluster.close())

const truncate = (...argv: string[]) =>
  runCommand(TopicsTruncate, ...argv, '-b', cluster.address, '-X', 'default.api.timeout.ms=300')
interface Row {
  partition: number
  after: number | null
  error?: { code: string }
}
const rows = (ran: { json: unknown }) => (ran.json as { partitions: Row[] }).partitions

describe('truncate', () => {
  it('shows what goes and who has not read it, and asks', async () => {
    const ran = await truncate('orders:0', '--before', '12')
    expect(ran).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/orders +0 +5 +12 +25 +7 /) })
    expect(ran.stderr).toContain('group billing has not read 4 of these records')
    expect(cluster.broker.requests('DeleteRecords')).toEqual([])
  })

  it('removes, reads the log starts again, and keeps a failure with its partition', async () => {
    const ran = await truncate('orders', '--before', '12', '--yes', '--json')
    expect(ran.exitCode).toBe(1)
    expect(rows(ran)).toMatchObject([
      { partition: 0, after: 12 },
      { partition: 1, after: 7, note: 'beyond the log end' },
      { partition: 2, after: null, error: { code: 'LEADER_NOT_AVAILABLE' } },
    ])
  })

  it('does not believe a broker whose log start stays', async () => {
    mode = 'lies'
    const ran = await truncate('orders:0', '--before', '12', '--yes', '--json')
    expect(ran.exitCode).toBe(3)
    expect(rows(ran)).toMatchObject([{ after: 5, error: { code: 'MQ_NOT_VERIFIED' } }])
  })

  it('says what was refused', async () => {
    mode = 'refuses'
    const ran = await truncate('orders:0', '--before', '12', '--yes', '--json')
    expect([ran.exitCode, rows(ran)[0]?.error?.code]).toEqual([1, 'TOPIC_AUTHORIZATION_FAILED'])
  })

  it('refuses a topic that is only compacted before it asks', async () => {
    const ran = await truncate('states', '--before', '3')
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cleanup.policy=compact') })
  })
})

describe('a delete-records file', () => {
  it('is read as Kafka writes it', () => {
    const text = '{"partitions":[{"topic":"a","partition":0,"offset":-1}],"version":1}'
    expect(parseRecordsFile(text)).toEqual([{ topic: 'a', partition: 0, offset: -1 }])
  })
  it.each([
    'x',
    '[]',
    '{"partitions":[],"version":1}',
    '{"partitions":[{"topic":"a","partition":0,"offset":1}],"version":2}',
    '{"partitions":[{"topic":"a","partition":-1,"offset":1}]}',
    '{"partitions":[{"topic":"a","partition":0,"offset":1},{"topic":"a","partition":0,"offset":2}]}',
  ])('is refused: %s', (text) => expect(() => parseRecordsFile(text)).toThrow())
})

describe('movedKeyShare', () => {
  it.each([
    [3, 6],
    [3, 5],
    [2, 3],
    [1, 4],
    [6, 9],
  ])('of %i to %i partitions is what counting gives', (before, after) => {
    const hashes = Array.from({ length: before * after * 20 }, (_, hash) => hash)
    const moved = hashes.filter((hash) => hash % before !== hash % after).length
    expect(movedKeyShare(before, after)).toBeCloseTo(moved / hashes.length, 10)
  })
  it('of none is none', () => expect([movedKeyShare(3, 3), movedKeyShare(0, 3)]).toEqual([0, 0]))
})
