/**
 * What `mq lag export` exports. One number has several names, since dashboards and alert rules in use know it by several: those
 * of kafka_exporter, those of handbooks, and mq's own where nobody else has the number. docs/lag.md has the table.
 */
import type { Family } from './exposition.ts'
import type { LagLook } from './probe.ts'
import type { RebalanceCounter } from './rebalances.ts'
import type { GroupReport, PartitionReport } from './report.ts'
import type { TopicsLook } from './topics-look.ts'

export interface Exported {
  readonly look: LagLook
  readonly topics: TopicsLook
  readonly rebalances: RebalanceCounter
  /** How long the look took. */
  readonly tookMs: number
  readonly looks: number
  readonly failures: number
}

type Samples = ReturnType<Family['samples']>

function family(name: string, help: string, samples: () => Samples, type: Family['type'] = 'gauge'): Family {
  return { name, help, type, samples }
}

/** Every family of an export, those of topics first. */
export function lagFamilies(exported: Exported): Family[] {
  return [
    ...topicFamilies(exported.topics),
    ...exporterFamilies(exported.look.groups),
    ...handbookFamilies(exported),
    ...ownFamilies(exported),
  ]
}

function topicFamilies({ brokers, partitions }: TopicsLook): Family[] {
  const each = (name: string, help: string, read: (row: TopicsLook['partitions'][number]) => number | null) =>
    family(name, help, function* (): Samples {
      for (const row of partitions) yield [{ topic: row.topic, partition: row.partition }, read(row)]
    })
  const counts = new Map<string, number>()
  for (const { topic } of partitions) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return [
    family('kafka_brokers', 'Brokers of the cluster', () => [[{}, brokers]]),
    family('kafka_topic_partitions', 'Partitions of the topic', function* (): Samples {
      for (const [topic, count] of counts) yield [{ topic }, count]
    }),
    each('kafka_topic_partition_current_offset', 'Offset behind the last record', ({ logEnd }) => logEnd),
    each('kafka_topic_partition_oldest_offset', 'Offset of the first record', ({ logStart }) => logStart),
    each('kafka_topic_partition_leader', 'Node id of the leader, -1 without one', ({ leader }) => leader),
    each('kafka_topic_partition_leader_is_preferred', '1 when the first replica leads', (row) => +row.isPreferred),
    each('kafka_topic_partition_replicas', 'Replicas', ({ replicas }) => replicas),
    each('kafka_topic_partition_in_sync_replica', 'Replicas in sync', ({ inSync }) => inSync),
    each(
      'kafka_topic_partition_under_replicated_partition',
      '1 when replicas are not in sync',
      ({ inSync, replicas }) => +(inSync < replicas),
    ),
  ]
}

type Read = (row: PartitionReport) => number | null

/** Partitions of groups, labelled as the family wants it. */
function* rowsOf(
  groups: readonly GroupReport[],
  labels: (group: GroupReport, row: PartitionReport) => Record<string, string | number>,
  read: Read,
): Generator<readonly [Record<string, string | number>, number | null], void, undefined> {
  for (const group of groups) for (const row of group.partitions) yield [labels(group, row), read(row)]
}

/** Sums by group and topic; a topic of which nothing is known is left out. */
function* topicSums(
  groups: readonly GroupReport[],
  labels: (group: string, topic: string) => Record<string, string>,
  read: Read,
): Generator<readonly [Record<string, string>, number], void, undefined> {
  for (const { group, partitions } of groups) {
    const sums = new Map<string, number>()
    for (const row of partitions) {
      const value = read(row)
      if (value !== null) sums.set(row.topic, (sums.get(row.topic) ?? 0) + value)
    }
    for (const [topic, sum] of sums) yield [labels(group, topic), sum]
  }
}

const lagOf: Read = ({ lag }) => lag
const committedOf: Read = ({ committed }) => committed

/** The names and labels of danielqsj/kafka_exporter. */
function exporterFamilies(groups: readonly GroupReport[]): Family[] {
  const byPartition = ({ group }: GroupReport, { topic, partition }: PartitionReport) => ({
    ...{ consumergroup: group, topic, partition },
  })
  const byTopic = (consumergroup: string, topic: string) => ({ consumergroup, topic })
  return [
    family('kafka_consumergroup_current_offset', 'Committed offset', () => rowsOf(groups, byPartition, committedOf)),
    family('kafka_consumergroup_lag', 'Offsets up to the log end', () => rowsOf(groups, byPartition, lagOf)),
    family('kafka_consumergroup_current_offset_sum', 'Committed offsets of the topic together', () =>
      topicSums(groups, byTopic, committedOf),
    ),
    family('kafka_consumergroup_lag_sum', 'Lag of the topic together', () => topicSums(groups, byTopic, lagOf)),
    family('kafka_consumergroup_members', 'Members of the group', () =>
      groups.map(({ group, members }) => [{ consumergroup: group }, members]),
    ),
  ]
}

