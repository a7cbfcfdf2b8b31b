/**
 * What the sweep asks: for each API the values of its fields, good and bad. Ids that a node makes up stand as `@name` and are put in
 * for each node. Values are such that both nodes stay up: no setting that closes a listener, no wait longer than a moment.
 */
import type { ApiName } from '../../../src/protocol/apis.ts'
import { batches } from './batches.ts'
import type { Pool, Pools } from './generate.ts'

const LONG = 'x'.repeat(250)
export const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAABtQ'
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

const topicNames: Pool = {
  good: ['news', 'other', 'compacted'],
  bad: ['missing', 'bad name', '', '.', LONG, '__consumer_offsets', '__cluster_metadata'],
}
const topicIds: Pool = { good: ['@news', '@other'], bad: [UNKNOWN_ID, NO_ID, '@compacted'] }
const partitions: Pool = { good: [0, 1], bad: [2, 99, -1] }
const epochs: Pool = { good: [-1, 0], bad: [1, 100, -2] }
const groups: Pool = { good: ['grp', 'other-grp', 'empty'], bad: ['missing', '', LONG] }
const flags: Pool = { good: [false, true] }
const offsets: Pool = { good: [0, 1, 5], bad: [-1, -2, 99, 1e15] }

const topicConfigs: Pools = [
  [
    /onfigs\[\]\.name$/,
    {
      good: ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'compression.type', 'flush.ms'],
      bad: ['no.such', '', 'min.insync.replicas', 'leader.replication.throttled.replicas'],
    },
  ],
  [/onfigs\[\]\.value$/, { good: ['1000', 'compact', 'delete', 'gzip', '5000'], bad: ['', null, '-5', 'abc', ' 7 '] }],
]

const brokerConfigs: Pools = [
  [
    /onfigs\[\]\.name$/,
    {
      good: ['log.retention.ms', 'log.cleaner.threads', 'message.max.bytes', 'log.flush.interval.ms'],
      bad: ['no.such', '', 'node.id', 'process.roles', 'log.cleanup.policy', 'broker.rack', 'num.partitions'],
    },
  ],
  [/onfigs\[\]\.value$/, { good: ['100000', '2', '3', '1048588'], bad: ['', null, '-5', 'abc', ' 7 ', 'compact'] }],
]

/** Kinds of resources with names and settings to match: topics, brokers, and what is neither. */
const resources = (kind: 'topic' | 'broker' | 'odd'): Pools => [
  [/resourceType$/, { good: [kind === 'topic' ? 2 : kind === 'broker' ? 4 : 16], bad: [0, 1, 3, 99, -1] }],
  [
    /resourceName$/,
    kind === 'topic'
      ? topicNames
      : kind === 'broker'
        ? { good: ['1', ''], bad: ['9', 'x', '-1', '01'] }
        : { good: ['metrics', 'm2'], bad: ['', 'news'] },
  ],
  // an operation that does not exist makes Kafka's controller resign
  [/configOperation$/, { good: [0, 1], bad: [2, 3] }],
  ...(kind === 'broker'
    ? brokerConfigs
    : kind === 'topic'
      ? topicConfigs
      : ([
          [/onfigs\[\]\.name$/, { good: ['interval.ms', 'metrics', 'match'], bad: ['no.such', ''] }],
          [
            /onfigs\[\]\.value$/,
            { good: ['1000', 'a.b,c.d', 'client_id=x'], bad: ['', null, '-5', 'client_id', 'nope=1', 'client_id=['] },
          ],
        ] satisfies Pools)),
]

const described: Pools = [
  [/resourceType$/, { good: [2, 4, 16, 32], bad: [0, 1, 8, 99, -1] }],
  [/resourceName$/, { good: ['news', '1', ''], bad: ['missing', 'bad name', '9', 'x', LONG] }],
  [/configurationKeys\[\]$/, { good: ['retention.ms', 'log.retention.ms', 'metrics'], bad: ['no.such', ''] }],
]

/** A topic that stands twice, or a partition. */
function asksTwice(body: Readonly<Record<string, unknown>>): boolean {
  type Asked = { name?: string; topic?: string; topicId?: string; [list: string]: unknown }
  const topics = (body.topicData ?? body.topics) as Asked[]
  const isTwice = (values: readonly unknown[]): boolean => new Set(values).size < values.length
  const partitionsOf = (topic: Asked): { index?: number; partition?: number }[] =>
    (topic.partitionData ?? topic.partitions) as { index?: number; partition?: number }[]
  return (
    isTwice(topics.map(({ name, topic, topicId }) => name ?? topic ?? topicId)) ||
    topics.some((topic) => isTwice(partitionsOf(topic).map(({ index, partition }) => index ?? partition)))
  )
}

