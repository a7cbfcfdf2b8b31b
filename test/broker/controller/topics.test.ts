/** Topics and partitions as the controller decides them; messages are those that Apache Kafka 4.3.1 gives. */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerHarness, uuid } from './harness.ts'

function create(harness: ControllerHarness, topic: object, validateOnly = false) {
  const answer = harness.request('CreateTopics', 7, {
    topics: [{ name: 't', numPartitions: 1, replicationFactor: 1, ...topic }],
    validateOnly,
  })
  const { errorCode, ...rest } = answer.topics[0]!
  return { ...rest, error: errorName(errorCode) }
}

function cluster(overrides: Record<string, string> = {}): ControllerHarness {
  const harness = new ControllerHarness(overrides)
  harness.brokers({ id: 1, rack: 'a' }, { id: 2, rack: 'b' }, { id: 3, rack: 'a' }, { id: 4, rack: 'b' })
  return harness
}

describe('CreateTopics', () => {
  it('places replicas on different brokers and racks, and answers with the configuration', () => {
    const harness = cluster()
    const answer = create(harness, {
      numPartitions: 8,
      replicationFactor: 2,
      configs: [{ name: 'retention.ms', value: '5000' }],
    })
    expect(answer).toMatchObject({ error: 'NONE', numPartitions: 8, replicationFactor: 2 })
    expect(answer.configs?.find(({ name }) => name === 'retention.ms')).toMatchObject({
      value: '5000',
      configSource: 1,
    })
    const { partitions } = harness.state.topics.get('t')!
    const leaders = new Map<number, number>()
    for (const { replicas, isr, leader, directories } of partitions) {
      expect(isr).toEqual(replicas)
      expect(leader).toBe(replicas[0])
      expect(directories).toEqual(replicas.map((id) => uuid(100 + id)))
      expect(replicas[0]! % 2, 'racks differ').not.toBe(replicas[1]! % 2)
      leaders.set(leader, (leaders.get(leader) ?? 0) + 1)
    }
    expect([...leaders.values()]).toEqual([2, 2, 2, 2])
  })

  it('is the same for the same seed', () => {
    const placed = () => {
      const harness = cluster()
      create(harness, { numPartitions: 20, replicationFactor: 3 })
      return harness.state.topics.get('t')!.partitions.map(({ replicas }) => replicas)
    }
    expect(placed()).toEqual(placed())
  })

  it('takes defaults from the configuration', () => {
    const harness = cluster({ 'num.partitions': '3', 'default.replication.factor': '2' })
    const answer = create(harness, { numPartitions: -1, replicationFactor: -1 })
    expect(answer).toMatchObject({ error: 'NONE', numPartitions: 3, replicationFactor: 2 })
  })

  it('takes manual assignments', () => {
    const harness = cluster()
    const assignments = [
      { partitionIndex: 1, brokerIds: [2, 3] },
      { partitionIndex: 0, brokerIds: [4, 1] },
    ]
    expect(create(harness, { numPartitions: -1, replicationFactor: -1, assignments })).toMatchObject({ error: 'NONE' })
    expect(harness.state.topics.get('t')!.partitions.map(({ replicas }) => replicas)).toEqual([
      [4, 1],
      [2, 3],
    ])
  })

  it('holds a name only against topics that are there, not against others of the request, as Kafka does', () => {
    const harness = cluster()
    const topics = ['a.b', 'a_b'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }))
    const answer = harness.request('CreateTopics', 7, { topics, validateOnly: false })
    expect(answer.topics.map(({ errorCode }) => errorCode)).toEqual([0, 0])
  })

  it('validates without creating', () => {
    const harness = cluster()
    const before = harness.records.length
    expect(create(harness, { numPartitions: 2 }, true)).toMatchObject({ error: 'NONE', numPartitions: 2 })
    expect(harness.records.length).toBe(before)
  })

  it.each([
    [{ name: '' }, 'INVALID_TOPIC_EXCEPTION', 'Topic name is invalid: the empty string is not allowed'],
    [
      { name: 'a b' },
      'INVALID_TOPIC_EXCEPTION',
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [{ name: '..' }, 'INVALID_TOPIC_EXCEPTION', "Topic name is invalid: '..' is not allowed"],
    [{ name: 'there' }, 'TOPIC_ALREADY_EXISTS', "Topic 'there' already exists."],
    [{ name: 'a_b' }, 'INVALID_TOPIC_EXCEPTION', "Topic 'a_b' collides with existing topic: a.b"],
    [
      { replicationFactor: 5 },
      'INVALID_REPLICATION_FACTOR',
      'Unable to replicate the partition 5 time(s): The target replication factor of 5 cannot be reached because only 4 broker(s) are registered or some brokers have all their log directories cordoned.',
    ],
    [
      { replicationFactor: 0 },
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    ],
    [{ numPartitions: 0 }, 'INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.'],
    [{ numPartitions: 10_001 }, 'POLICY_VIOLATION', 'Excessively large number of partitions per request.'],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    ],
    [
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'partitions should be a consecutive 0-based integer sequence',
    ],
    [
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1, 9] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes broker 9, but no such broker is registered.',
    ],
    [
      { configs: [{ name: 'retention.ms', value: null }] },
      'INVALID_CONFIG',
      'Null value not supported for topic configs: retention.ms',
    ],
  ])('refuses %j', (topic, error, errorMessage) => {
    const harness = cluster()
    create(harness, { name: 'there' })
    create(harness, { name: 'a.b' })
    expect(create(harness, topic)).toMatchObject({ error, errorMessage })
  })

  it('refuses a bad configuration and leaves other topics of the request alone', () => {
    const harness = cluster()
    const answer = harness.request('CreateTopics', 7, {
      topics: [
        { name: 'bad', numPartitions: 1, replicationFactor: 1, configs: [{ name: 'retention.ms', value: 'x' }] },
        { name: 'good', numPartitions: 1, replicationFactor: 1 },
        { name: 'twice', numPartitions: 1, replicationFactor: 1 },
        { name: 'twice', numPartitions: 1, replicationFactor: 1 },
      ],
    })
    expect(answer.topics.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['bad', 'INVALID_CONFIG'],
      ['good', 'NONE'],
      ['twice', 'INVALID_REQUEST'],
    ])
    expect([...harness.state.topics.names()]).toEqual(['good'])
  })
})

