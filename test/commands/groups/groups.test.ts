/** The groups and lag commands against a scripted cluster: text, JSON, exit codes, what is written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import GroupsDelete from '../../../src/commands/groups/delete.ts'
import GroupsDeleteOffsets from '../../../src/commands/groups/delete-offsets.ts'
import GroupsDescribe from '../../../src/commands/groups/describe.ts'
import GroupsList from '../../../src/commands/groups/list.ts'
import GroupsReset from '../../../src/commands/groups/reset.ts'
import LagShow from '../../../src/commands/lag/show.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
const member = { memberId: 'm-1', clientId: 'app', host: '/10.0.0.1', assigned: { orders: [0] } }
/** Records of partition 0 have these timestamps: a second apart. */
const timestamp = (offset: number) => 1_700_000_000_000 + offset * 1000

beforeEach(async () => {
  cluster = await startCluster({
    topics: {
      orders: topic([
        { start: 5, end: 25, timestamp },
        { start: 0, end: 7, timestamp },
      ]),
    },
    groups: {
      billing: {
        state: 'Empty',
        offsets: new Map([
          ['orders-0', 10],
          ['orders-1', 7],
        ]),
      },
      live: { state: 'Stable', members: [member], offsets: new Map([['orders-0', 25]]) },
    },
  })
})
afterEach(() => cluster.close())

const at = () => ['-b', cluster.address]
const reset = (...argv: string[]) => runCommand(GroupsReset, ...argv, ...at())
const offsetsOf = (group: string) => Object.fromEntries(cluster.groups.get(group)?.offsets ?? [])

describe('list and describe', () => {
  it('lists with filters', async () => {
    const ran = await runCommand(GroupsList, '--state', 'empty', '--json', ...at())
    expect(ran.json).toEqual({
      groups: [{ group: 'billing', type: 'classic', state: 'Empty', protocol: 'consumer', coordinator: 1 }],
    })
  })

  it('takes no state and no type that no group can have', async () => {
    expect(await runCommand(GroupsList, '--state', 'stabel', ...at())).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('error: --state cannot be "stabel"\nhint: one of Empty, Stable'),
    })
    expect(await runCommand(GroupsList, '--type', 'old', ...at())).toMatchObject({ exitCode: 2 })
    expect(await runCommand(GroupsList, '--regex', 'x', ...at())).toMatchObject({ stderr: 'no group matches\n' })
  })

  it('shows lag and who reads', async () => {
    const ran = await runCommand(GroupsDescribe, ...at())
    expect(ran.stdout).toBe(
      [
        'billing  state: Empty  type: classic  coordinator: 1  members: 0  total lag: 15',
        'TOPIC   PARTITION  COMMITTED  LOG-START  LOG-END  LAG  MEMBER  HOST  CLIENT',
        'orders          0         10          5       25   15  -       -     -',
        'orders          1          7          0        7    0  -       -     -',
        '',
        'live  state: Stable  type: classic  coordinator: 1  members: 1  total lag: 0',
        'TOPIC   PARTITION  COMMITTED  LOG-START  LOG-END  LAG  MEMBER  HOST       CLIENT',
        'orders          0         25          5       25    0  m-1     /10.0.0.1  app',
        '',
      ].join('\n'),
    )
  })

  it('has the fields that scripts read', async () => {
    const ran = await runCommand(GroupsDescribe, 'live', '--json', ...at())
    expect(ran.json).toEqual({
      groups: [
        {
          group: 'live',
          type: 'classic',
          state: 'Stable',
          coordinator: 1,
          assignor: 'range',
          totalLag: 0,
          members: [
            {
              memberId: 'm-1',
              instanceId: null,
              clientId: 'app',
              host: '/10.0.0.1',
              assignment: [{ topic: 'orders', partitions: [0] }],
            },
          ],
          offsets: [
            {
              topic: 'orders',
              partition: 0,
              committed: 25,
              metadata: '',
              logStart: 5,
              logEnd: 25,
              lag: 0,
              memberId: 'm-1',
            },
          ],
        },
      ],
    })
  })

  it('keeps only what lags, and fails for a group that is not there', async () => {
    const lagging = await runCommand(GroupsDescribe, '--only-lagging', '--json', ...at())
    expect(lagging.json).toMatchObject({ groups: [{ group: 'billing', offsets: [{ partition: 0, lag: 15 }] }] })
    const ran = await runCommand(GroupsDescribe, 'biling', ...at())
    expect(ran).toMatchObject({ exitCode: 1, stderr: 'error: there is no group biling\nhint: did you mean billing?\n' })
  })

  it('keeps what cannot be read among what lags', async () => {
    cluster.groups.get('live')!.offsets.set('gone-0', 3)
    for (const command of [GroupsDescribe, LagShow]) {
      const ran = await runCommand(command, '--only-lagging', ...at())
      expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('live: ') })
      const { groups } = (await runCommand(command, '--only-lagging', '--json', ...at())).json as {
        groups: { group: string; offsets?: unknown[]; partitions?: unknown[] }[]
      }
      expect(groups.map(({ group }) => group)).toEqual(['billing', 'live'])
      expect(groups[1]!.offsets ?? groups[1]!.partitions).toMatchObject([
        { topic: 'gone', lag: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ])
    }
  })

  it('keeps a partition of a deleted topic as a row with the error', async () => {
    cluster.groups.get('billing')!.offsets.set('gone-0', 3)
    const ran = await runCommand(GroupsDescribe, 'billing', '--json', ...at())
    expect(ran.json).toMatchObject({
      groups: [
        {
          totalLag: 15,
          offsets: [
            { topic: 'gone', committed: 3, logEnd: null, lag: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
            {},
            {},
          ],
        },
      ],
    })
  })
})