/** A resource that stands twice fails in Kafka without an answer. */
function failsKafka(body: Readonly<Record<string, unknown>>): boolean {
  const named = body.resources as { resourceType: number; resourceName: string }[]
  return new Set(named.map((each) => `${each.resourceType} ${each.resourceName}`)).size < named.length
}

/** One kind of request: its API, where its values come from, how many of each version. */
export interface Subject {
  readonly api: ApiName
  readonly pools: Pools
  /** Default 6. */
  readonly count?: number
  /** Told apart when one API has several. */
  readonly kind?: string
  /** The order of the answer's arrays is of interest: Kafka keeps that of the request. */
  readonly ordered?: boolean
  /** Requests that are not asked, as Apache Kafka never answers them. */
  readonly without?: (body: Readonly<Record<string, unknown>>) => boolean
}

const partitionsOf: Pools = [
  [/partition(Index|Indexes|s)?(\[\])?$|index$/, partitions],
  [/(topic|name|topicName|topicNames\[\])$/, topicNames],
  [/topicId$/, topicIds],
  [/[eE]poch$/, epochs],
  [/timeoutMs$/, { good: [5000] }],
]

/** No time at all: Kafka does not begin then. */
const timed: Pools = [[/timeoutMs$/, { good: [5000], bad: [0, -1] }]]

const acls: Pools = [
  [/resourceType(Filter)?$/, { good: [2, 3, 4], bad: [0, 1, 5, 9, -1] }],
  [/[pP]atternType(Filter)?$/, { good: [3, 4], bad: [0, 1, 2, 9] }],
  [/principal(Filter)?$/, { good: ['User:ann', 'User:*'], bad: ['', 'ann'] }],
  [/operation$/, { good: [3, 4], bad: [0, 1, 2, 99] }],
  [/permissionType$/, { good: [2, 3], bad: [0, 1, 9] }],
]

