/** The topics commands against a scripted cluster: text, JSON, exit codes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import TopicsAlter from '../../../src/commands/topics/alter.ts'
import TopicsAddPartitions from '../../../src/commands/topics/add-partitions.ts'
import TopicsCreate from '../../../src/commands/topics/create.ts'
import TopicsDelete from '../../../src/commands/topics/delete.ts'
import TopicsDescribe from '../../../src/commands/topics/describe.ts'
import TopicsOffsets from '../../../src/commands/topics/offsets.ts'
import TopicsList from '../../../src/commands/topics/list.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startCluster({
    topics: {
      orders: topic(
        [
          { start: 5, end: 25 },
          { start: 0, end: 7, replicas: [1, 2], isr: [1] },
        ],
        { configs: { 'retention.ms': '9' } },
      ),
      payments: topic([{ start: 0, end: 0, leader: -1 }]),
      __consumer_offsets: topic([{ start: 0, end: 1 }], { internal: true }),
    },
  })
})
afterEach(() => cluster.close())

const at = () => ['-b', cluster.address]

describe('list', () => {
  it('leaves internal topics out and sorts by name', async () => {
    const ran = await runCommand(TopicsList, ...at())
    expect(ran.stdout.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['TOPIC', 'orders', 'payments', ''])
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('has the fields that scripts read', async () => {
    const ran = await runCommand(TopicsList, ...at(), '--json', '--regex', 'ord.*')
    expect(ran.json).toEqual({
      topics: [
        { name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAg', partitions: 2, replicationFactor: 1, internal: false },
      ],
    })
  })

  it('refuses a pattern that is none with exit 2, and says so in JSON when asked', async () => {
    const ran = await runCommand(TopicsList, ...at(), '--regex', '(', '--json')
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'MQ_USAGE' } })
  })

  it('fails with exit 1 and a hint where nothing answers', async () => {
    const ran = await runCommand(TopicsList, '-b', '127.0.0.1:1')
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(ran.stderr).toContain('connection refused')
    expect(ran.stderr).toContain('hint:')
  })
})

describe('create', () => {
  it('creates, and says the size', async () => {
    const ran = await runCommand(TopicsCreate, 'a', 'b', '--partitions', '3', '--config', 'retention.ms=1', ...at())
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' })
    expect(ran.stderr).toBe(
      'created topic a (partitions: 3, replication factor: 1)\ncreated topic b (partitions: 3, replication factor: 1)\n',
    )
    expect(cluster.broker.requests('CreateTopics')[0]?.topics[0]).toMatchObject({
      numPartitions: 3,
      replicationFactor: -1,
      configs: [{ name: 'retention.ms', value: '1' }],
    })
  })

  it('keeps the failed item in its row and exits 1', async () => {
    const ran = await runCommand(TopicsCreate, 'orders', 'fresh', '--json', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.json).toMatchObject({
      topics: [
        {
          name: 'orders',
          created: false,
          error: { code: 'TOPIC_ALREADY_EXISTS', message: 'the topic exists already' },
        },
        { name: 'fresh', created: true, partitions: 1 },
      ],
    })
  })

  it('goes to the controller again when that has moved, and nothing was done', async () => {
    let calls = 0
    cluster.broker.change({
      CreateTopics: (request) => {
        calls += 1
        return { topics: request.topics.map(({ name }) => ({ name, errorCode: calls === 1 ? 41 : 0 })) }
      },
    })
    const argv = ['x', '-X', 'default.api.timeout.ms=1000', ...at()]
    expect(await runCommand(TopicsCreate, ...argv)).toMatchObject({ exitCode: 0 })
    expect(calls).toBe(2)
  })

  it('waits until the broker shows what was made, so that the next command finds it', async () => {
    const usual = cluster.answers.Metadata!
    let asked = 0
    cluster.broker.change({
      Metadata: (request, version) => {
        const isAbout = request.topics?.some((entry) => entry.name === 'late') === true
        if (isAbout) asked += 1
        const late = { errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), name: 'late', partitions: [] }
        return isAbout && asked < 3 ? { topics: [late] } : usual(request, version)
      },
    })
    expect(await runCommand(TopicsCreate, 'late', ...at())).toMatchObject({ exitCode: 0 })
    expect(asked).toBe(3)
  })

  it('takes what exists with --if-not-exists', async () => {
    const ran = await runCommand(TopicsCreate, 'orders', '--if-not-exists', '--json', ...at())
    expect(ran.exitCode).toBe(0)
    expect(ran.json).toMatchObject({ topics: [{ name: 'orders', created: false, existed: true, partitions: 2 }] })
  })

  it('does not say that a dry run would create what exists', async () => {
    const ran = await runCommand(TopicsCreate, 'orders', 'x', '--if-not-exists', '--dry-run', ...at())
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(ran.stderr).toBe(
      'topic orders exists already (partitions: 2, replication factor: 1)\n' +
        'would create topic x (partitions: 1, replication factor: 1)\n',
    )
  })

  it.each([
    ['INVALID_CONFIG', 'Unknown topic config name: retenton.ms', 'did you mean retention.ms?'],
    ['INVALID_CONFIG', 'Unknown topic config name: nonsense', 'mq config explain KEY knows the settings'],
    ['INVALID_TOPIC_EXCEPTION', "Topic 'a.b' collides with existing topic: a_b", 'dot and underscore are one'],
    ['INVALID_TOPIC_EXCEPTION', 'Topic name is invalid', 'a name is 1 to 249'],
  ] as const)('says what to do about %s, %s', async (error, errorMessage, hint) => {
    cluster.broker.change({
      CreateTopics: () => ({ topics: [{ name: 'x', errorCode: errorCode(error), errorMessage }] }),
    })
    const ran = await runCommand(TopicsCreate, 'x', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain(`hint: ${hint}`)
  })

  it('names no id that nothing will ever have', async () => {
    const ran = await runCommand(TopicsCreate, 'x', '--dry-run', '--json', ...at())
    expect(ran.json).toMatchObject({ topics: [{ name: 'x', topicId: null, created: false }], dryRun: true })
  })

  it('changes nothing on a dry run', async () => {
    const ran = await runCommand(TopicsCreate, 'x', '--dry-run', ...at())
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(ran.stderr).toContain('would create topic x')
    expect(cluster.topics.has('x')).toBe(false)
  })

  it('passes an assignment on, and refuses nonsense before it asks anyone', async () => {
    await runCommand(TopicsCreate, 'x', '--replica-assignment', '1:2,2:3', ...at())
    expect(cluster.broker.requests('CreateTopics')[0]?.topics[0]?.assignments).toEqual([
      { partitionIndex: 0, brokerIds: [1, 2] },
      { partitionIndex: 1, brokerIds: [2, 3] },
    ])
    expect((await runCommand(TopicsCreate, 'x', '--replica-assignment', 'one', ...at())).exitCode).toBe(2)
    expect((await runCommand(TopicsCreate, 'x', '--partitions', '0', ...at())).exitCode).toBe(2)
    expect((await runCommand(TopicsCreate, ...at())).exitCode).toBe(2)
  })
})

describe('describe', () => {
  it('shows offsets, replicas and own settings', async () => {
    const ran = await runCommand(TopicsDescribe, 'orders', '--sizes', ...at())
    expect(ran.stdout).toBe(
      [
        'orders  partitions: 2  replication factor: 1  id: AAAAAAAAAAAAAAAAAAAAAg  size: 4 KiB',
        'settings: retention.ms=9',
        'PARTITION  LEADER  REPLICAS  ISR  LOG-START  LOG-END     SIZE',
        '        0       1  1         1            5       25    2 KiB',
        '        1       1  1,2       1            0        7    2 KiB',
        '',
      ]
        .join('\n')
        .replaceAll('    2 KiB', '  2 KiB')
        .replace('     SIZE', '   SIZE'),
    )
  })

  it('has null where something is not known', async () => {
    const ran = await runCommand(TopicsDescribe, 'payments', '--json', ...at())
    expect(ran.json).toEqual({
      topics: [
        {
          name: 'payments',
          topicId: 'AAAAAAAAAAAAAAAAAAAAAg',
          internal: false,
          configs: {},
          partitions: [
            {
              partition: 0,
              leader: null,
              replicas: [1],
              isr: [1],
              elr: null,
              offline: [],
              adding: [],
              removing: [],
              logStart: null,
              logEnd: null,
              size: null,
            },
          ],
        },
      ],
    })
  })

  it.each([
    ['--unavailable', ['payments']],
    ['--under-replicated', ['orders']],
    ['--overrides', ['orders']],
    ['--under-min-isr', ['payments']],
  ])('finds with %s', async (flag, names) => {
    const ran = await runCommand(TopicsDescribe, flag, '--json', ...at())
    expect((ran.json as { topics: { name: string }[] }).topics.map((row) => row.name)).toEqual(names)
  })

  it('names what looks like a topic that is not there', async () => {
    const ran = await runCommand(TopicsDescribe, 'order', 'payments', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toContain('payments')
    expect(ran.stderr).toBe('error: there is no topic order\nhint: did you mean orders?\n')
  })
})

describe('delete', () => {
  it('needs --yes off a terminal and has done nothing without', async () => {
    const ran = await runCommand(TopicsDelete, 'orders', ...at())
    expect(ran).toMatchObject({ exitCode: 4 })
    expect(ran.stdout).toContain('orders')
    expect(cluster.topics.has('orders')).toBe(true)
  })

  it('deletes with --yes and waits until it shows', async () => {
    const ran = await runCommand(TopicsDelete, 'orders', '--yes', '--json', ...at())
    expect(ran.exitCode).toBe(0)
    expect(ran.json).toMatchObject({ topics: [{ name: 'orders', deleted: true }], dryRun: false })
    expect(cluster.topics.has('orders')).toBe(false)
  })

  it('shows on a dry run, never internal topics by pattern', async () => {
    const ran = await runCommand(TopicsDelete, '--regex', '.*', '--dry-run', '--json', ...at())
    expect((ran.json as { topics: { name: string }[] }).topics.map((row) => row.name)).toEqual(['orders', 'payments'])
    expect(cluster.topics.size).toBe(3)
  })

  it('fails for a topic that is not there, unless that is fine', async () => {
    expect(await runCommand(TopicsDelete, 'nope', '--yes', ...at())).toMatchObject({ exitCode: 1 })
    expect(await runCommand(TopicsDelete, 'nope', '--if-exists', '--yes', ...at())).toMatchObject({ exitCode: 0 })
    expect(await runCommand(TopicsDelete, '--yes', ...at())).toMatchObject({ exitCode: 2 })
  })
})

describe('add-partitions', () => {
  it('asks, since keys move', async () => {
    const ran = await runCommand(TopicsAddPartitions, 'orders', '--partitions', '4', ...at())
    expect(ran).toMatchObject({ exitCode: 4 })
    expect(ran.stderr).toContain('orders from 2 to 4')
  })

  it('raises the total and keeps failures in their row', async () => {
    const ran = await runCommand(TopicsAddPartitions, 'orders', 'nope', '-p', '4', '--yes', '--json', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.json).toMatchObject({
      topics: [
        { name: 'orders', before: 2, after: 4 },
        { name: 'nope', before: null, after: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ],
    })
    expect(cluster.topics.get('orders')?.partitions).toHaveLength(4)
  })

  it('does not ask for what the cluster refuses anyway', async () => {
    const ran = await runCommand(TopicsAddPartitions, 'orders', '-p', '1', ...at())
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('error: orders: not an increase') })
    expect(ran.stderr).toContain('partitions cannot be taken away')
  })

  it('a total that is there already is fine', async () => {
    const ran = await runCommand(TopicsAddPartitions, 'orders', '-p', '2', ...at())
    expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: 'topic orders has 2 partitions already\n' })
    expect(cluster.broker.requests('CreatePartitions')).toEqual([])
  })

  it('leaves internal topics alone unless told otherwise', async () => {
    const argv = ['__consumer_offsets', '-p', '4', '--yes', ...at()]
    expect(await runCommand(TopicsAddPartitions, ...argv)).toMatchObject({ exitCode: 4 })
    expect(cluster.topics.get('__consumer_offsets')?.partitions).toHaveLength(1)
    expect(await runCommand(TopicsAddPartitions, ...argv, '--internal')).toMatchObject({ exitCode: 0 })
    expect(cluster.topics.get('__consumer_offsets')?.partitions).toHaveLength(4)
  })
})

describe('alter', () => {
  it('changes keys of several topics and keeps failures in their row', async () => {
    const argv = ['--config', 'cleanup.policy=compact', '--delete-config', 'retention.ms', '--json', ...at()]
    const ran = await runCommand(TopicsAlter, 'orders', 'nope', ...argv)
    expect(ran.exitCode).toBe(1)
    expect(ran.json).toMatchObject({
      topics: [
        {
          name: 'orders',
          changes: [
            { key: 'cleanup.policy', after: 'compact' },
            { key: 'retention.ms', before: '9' },
          ],
        },
        { name: 'nope', changes: [], error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ],
    })
    expect(cluster.topics.get('orders')?.configs).toEqual({ 'cleanup.policy': 'compact' })
    expect(await runCommand(TopicsAlter, 'orders', ...at())).toMatchObject({ exitCode: 2 })
  })

  it('does not believe a cluster that does not show the change', async () => {
    cluster.broker.change({
      IncrementalAlterConfigs: ({ resources }) => ({
        responses: resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName })),
      }),
    })
    const argv = ['--config', 'retention.ms=7', '-X', 'default.api.timeout.ms=200', ...at()]
    const ran = await runCommand(TopicsAlter, 'orders', ...argv)
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('topic orders: the change was accepted, but retention.ms does not show it yet')
    expect((await runCommand(TopicsAlter, 'orders', 'nope', ...argv)).exitCode).toBe(1)
    expect((await runCommand(TopicsAlter, 'orders', ...argv, '--dry-run')).exitCode).toBe(0)
  })

  it('refuses a slip before anything is sent, and a key that stands twice', async () => {
    const ran = await runCommand(TopicsAlter, 'orders', '--config', 'retenton.ms=7', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('did you mean retention.ms')
    const unset = await runCommand(TopicsAlter, 'orders', '--delete-config', 'retenton.ms', ...at())
    expect(unset.exitCode).toBe(1)
    expect(unset.stderr).toContain('did you mean retention.ms')
    expect(cluster.broker.requests('IncrementalAlterConfigs')).toEqual([])
    const twice = ['--config', 'retention.ms=7', '--delete-config', 'retention.ms']
    expect((await runCommand(TopicsAlter, 'orders', ...twice, ...at())).exitCode).toBe(2)
  })
})

describe('offsets', () => {
  it.each([
    [[], [25, 7]],
    [
      ['--at', 'earliest'],
      [5, 0],
    ],
    [
      ['--at', '+3'],
      [8, 3],
    ],
    [['--at=-1'], [24, 6]],
    [
      ['--at', '100'],
      [25, 7],
    ],
    [
      ['--at', '@2100-01-01'],
      [25, 7],
    ],
  ])('with %j', async (argv, expected) => {
    const ran = await runCommand(TopicsOffsets, 'orders', ...argv, '--json', ...at())
    expect((ran.json as { offsets: { offset: number }[] }).offsets.map((row) => row.offset)).toEqual(expected)
  })

  it('takes partitions, and knows what is not there', async () => {
    const ran = await runCommand(TopicsOffsets, 'orders:1,4', 'order', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toContain('orders          1       7          0        7')
    expect(ran.stderr).toContain('error: orders-4: there is no such topic or partition')
    expect(ran.stderr).toContain('did you mean orders?')
  })
})