describe('reset', () => {
  it('shows old, new and delta; needs --yes; has done nothing without', async () => {
    const ran = await reset('billing', '--topic', 'orders', '--to-earliest')
    expect(ran.exitCode).toBe(4)
    expect(ran.stdout).toBe(
      [
        'TOPIC   PARTITION  OLD  NEW  DELTA  NOTE',
        'orders          0   10    5     -5  -',
        'orders          1    7    0     -7  -',
        '',
      ].join('\n'),
    )
    expect(ran.stderr).toContain('12 records to be read again, 0 to be skipped')
    expect(offsetsOf('billing')).toEqual({ 'orders-0': 10, 'orders-1': 7 })
  })

  it('is refused while the group is active, whatever is said', async () => {
    const ran = await reset('live', '--all-topics', '--to-earliest', '--yes')
    expect(ran).toMatchObject({ exitCode: 4, stdout: '' })
    expect(ran.stderr).toContain('group live is active (Stable, 1 member); nothing was changed')
    expect(ran.stderr).toContain('app on 10.0.0.1')
    expect(cluster.broker.requests('OffsetCommit')).toEqual([])
  })

  it.each([
    [['--to-latest'], { 'orders-0': 25, 'orders-1': 7 }],
    [['--to-offset', '6'], { 'orders-0': 6, 'orders-1': 6 }],
    [['--to-offset', '100'], { 'orders-0': 25, 'orders-1': 7 }],
    [['--to-offset', '1'], { 'orders-0': 5, 'orders-1': 1 }],
    [['--shift-by=-2'], { 'orders-0': 8, 'orders-1': 5 }],
    [['--to', '+1'], { 'orders-0': 6, 'orders-1': 1 }],
    [['--to=-1'], { 'orders-0': 24, 'orders-1': 6 }],
    [['--to-datetime', new Date(timestamp(6) - 1).toISOString()], { 'orders-0': 6, 'orders-1': 6 }],
    [['--to-datetime', '2100-01-01T00:00:00'], { 'orders-0': 25, 'orders-1': 7 }],
    [['--by-duration', 'PT1M'], { 'orders-0': 25, 'orders-1': 7 }],
  ])('with %j', async (flags, expected) => {
    const ran = await reset('billing', '--all-topics', ...flags, '--execute')
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(offsetsOf('billing')).toEqual(expected)
  })

  it('says what was held to the log', async () => {
    const ran = await reset('billing', '--topic', 'orders:0', '--to-offset', '1', '--dry-run', '--json')
    const row = { topic: 'orders', partition: 0, before: 10, requested: 1, after: 5, delta: -5 }
    expect(ran.json).toEqual({
      groups: [
        {
          group: 'billing',
          state: 'Empty',
          executed: false,
          offsets: [{ ...row, note: '1 is below the log start 5' }],
        },
      ],
      dryRun: true,
    })
    expect(offsetsOf('billing')['orders-0']).toBe(10)
  })

  it('exports and takes back', async () => {
    const exported = await reset('billing', '--all-topics', '--export')
    expect(exported.stdout).toBe('orders,0,10\norders,1,7\n')
    const directory = mkdtempSync(join(tmpdir(), 'mq-reset-'))
    try {
      writeFileSync(join(directory, 'o.csv'), 'orders,0,12\nbilling,orders,1,3\nother,orders,1,5\n')
      expect(await reset('billing', '--from-file', join(directory, 'o.csv'), '--yes')).toMatchObject({ exitCode: 0 })
      writeFileSync(join(directory, 'bad.csv'), 'orders;0;12\n')
      expect(await reset('billing', '--from-file', join(directory, 'bad.csv'), '--yes')).toMatchObject({ exitCode: 2 })
    } finally {
      rmSync(directory, { recursive: true })
    }
    expect(offsetsOf('billing')).toEqual({ 'orders-0': 12, 'orders-1': 3 })
  })

  it('keeps what there is to say about a partition out of the CSV, and says it all the same', async () => {
    const late = await reset('billing', '--all-topics', '--to-datetime', '2100-01-01T00:00:00', '--export')
    expect(late).toMatchObject({ exitCode: 0, stdout: 'orders,0,25\norders,1,7\n' })
    expect(late.stderr).toBe(
      'orders-0: no record at or after this time: log end\norders-1: no record at or after this time: log end\n',
    )
    const held = await reset('billing', 'live2', '--topic', 'orders:0', '--to-offset', '99', '--export')
    expect(held.stdout).toBe('billing,orders,0,25\nlive2,orders,0,25\n')
    expect(held.stderr).toContain('billing: orders-0: 99 is beyond the log end 25\n')
  })

  it('takes for all topics those with an offset, each with the partitions that it has got since', async () => {
    cluster.topics.set('other', topic([{ start: 0, end: 4 }]))
    cluster.groups.get('billing')!.offsets.delete('orders-1')
    expect(await reset('billing', '--all-topics', '--to-current', '--yes')).toMatchObject({ exitCode: 0 })
    expect(offsetsOf('billing')).toEqual({ 'orders-0': 10 })
    const grown = await reset('billing', '--all-topics', '--to-earliest', '--yes', '--json')
    expect(grown.json).toMatchObject({
      groups: [
        {
          offsets: [
            { topic: 'orders', partition: 0, before: 10, note: null },
            { topic: 'orders', partition: 1, before: null, note: 'no offset committed yet' },
          ],
        },
      ],
    })
    expect(offsetsOf('billing')).toEqual({ 'orders-0': 5, 'orders-1': 0 })
  })

  it('commits the offsets of very many partitions in several requests', async () => {
    const many = 4500
    cluster.topics.set('wide', topic(Array.from({ length: many }, () => ({ start: 0, end: 9 }))))
    const ran = await reset('billing', '--topic', 'wide', '--to-latest', '--yes', '--json')
    expect(ran.exitCode).toBe(0)
    const sent = cluster.broker.requests('OffsetCommit').map((request) => request.topics[0]!.partitions.length)
    expect(sent).toEqual([2000, 2000, 500])
    expect(Object.keys(offsetsOf('billing'))).toHaveLength(many + 2)
  })

  it('takes the place of another group over, for a group that is new', async () => {
    const ran = await reset('audit', '--from-group', 'billing', '--yes')
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(ran.stderr).toContain('does not exist yet')
    expect(offsetsOf('audit')).toEqual({ 'orders-0': 10, 'orders-1': 7 })
  })

  it('fails when what was written does not show', async () => {
    cluster.broker.change({
      OffsetCommit: (request) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex })),
        })),
      }),
    })
    const ran = await reset('billing', '--all-topics', '--to-earliest', '--yes', '--json')
    expect(ran.exitCode).toBe(3)
    const error = { code: 'MQ_NOT_VERIFIED' }
    expect(ran.json).toMatchObject({ groups: [{ executed: true, offsets: [{ error }, { error }] }] })
  })

  it('keeps refused partitions in their row', async () => {
    cluster.broker.change({
      OffsetCommit: (request) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: errorCode('TOPIC_AUTHORIZATION_FAILED'),
          })),
        })),
      }),
    })
    const ran = await reset('billing', '--topic', 'orders:0', '--to-earliest', '--yes')
    expect(ran).toMatchObject({ exitCode: 1 })
    expect(ran.stderr).toContain('error: orders-0: not authorised for this topic')
  })

  it.each([
    [['billing', '--all-topics']],
    [['billing', '--to-earliest']],
    [['billing', '--all-topics', '--to-earliest', '--to-latest']],
    [['billing', '--topic', 'orders:x', '--to-earliest']],
    [['billing', '--all-topics', '--to-datetime', 'yesterday']],
    [['billing', '--all-topics', '--to', 'soon']],
    [['--all-topics', '--to-earliest']],
  ])('refuses %j with exit 2 before anything is asked', async (argv) => {
    expect(await reset(...argv)).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('knows topics and partitions that are not there', async () => {
    const unknown = await reset('billing', '--topic', 'order', '--to-earliest', '--yes')
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: 'error: there is no topic order\nhint: did you mean orders?\n',
    })
    const partition = await reset('billing', '--topic', 'orders:2', '--to-earliest', '--yes')
    expect(partition.stderr).toContain('has no partition 2')
  })
})