/** Asked first: what changes nothing but records and commits. */
export const readers: readonly Subject[] = [
  {
    api: 'Metadata',
    pools: [
      [/name$/, { good: ['news', 'other'], bad: ['missing', 'bad name', '', '..', LONG, null] }],
      [/topicId$/, { good: [NO_ID], bad: ['@news', '@other', UNKNOWN_ID] }],
      [/allowAuto/, { good: [false] }],
    ],
  },
  { api: 'DescribeCluster', pools: [[/endpointType$/, { good: [1], bad: [0, 2, 3, -1] }]] },
  {
    api: 'DescribeTopicPartitions',
    count: 30,
    ordered: true,
    pools: [[/responsePartitionLimit$/, { good: [2000, 1, 2], bad: [0, -1] }], ...partitionsOf],
  },
  {
    api: 'DescribeQuorum',
    pools: [[/topicName$/, { good: ['__cluster_metadata'], bad: ['news', ''] }], ...partitionsOf],
  },
  { api: 'DescribeProducers', count: 20, pools: partitionsOf },
  { api: 'OffsetForLeaderEpoch', pools: [[/replicaId$/, { good: [-2, -1], bad: [1, 7] }], ...partitionsOf], count: 10 },
  {
    api: 'ListOffsets',
    count: 10,
    pools: [
      [/replicaId$/, { good: [-1], bad: [-2, -3, 1, 7] }],
      [/isolationLevel$/, { good: [0, 1], bad: [2, -1] }],
      [/timestamp$/, { good: [-1, -2, -3, 0, 1_700_000_000_500], bad: [-4, -5, -6, -7, -100, 4e12] }],
      ...partitionsOf,
    ],
  },
  { api: 'DescribeLogDirs', pools: partitionsOf },
  {
    api: 'AlterReplicaLogDirs',
    pools: [[/path$/, { good: ['@dataDir'], bad: ['/nowhere', '', 'relative'] }], ...partitionsOf],
    count: 12,
  },
  { api: 'DescribeConfigs', pools: described, count: 15 },
  {
    api: 'ListConfigResources',
    pools: [[/resourceTypes\[\]$/, { good: [2, 4, 16, 32], bad: [0, 8, 99, -1] }]],
    count: 10,
  },
  {
    api: 'DescribeClientQuotas',
    count: 25,
    pools: [
      [/entityType$/, { good: ['user', 'client-id', 'ip'], bad: ['', 'nobody'] }],
      [/matchType$/, { good: [0, 1, 2], bad: [3, -1] }],
      [/match$/, { good: ['ann', 'app', '127.0.0.1', null], bad: ['', 'none'] }],
    ],
  },
  { api: 'DescribeUserScramCredentials', count: 10, pools: [[/name$/, { good: ['ann', 'bob'], bad: ['none', ''] }]] },
  {
    api: 'FindCoordinator',
    count: 12,
    pools: [
      [/[kK]ey(s\[\])?$/, { good: ['grp', 'empty'], bad: ['', LONG] }],
      [/keyType$/, { good: [0], bad: [3, -1, 99] }],
    ],
  },
  {
    api: 'ApiVersions',
    count: 12,
    pools: [[/clientSoftware/, { good: ['mq', '1.0.0', 'a-b.c'], bad: ['', '-a', 'a b', 'ü', LONG] }]],
  },
  { api: 'SaslHandshake', pools: [[/mechanism$/, { good: ['PLAIN', 'SCRAM-SHA-256'], bad: ['', 'NONE'] }]] },
  { api: 'SaslAuthenticate', pools: [] },
  { api: 'DescribeAcls', pools: acls, count: 15 },
  { api: 'CreateAcls', pools: acls, count: 15 },
  { api: 'DeleteAcls', pools: acls, count: 15 },
  { api: 'CreateDelegationToken', pools: [] },
  { api: 'RenewDelegationToken', pools: [] },
  { api: 'ExpireDelegationToken', pools: [] },
  { api: 'DescribeDelegationToken', pools: [] },
  { api: 'ListPartitionReassignments', count: 10, pools: partitionsOf },
  {
    api: 'InitProducerId',
    pools: [
      [/transactionalId$/, { good: [null], bad: [''] }],
      [/transactionTimeoutMs$/, { good: [1000, 60_000], bad: [0, -1] }],
      [/producerId$/, { good: [-1], bad: [7, 0] }],
      [/producerEpoch$/, { good: [-1], bad: [0, 3] }],
    ],
    count: 8,
  },
  {
    api: 'Fetch',
    without: asksTwice,
    count: 20,
    pools: [
      [/^clusterId$/, { good: [null], bad: ['other'] }],
      [/replicaId$/, { good: [-1], bad: [-2] }],
      [/replicaEpoch$/, { good: [-1] }],
      [/maxWaitMs$/, { good: [0, 10] }],
      [/minBytes$/, { good: [0, 1], bad: [-1] }],
      [/[mM]axBytes$/, { good: [1_000_000, 100], bad: [0, 1, -1] }],
      [/isolationLevel$/, { good: [0, 1], bad: [2, -1] }],
      [/sessionId$/, { good: [0], bad: [7, -1] }],
      [/sessionEpoch$/, { good: [-1], bad: [0, 1, 5, -2] }],
      [/fetchOffset$/, offsets],
      [/logStartOffset$/, { good: [-1, 0] }],
      [/lastFetchedEpoch$/, { good: [-1], bad: [0, 5] }],
      [/highWatermark$/, { good: [Number.MAX_SAFE_INTEGER] }],
      [/replicaDirectoryId$/, { good: [NO_ID] }],
      [/rackId$/, { good: ['', 'rack'] }],
      [/forgottenTopicsData=$/, { good: [[]] }],
      [/topicId$/, { good: ['@news', '@other'], bad: [UNKNOWN_ID, '@compacted'] }],
      // records of offsets hold times of the node's own
      [/topic$/, { good: ['news', 'other', 'compacted'], bad: ['missing', 'bad name', '', LONG] }],
      ...partitionsOf,
    ],
  },
]

const members: Pools = [
  [/groupId$|groups\[\]$|groupsNames\[\]$/, groups],
  [/^generationId$/, { good: [1, 0], bad: [-1, 7] }],
  [/generationIdOrMemberEpoch$/, { good: [-1], bad: [0, 1, 7, -2] }],
  [/OffsetCommit|groups\[\]\.memberEpoch$/, { good: [-1] }],
  [/groups\[\]\.memberId$/, { good: [null, ''] }],
  [/memberId$/, { good: [''], bad: ['nobody', LONG] }],
  [/groupInstanceId$/, { good: [null], bad: ['inst', '', 'bad instance', '..', LONG] }],
  [/retentionTimeMs$/, { good: [-1], bad: [1000] }],
]