/** Names that handbooks use in rules and dashboards; those of clients stand for what a client's own JMX would say. */
function handbookFamilies({ look, rebalances }: Exported): Family[] {
  const { groups } = look
  const byPartition = ({ group }: GroupReport, { topic, partition }: PartitionReport) => ({ group, topic, partition })
  const byClient = ({ group }: GroupReport, { topic, partition, clientId }: PartitionReport) => ({
    ...{ group, client_id: clientId ?? '', topic, partition },
  })
  return [
    family('kafka_consumer_group_lag', 'Offsets up to the log end', () => rowsOf(groups, byPartition, lagOf)),
    family('kafka_consumer_group_members', 'Members of the group', () =>
      groups.map(({ group, members }) => [{ group }, members]),
    ),
    family('kafka_consumer_lag_sum', 'Lag of the group, all topics together', () =>
      groups.map(({ group, totalLag }) => [{ group }, totalLag]),
    ),
    family('kafka_consumer_lag', 'Lag of the group on the topic', () =>
      topicSums(groups, (group, topic) => ({ consumer_group: group, topic }), lagOf),
    ),
    family('kafka_consumer_records_lag', 'Offsets up to the log end, by who reads', () =>
      rowsOf(groups, byClient, lagOf),
    ),
    family('kafka_consumer_records_consumed_rate', 'Records a second by which the commits of the client move', () =>
      clientRates(groups),
    ),
    family(
      'kafka_consumer_rebalance_total',
      'Rebalances that were seen while the client was a member',
      function* (): Samples {
        for (const { group, clientId, count } of rebalances.counts()) yield [{ group, client_id: clientId }, count]
      },
      'counter',
    ),
  ]
}

function* clientRates(
  groups: readonly GroupReport[],
): Generator<readonly [Record<string, string>, number], void, undefined> {
  for (const { group, partitions } of groups) {
    const rates = new Map<string, number>()
    for (const { clientId, outPerSecond } of partitions) {
      if (clientId === null || outPerSecond === null) continue
      rates.set(clientId, (rates.get(clientId) ?? 0) + outPerSecond)
    }
    for (const [clientId, rate] of rates) yield [{ group, client_id: clientId }, rate]
  }
}

const STATUSES = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND'] as const

function ownFamilies({ look, tookMs, looks, failures }: Exported): Family[] {
  const { groups } = look
  const byPartition = ({ group }: GroupReport, { topic, partition }: PartitionReport) => ({ group, topic, partition })
  const each = (name: string, help: string, read: (group: GroupReport) => number | null) =>
    family(name, help, () => groups.map((one) => [{ group: one.group }, read(one)] as const))
  const perSecond = (ms: number | null) => (ms === null ? null : ms / 1000)
  return [
    family('mq_lag_time_seconds', 'Age of the first record that was not read', () =>
      rowsOf(groups, byPartition, ({ timeLagMs }) => perSecond(timeLagMs)),
    ),
    family('mq_lag_lost_records', 'Records that were deleted before the group read them', () =>
      rowsOf(groups, byPartition, ({ lost }) => lost),
    ),
    each('mq_lag_unread_records', 'Records to be read, markers of transactions not counted', ({ unread }) => unread),
    each('mq_lag_in_per_second', 'Records a second that come in', ({ inPerSecond }) => inPerSecond),
    each('mq_lag_out_per_second', 'Records a second that the group reads', ({ outPerSecond }) => outPerSecond),
    each('mq_lag_catch_up_seconds', 'Time until caught up at these rates, +Inf for never', (group) => {
      if (group.catchUpMs !== null) return group.catchUpMs / 1000
      return group.growthPerSecond === null || group.unread === null ? null : Number.POSITIVE_INFINITY
    }),
    family('mq_lag_status', '1 for the status of the group', function* (): Samples {
      for (const { group, status } of groups) {
        if (status === null) continue
        for (const one of STATUSES) yield [{ group, status: one }, +(one === status)]
      }
    }),
    each('mq_lag_group_unreadable', '1 when the group cannot be read', ({ error }) => +(error !== undefined)),
    family('mq_lag_missing_brokers', 'Brokers whose groups are missing', () => [[{}, look.errors.length]]),
    family('mq_lag_look_seconds', 'Time that the last look took', () => [[{}, tookMs / 1000]]),
    family('mq_lag_looks_total', 'Looks that succeeded', () => [[{}, looks]], 'counter'),
    family('mq_lag_look_failures_total', 'Looks that failed', () => [[{}, failures]], 'counter'),
  ]
}