describe('delete', () => {
  it('deletes with --yes, refuses active groups and keeps unknown ones in their row', async () => {
    expect(await runCommand(GroupsDelete, 'billing', ...at())).toMatchObject({ exitCode: 4 })
    expect(await runCommand(GroupsDelete, 'live', '--yes', ...at())).toMatchObject({ exitCode: 4 })
    const ran = await runCommand(GroupsDelete, 'billing', 'nobody', '--yes', '--json', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.json).toMatchObject({
      groups: [
        { group: 'nobody', deleted: false, error: { code: 'GROUP_ID_NOT_FOUND' } },
        { group: 'billing', deleted: true },
      ],
    })
    expect([...cluster.groups.keys()]).toEqual(['live'])
  })

  it('takes a group for active whose members are just joining', async () => {
    cluster.groups.set('joining', { state: 'PreparingRebalance', offsets: new Map() })
    expect(await runCommand(GroupsDelete, 'joining', 'billing', '--yes', ...at())).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('joining (PreparingRebalance)'),
    })
    expect(cluster.broker.requests('DeleteGroups')).toEqual([])
  })

  it('is a refusal too when the group becomes active in between', async () => {
    cluster.broker.change({
      DeleteGroups: (request) => ({
        results: request.groupsNames.map((groupId) => ({ groupId, errorCode: errorCode('NON_EMPTY_GROUP') })),
      }),
    })
    expect(await runCommand(GroupsDelete, 'billing', '--yes', ...at())).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('group billing became active; nothing was deleted'),
    })
  })
})