/** Asked next: records and groups. */
export const writers: readonly Subject[] = [
  {
    api: 'Produce',
    // of a partition that stands twice Kafka may take one batch and answer for the other
    without: asksTwice,
    count: 40,
    pools: [
      [/transactionalId$/, { good: [null] }],
      [/acks$/, { good: [-1, 1], bad: [2, -2] }],
      [/records$/, batches],
      ...partitionsOf,
    ],
  },
  { api: 'DeleteRecords', count: 20, pools: [[/offset$/, { good: [0, 1], bad: [-1, -2, 5000] }], ...partitionsOf] },
  {
    api: 'OffsetCommit',
    count: 12,
    pools: [
      ...members,
      [/committedOffset$/, offsets],
      [/committedMetadata$/, { good: ['', 'note', null], bad: ['m'.repeat(5000)] }],
      ...partitionsOf,
    ],
  },
  { api: 'OffsetFetch', count: 10, pools: [...members, ...partitionsOf] },
  { api: 'Heartbeat', pools: members },
  {
    api: 'SyncGroup',
    pools: [
      ...members,
      [/protocolType$/, { good: ['consumer', null], bad: ['', 'x'] }],
      [/protocolName$/, { good: ['range', null], bad: ['', 'x'] }],
    ],
  },
  { api: 'LeaveGroup', pools: members, count: 10 },
  {
    api: 'JoinGroup',
    pools: [
      [/groupId$/, { good: [], bad: ['', 'late', 'later'] }],
      [/sessionTimeoutMs$/, { good: [1, 4_000_000], bad: [0, -1] }],
      [/rebalanceTimeoutMs$/, { good: [10], bad: [-1, 0] }],
      [/protocolType$/, { good: ['consumer'], bad: [''] }],
      [/protocols\[\]\.name$/, { good: ['range'], bad: [''] }],
      ...members,
    ],
  },
  {
    api: 'ListGroups',
    count: 10,
    pools: [
      [
        /statesFilter\[\]$/,
        { good: ['Empty', 'Stable', 'empty', 'Dead'], bad: ['', 'nope', 'Assigning', 'Reconciling'] },
      ],
      [/typesFilter\[\]$/, { good: ['classic', 'Classic'], bad: ['', 'nope', 'consumer', 'share', 'Streams'] }],
    ],
  },
  { api: 'DescribeGroups', count: 8, pools: members },
  { api: 'OffsetDelete', count: 20, pools: [...members, ...partitionsOf] },
  { api: 'DeleteGroups', count: 8, pools: [[/groupsNames\[\]$/, { good: ['missing', 'empty'], bad: ['', LONG] }]] },
]

/** Asked last: what the controller decides. */
const foreignVoter: Subject['pools'] = [
  [/clusterId$/, { good: ['nope'], bad: ['', LONG] }],
  [/voterId$/, { good: [777], bad: [-1] }],
  [/voterDirectoryId$/, { good: [UNKNOWN_ID], bad: [NO_ID] }],
  [/timeoutMs$/, { good: [1000] }],
]

