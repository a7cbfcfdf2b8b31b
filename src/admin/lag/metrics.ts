/**
 * What `mq lag export` exports. One number has several names, since dashboards and alert rules in use know it by several: those
 * of kafka_exporter, those of handbooks, and mq's own where nobody else has the number. docs/lag.md has the table.
 */
import { ExpositionPage, type Family, type FamilyOf, type Labels, type Samples } from './exposition.ts'
import type { RebalanceCounter } from './rebalances.ts'
import type { GroupReport, PartitionReport } from './report.ts'
import type { PartitionLook } from './topics-look.ts'

/** What is known at the end of a look. */
export interface LookSummary {
  readonly brokers: number
  readonly rebalances: RebalanceCounter
  /** Brokers that could not be asked. */
  readonly missing: number
  /** How long the look took. */
  readonly tookMs: number
  readonly looks: number
  readonly failures: number
}

type GroupFamily = FamilyOf<GroupReport>

/** A page for the groups of a look: add each, then end it with the families of `summaryFamilies`. */
export function lagPage(): ExpositionPage<GroupReport> {
  return new ExpositionPage([...exporterFamilies, ...handbookFamilies, ...ownFamilies])
}

type Read = (row: PartitionReport) => number | null
type ReadGroup = (group: GroupReport) => number | null

/** A number of each group. */
function ofGroup(name: string, help: string, read: ReadGroup, label = 'group'): GroupFamily {
  return { name, help, type: 'gauge', samples: (group) => [[{ [label]: group.group }, read(group)]] }
}

/** A number of each partition of each group, labelled as the family wants it. */
function ofPartition(
  name: string,
  help: string,
  read: Read,
  labels: (group: string, row: PartitionReport) => Labels = groupLabels,
): GroupFamily {
  const samples = function* ({ group, partitions }: GroupReport): Generator<[Labels, number | null], void, undefined> {
    for (const row of partitions) yield [labels(group, row), read(row)]
  }
  return { name, help, type: 'gauge', samples }
}

/** Sums by group and what `of` gives; a sum of which nothing is known is left out. */
function ofSums(
  name: string,
  help: string,
  read: Read,
  of: (row: PartitionReport) => string | null,
  labels: (group: string, of: string) => Labels,
): GroupFamily {
  const samples = ({ group, partitions }: GroupReport): Samples => {
    const sums = new Map<string, number>()
    for (const row of partitions) {
      const [key, value] = [of(row), read(row)]
      if (key !== null && value !== null) sums.set(key, (sums.get(key) ?? 0) + value)
    }
    return [...sums].map(([key, sum]) => [labels(group, key), sum])
  }
  return { name, help, type: 'gauge', samples }
}

const groupLabels = (group: string, { topic, partition }: PartitionReport) => ({ group, topic, partition })
const exporterLabels = (group: string, { topic, partition }: PartitionReport) => ({
  ...{ consumergroup: group, topic, partition },
})
const clientLabels = (group: string, { topic, partition, clientId }: PartitionReport) => ({
  ...{ group, client_id: clientId ?? '', topic, partition },
})
const exporterTopic = (consumergroup: string, topic: string) => ({ consumergroup, topic })
const topicOf = ({ topic }: PartitionReport) => topic
const lagOf: Read = ({ lag }) => lag
const committedOf: Read = ({ committed }) => committed
const membersOf: ReadGroup = ({ members }) => members
const seconds = (ms: number | null) => (ms === null ? null : ms / 1000)

/** The names and labels of danielqsj/kafka_exporter. */
const exporterFamilies: readonly GroupFamily[] = [
  ofPartition('kafka_consumergroup_current_offset', 'Committed offset', committedOf, exporterLabels),
  ofPartition('kafka_consumergroup_lag', 'Offsets up to the log end', lagOf, exporterLabels),
  ofSums(
    ...(['kafka_consumergroup_current_offset_sum', 'Committed offsets of the topic together'] as const),
    ...([committedOf, topicOf, exporterTopic] as const),
  ),
  ofSums('kafka_consumergroup_lag_sum', 'Lag of the topic together', lagOf, topicOf, exporterTopic),
  ofGroup('kafka_consumergroup_members', 'Members of the group', membersOf, 'consumergroup'),
]

/** Names that handbooks use in rules and dashboards; those of clients stand for what a client's own JMX would say. */
const handbookFamilies: readonly GroupFamily[] = [
  ofPartition('kafka_consumer_group_lag', 'Offsets up to the log end', lagOf),
  ofGroup('kafka_consumer_group_members', 'Members of the group', membersOf),
  ofGroup('kafka_consumer_lag_sum', 'Lag of the group, all topics together', ({ totalLag }) => totalLag),
  ofSums('kafka_consumer_lag', 'Lag of the group on the topic', lagOf, topicOf, (group, topic) => ({
    ...{ consumer_group: group, topic },
  })),
  ofPartition('kafka_consumer_records_lag', 'Offsets up to the log end, by who reads', lagOf, clientLabels),
  ofSums(
    ...(['kafka_consumer_records_consumed_rate', 'Records a second by which the commits of the client move'] as const),
    ({ outPerSecond }) => outPerSecond,
    ({ clientId }) => clientId,
    (group, client) => ({ group, client_id: client }),
  ),
]