describe('delete-offsets', () => {
  it('forgets with --yes only what was named', async () => {
    expect(await runCommand(GroupsDeleteOffsets, 'billing', '--topic', 'orders:1', ...at())).toMatchObject({
      exitCode: 4,
    })
    const ran = await runCommand(GroupsDeleteOffsets, 'billing', '--topic', 'orders:1', '--yes', '--json', ...at())
    expect(ran.json).toEqual({
      groups: [
        {
          group: 'billing',
          type: 'classic',
          offsets: [{ topic: 'orders', partition: 1, committed: 7, deleted: true }],
        },
      ],
      dryRun: false,
    })
    expect(offsetsOf('billing')).toEqual({ 'orders-0': 10 })
    expect(await runCommand(GroupsDeleteOffsets, 'nobody', '--topic', 'orders', ...at())).toMatchObject({ exitCode: 1 })
    expect(await runCommand(GroupsDeleteOffsets, 'billing', ...at())).toMatchObject({ exitCode: 2 })
    const slip = await runCommand(GroupsDeleteOffsets, 'billing', '--topic', 'order', '--yes', ...at())
    expect(slip).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('did you mean orders?') })
  })
})

describe('lag show', () => {
  it('takes time lag from the first unread record', async () => {
    const before = Date.now()
    const ran = await runCommand(LagShow, '--json', ...at())
    const { groups } = ran.json as {
      groups: { group: string; totalLag: number; partitions: { timeLagMs: number }[] }[]
    }
    expect(groups.map(({ group, totalLag }) => [group, totalLag])).toEqual([
      ['billing', 15],
      ['live', 0],
    ])
    const [behind, level] = groups[0]!.partitions
    expect(behind!.timeLagMs).toBeGreaterThanOrEqual(before - timestamp(10))
    expect(behind!.timeLagMs).toBeLessThan(before - timestamp(10) + 60_000)
    expect(level!.timeLagMs).toBe(0)
  })

  it('says why a number is missing', async () => {
    cluster.groups.get('billing')!.offsets.set('orders-0', 2)
    cluster.groups.get('billing')!.offsets.set('orders-1', 99)
    cluster.groups.get('billing')!.offsets.set('gone-0', 3)
    const ran = await runCommand(LagShow, 'billing', '--json', ...at())
    expect(ran.json).toMatchObject({
      groups: [
        {
          partitions: [
            { topic: 'gone', lag: null, timeLagMs: null, reason: 'there is no partition 0 of topic gone any more' },
            { topic: 'orders', lag: 23, reason: '3 records were deleted before the group read them' },
            { topic: 'orders', lag: 0, timeLagMs: null, reason: expect.stringContaining('beyond the log end') },
          ],
        },
      ],
    })
    expect((await runCommand(LagShow, 'nobody', ...at())).exitCode).toBe(1)
  })

  it('does not take a topic that is not there for one without lag', async () => {
    expect(await runCommand(LagShow, '--topic', 'order', ...at())).toMatchObject({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'error: there is no topic order\nhint: did you mean orders?\n',
    })
    cluster.topics.set('unread', topic([{ start: 0, end: 1 }]))
    expect(await runCommand(LagShow, '--topic', 'unread', ...at())).toMatchObject({
      ...{ exitCode: 0, stdout: '' },
      stderr: 'no committed offsets\n',
    })
    const some = await runCommand(LagShow, 'billing', '--topic', 'orders:0', '--json', ...at())
    expect(some.json).toMatchObject({ groups: [{ totalLag: 15, partitions: [{ partition: 0, committed: 10 }] }] })
    expect(await runCommand(LagShow, '--topic', 'orders:7', ...at())).toMatchObject({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'error: topic orders has no partition 7\nhint: it has 2: 0 to 1\n',
    })
    cluster.groups.get('billing')!.offsets.set('gone-0', 3)
    expect(await runCommand(LagShow, '--topic', 'gone', ...at())).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('there is no partition 0 of topic gone any more'),
    })
  })
})