export const changers: readonly Subject[] = [
  // a broker that is there would be forgotten by both, and both are needed yet
  { api: 'UnregisterBroker', count: 5, pools: [[/brokerId$/, { good: [777], bad: [-1, 2 ** 31 - 1] }]] },
  // only of another cluster: the rest is tried where there are voters to change
  { api: 'AddRaftVoter', count: 6, pools: foreignVoter },
  { api: 'RemoveRaftVoter', count: 6, pools: foreignVoter },
  {
    api: 'ElectLeaders',
    count: 15,
    pools: [[/electionType$/, { good: [0, 1], bad: [2, -1] }], ...partitionsOf],
  },
  {
    api: 'CreateTopics',
    count: 25,
    pools: [
      ...timed,
      [
        /topics\[\]\.name$/,
        {
          good: ['made-0', 'made-1', 'made-2', 'made-3', 'made-4', 'made-5'],
          bad: ['news', 'a b', '', '.', '..', LONG, 'made_0', 'made.0', '__consumer_offsets', '__share_group_state'],
        },
      ],
      [/numPartitions$/, { good: [1, 2, -1], bad: [0, -2, 10_001] }],
      [/replicationFactor$/, { good: [1, -1], bad: [0, 2, -2] }],
      [
        /assignments=$/,
        {
          good: [[], [], []],
          bad: [
            [{ partitionIndex: 0, brokerIds: [1] }],
            [{ partitionIndex: 1, brokerIds: [1] }],
            [{ partitionIndex: 0, brokerIds: [] }],
            [
              { partitionIndex: 0, brokerIds: [1] },
              { partitionIndex: 0, brokerIds: [1] },
            ],
            [{ partitionIndex: -1, brokerIds: [1] }],
            [{ partitionIndex: 0, brokerIds: [7] }],
            [{ partitionIndex: 0, brokerIds: [1, 1] }],
          ],
        },
      ],
      ...topicConfigs,
      ...partitionsOf,
    ],
  },
  {
    api: 'CreatePartitions',
    count: 15,
    pools: [
      ...timed,
      [/count$/, { good: [2, 3, 4], bad: [0, 1, -1, 10_050] }],
      [
        /assignments=$/,
        {
          good: [null],
          bad: [
            [],
            [{ brokerIds: [1] }],
            [{ brokerIds: [1] }, { brokerIds: [1] }],
            [{ brokerIds: [7] }],
            [{ brokerIds: [] }],
            [{ brokerIds: [1, 1] }],
          ],
        },
      ],
      [/name$/, { good: ['grown', 'grown2'], bad: ['missing', 'bad name', '', LONG] }],
      ...partitionsOf,
    ],
  },
  {
    api: 'AlterPartitionReassignments',
    count: 15,
    pools: [[/replicas=$/, { good: [[1], null], bad: [[], [1, 1], [7], [-1], [1, 7]] }], ...partitionsOf],
  },
  { api: 'IncrementalAlterConfigs', without: failsKafka, kind: 'topics', count: 30, pools: resources('topic') },
  { api: 'IncrementalAlterConfigs', without: failsKafka, kind: 'brokers', count: 40, pools: resources('broker') },
  { api: 'IncrementalAlterConfigs', without: failsKafka, kind: 'client metrics', count: 15, pools: resources('odd') },
  { api: 'AlterConfigs', without: failsKafka, kind: 'topics', count: 15, pools: resources('topic') },
  { api: 'AlterConfigs', without: failsKafka, kind: 'brokers', count: 15, pools: resources('broker') },
  { api: 'AlterConfigs', without: failsKafka, kind: 'client metrics', count: 8, pools: resources('odd') },
  {
    api: 'AlterClientQuotas',
    count: 40,
    pools: [
      [/entityType$/, { good: ['user', 'client-id', 'ip'], bad: ['', 'nobody'] }],
      [/entityName$/, { good: ['ann', 'app', '127.0.0.1', null], bad: ['', '999.1.1.1', '::1', 'localhost'] }],
      [
        /key$/,
        {
          good: ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'connection_creation_rate'],
          bad: ['', 'nope', 'controller_mutation_rate'],
        },
      ],
      [/value$/, { good: [1, 1024, 50.5], bad: [0, -1, 1e19, 3e9, 0.0000001] }],
      [/remove$/, flags],
    ],
  },
  {
    api: 'UpdateFeatures',
    // gaps.md: a quorum of static voters does not become dynamic
    without: (body) => /kraft.version","maxVersionLevel":1,/.test(JSON.stringify(body)),
    count: 25,
    pools: [
      [/feature$/, { good: ['metadata.version', 'kraft.version'], bad: ['no.such', ''] }],
      [/maxVersionLevel$/, { good: [30, 1, 29], bad: [0, -1, 99, 7] }],
      [/upgradeType$/, { good: [1, 2, 3], bad: [0, 4, -1] }],
      // nothing is finalised, so that every request meets the same levels
      [/validateOnly$/, { good: [true] }],
      ...partitionsOf,
    ],
  },
  {
    api: 'AlterUserScramCredentials',
    count: 30,
    pools: [
      [/name$/, { good: ['ann', 'bob', 'eve'], bad: [''] }],
      [/mechanism$/, { good: [1, 2], bad: [0, 3, -1] }],
      [/iterations$/, { good: [4096, 8192], bad: [1, 0, 20_000, -1] }],
      [/salt/, { good: [Buffer.from('salty')], bad: [Buffer.alloc(0)] }],
    ],
  },
  {
    api: 'DeleteTopics',
    count: 12,
    pools: [
      ...timed,
      [/topicId$/, { good: [NO_ID], bad: [UNKNOWN_ID, '@compacted'] }],
      [/topicNames\[\]$/, { good: ['made-0', 'made-1'], bad: ['missing', 'bad name', '', LONG] }],
      [/name$/, { good: ['made-2', 'made-3'], bad: ['missing', 'bad name', '', LONG, null] }],
      ...partitionsOf,
    ],
  },
]