describe('DeleteTopics', () => {
  it('deletes by name and by id, with the configuration', () => {
    const harness = cluster()
    create(harness, { name: 'x', configs: [{ name: 'retention.ms', value: '1' }] })
    const { topicId } = create(harness, { name: 'y' })
    const answer = harness.request('DeleteTopics', 6, {
      topics: [{ name: 'x' }, { name: null, topicId }, { name: 'z' }, { name: null, topicId: uuid(99) }],
    })
    expect(answer.responses.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['x', 'NONE'],
      ['y', 'NONE'],
      ['z', 'UNKNOWN_TOPIC_OR_PARTITION'],
      [null, 'UNKNOWN_TOPIC_ID'],
    ])
    expect(harness.state.topics.size).toBe(0)
    expect(harness.state.configs.get('topic', 'x').size).toBe(0)
  })

  it('can be switched off', () => {
    const harness = cluster({ 'delete.topic.enable': 'false' })
    create(harness, { name: 'x' })
    const answer = harness.request('DeleteTopics', 6, { topics: [{ name: 'x' }] })
    expect(errorName(answer.responses[0]!.errorCode)).toBe('TOPIC_DELETION_DISABLED')
  })
})

describe('CreatePartitions', () => {
  it.each([
    [3, null, 'NONE', null],
    [1, null, 'INVALID_PARTITIONS', 'The topic t currently has 2 partition(s); 1 would not be an increase.'],
    [2, null, 'INVALID_PARTITIONS', 'Topic already has 2 partition(s).'],
    [
      4,
      [{ brokerIds: [1, 2] }],
      'INVALID_REPLICA_ASSIGNMENT',
      'Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.',
    ],
    [3, [{ brokerIds: [3, 4] }], 'NONE', null],
  ])('to %i with %j', (count, assignments, error, errorMessage) => {
    const harness = cluster()
    create(harness, { numPartitions: 2, replicationFactor: 2 })
    const answer = harness.request('CreatePartitions', 3, { topics: [{ name: 't', count, assignments }] })
    expect({ ...answer.results[0]!, error: errorName(answer.results[0]!.errorCode) }).toMatchObject({
      error,
      errorMessage,
    })
    const { partitions } = harness.state.topics.get('t')!
    expect(partitions.length).toBe(error === 'NONE' ? 3 : 2)
    if (assignments !== null && error === 'NONE') expect(partitions[2]!.replicas).toEqual([3, 4])
  })
})