const STATUSES = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND'] as const

const ownFamilies: readonly GroupFamily[] = [
  ofPartition('mq_lag_time_seconds', 'Age of the first record that was not read', (row) => seconds(row.timeLagMs)),
  ofPartition('mq_lag_lost_records', 'Records that were deleted before the group read them', ({ lost }) => lost),
  ofGroup('mq_lag_unread_records', 'Records to be read, markers of transactions not counted', ({ unread }) => unread),
  ofGroup('mq_lag_in_per_second', 'Records a second that come in', ({ inPerSecond }) => inPerSecond),
  ofGroup('mq_lag_out_per_second', 'Records a second that the group reads', ({ outPerSecond }) => outPerSecond),
  ofGroup('mq_lag_catch_up_seconds', 'Time until caught up at these rates, +Inf for never', (group) => {
    if (group.catchUpMs !== null) return group.catchUpMs / 1000
    return group.growthPerSecond === null || group.unread === null ? null : Number.POSITIVE_INFINITY
  }),
  {
    ...{ name: 'mq_lag_status', help: '1 for the status of the group', type: 'gauge' },
    samples: ({ group, status }) =>
      status === null ? [] : STATUSES.map((one) => [{ group, status: one }, +(one === status)]),
  },
  ofGroup('mq_lag_group_unreadable', '1 when the group cannot be read', ({ error }) => +(error !== undefined)),
]

function family(name: string, help: string, samples: () => Samples, type: Family['type'] = 'gauge'): Family {
  return { name, help, type, samples }
}

/** The families of the whole cluster, and of the looks themselves. */
export function summaryFamilies(summary: LookSummary): Family[] {
  const { brokers, rebalances, missing, tookMs, looks, failures } = summary
  return [
    family(
      'kafka_consumer_rebalance_total',
      'Rebalances that were seen while the client was a member',
      function* (): Generator<[Labels, number], void, undefined> {
        for (const { group, clientId, count } of rebalances.counts()) yield [{ group, client_id: clientId }, count]
      },
      'counter',
    ),
    family('kafka_brokers', 'Brokers of the cluster', () => [[{}, brokers]]),
    family('mq_lag_missing_brokers', 'Brokers whose groups are missing', () => [[{}, missing]]),
    family('mq_lag_look_seconds', 'Time that the last look took', () => [[{}, tookMs / 1000]]),
    family('mq_lag_looks_total', 'Looks that succeeded', () => [[{}, looks]], 'counter'),
    family('mq_lag_look_failures_total', 'Looks that failed', () => [[{}, failures]], 'counter'),
  ]
}

function ofTopicPartition(
  name: string,
  help: string,
  read: (row: PartitionLook) => number | null,
): FamilyOf<PartitionLook> {
  const samples = (row: PartitionLook): Samples => [[{ topic: row.topic, partition: row.partition }, read(row)]]
  return { name, help, type: 'gauge', samples }
}

const topicFamilies: readonly FamilyOf<PartitionLook>[] = [
  ofTopicPartition('kafka_topic_partition_current_offset', 'Offset behind the last record', ({ logEnd }) => logEnd),
  ofTopicPartition('kafka_topic_partition_oldest_offset', 'Offset of the first record', ({ logStart }) => logStart),
  ofTopicPartition('kafka_topic_partition_leader', 'Node id of the leader, -1 without one', ({ leader }) => leader),
  ofTopicPartition(
    ...(['kafka_topic_partition_leader_is_preferred', '1 when the first replica leads'] as const),
    ({ isPreferred }) => +isPreferred,
  ),
  ofTopicPartition('kafka_topic_partition_replicas', 'Replicas', ({ replicas }) => replicas),
  ofTopicPartition('kafka_topic_partition_in_sync_replica', 'Replicas in sync', ({ inSync }) => inSync),
  ofTopicPartition(
    ...(['kafka_topic_partition_under_replicated_partition', '1 when replicas are not in sync'] as const),
    ({ inSync, replicas }) => +(inSync < replicas),
  ),
]

/** The families of topics, whoever reads them: add each partition, then end the page with how many a topic has. */
export class TopicsPage {
  readonly #page = new ExpositionPage(topicFamilies)
  readonly #counts = new Map<string, number>()

  add(row: PartitionLook): void {
    this.#page.add(row)
    this.#counts.set(row.topic, (this.#counts.get(row.topic) ?? 0) + 1)
  }

  end(): void {
    const counts = this.#counts
    const samples = () => [...counts].map(([topic, count]) => [{ topic }, count] as const)
    this.#page.end([family('kafka_topic_partitions', 'Partitions of the topic', samples)])
  }

  pieces(): Iterable<Buffer> {
    return this.#page.pieces()
  }
}
