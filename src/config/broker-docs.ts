/**
 * What the broker keys mean that the bundled broker reads, in mq's own words. Keys that only give topics their defaults
 * take the topic's text. Bounds and defaults are in the tables.
 */
import type { BrokerKey } from './broker-keys.ts'
import type { KeyTable } from './key.ts'
import { topicDocs } from './topic-docs.ts'
import { topicKeys } from './topic-keys.ts'

const own: Readonly<Partial<Record<BrokerKey, string>>> = {
  'advertised.listeners':
    'Addresses that clients and other brokers are told to use; the listeners themselves when not set. Must be reachable from where the clients are.',
  'auto.create.topics.enable': 'Create a topic when a client asks for one that does not exist.',
  'auto.leader.rebalance.enable': 'Whether the controller gives leadership back to preferred leaders by itself.',
  'broker.heartbeat.interval.ms': 'How often a broker tells the controller that it lives.',
  'broker.id': 'Old name of node.id.',
  'broker.rack': 'Where the broker stands; replicas of a partition are spread over racks.',
  'broker.session.timeout.ms': 'Silence after which the controller fences a broker and moves its leaderships.',
  'compression.type': topicDocs['compression.type'],
  'connections.max.idle.ms': 'Time without a request after which a client’s connection is closed.',
  'controller.listener.names': 'Which listeners belong to controllers. The first is the one that brokers use.',
  'controller.quorum.auto.join.enable': 'Whether a controller that is no voter asks to become one.',
  'controller.quorum.bootstrap.servers':
    'Controllers to ask for the quorum, host:port; for a quorum whose voters may change.',
  'controller.quorum.election.backoff.max.ms': 'Longest pause of a candidate between two elections.',
  'controller.quorum.election.timeout.ms': 'Time without votes after which a candidate tries again.',
  'controller.quorum.fetch.max.bytes':
    'Most bytes of the metadata log that a replica gets at once. One batch always fits.',
  'controller.quorum.fetch.snapshot.max.bytes': 'Most bytes of a snapshot of the metadata that a replica gets at once.',
  'controller.quorum.fetch.timeout.ms':
    'Time without an answer from the leader after which a voter stands for election.',
  'controller.quorum.request.timeout.ms': 'How long a request between controllers may take.',
  'controller.quorum.retry.backoff.ms': 'Pause after a request between controllers that failed or was refused.',
  'controller.quorum.voters':
    'The voters of a fixed quorum: id@host:port, separated by commas, the same on every node.',
  'cordoned.log.dirs':
    'Log directories that are to get no new partitions, * for all. A broker with no other gets no new replicas.',
  'default.replication.factor': 'Replicas of a topic that does not say how many.',
  'delete.topic.enable': 'Whether topics may be deleted at all.',
  'follower.replication.throttled.rate': 'Bytes per second that this broker takes for throttled replicas as follower.',
  'fetch.max.bytes': 'Most bytes in the answer to one fetch, whatever the client asks for. One batch always fits.',
  'group.initial.rebalance.delay.ms': 'How long the first rebalance of an empty group waits for more members to join.',
  'group.max.session.timeout.ms': 'Longest session timeout that a classic group member may ask for.',
  'group.max.size': 'Most members of one classic group.',
  'group.min.session.timeout.ms': 'Shortest session timeout that a classic group member may ask for.',
  'inter.broker.listener.name': 'The listener that brokers use among themselves.',
  'leader.replication.throttled.rate': 'Bytes per second that this broker sends to throttled replicas as their leader.',
  'leader.imbalance.check.interval.seconds': 'How often leadership is given back to preferred leaders.',
  'listener.security.protocol.map': 'What each listener name speaks: NAME:PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.',
  listeners: 'Addresses to listen on, NAME://host:port. An empty host is every interface.',
  'log.cleaner.backoff.ms': 'Pause of the cleaner when no log is worth compacting.',
  'log.cleaner.dedupe.buffer.size':
    'Memory in which all cleaner threads together keep the keys that they have seen, 24 bytes each. A larger one cleans more in one go.',
  'log.cleaner.enable': 'Whether compacted logs are compacted.',
  'log.cleaner.io.buffer.load.factor': 'How full the memory for keys may become.',
  'log.cleaner.io.buffer.size': 'Bytes that the cleaner reads at a time.',
  'log.cleaner.io.max.bytes.per.second': 'Bytes that the cleaner may read and write in a second.',
  'log.cleaner.threads': 'How many logs are compacted at a time.',
  'log.dir': 'The log directory when log.dirs is not set.',
  'log.dirs': 'Directories that hold the partitions, separated by commas.',
  'log.flush.offset.checkpoint.interval.ms': 'How often the point up to which the logs are on disk is written down.',
  'log.flush.start.offset.checkpoint.interval.ms': 'How often the start offsets of the logs are written down.',
  'log.initial.task.delay.ms': 'Pause after start before retention and the like begin.',
  'log.retention.check.interval.ms': 'How often the logs are looked through for segments that may go.',
  'max.connection.creation.rate': 'Most connections that begin in a second; more wait their turn.',
  'max.connections': 'Most connections that the broker keeps open.',
  'max.connections.per.ip': 'Most connections from one address.',
  'max.connections.per.ip.overrides': 'Other limits for single addresses or host names: host:count.',
  'max.incremental.fetch.session.cache.slots': 'Fetch sessions that the broker keeps.',
  'max.request.partition.size.limit': 'Most partitions that one description of topics may answer with.',
  'metadata.log.dir': 'Directory of the metadata log; the first of log.dirs when not set.',
  'metadata.log.max.record.bytes.between.snapshots': 'Bytes of metadata records after which a snapshot is written.',
  'metadata.log.max.snapshot.interval.ms': 'Longest time between two snapshots of the metadata; 0 sets none.',
  'metadata.log.segment.bytes': 'Size of a segment of the metadata log.',
  'metadata.log.segment.ms': 'Age at which a segment of the metadata log is closed.',
  'metadata.max.idle.interval.ms':
    'How often an idle controller writes an empty record, so that followers see it lives; 0: never.',
  'metadata.max.retention.bytes': 'Bytes of metadata log and snapshots that are kept.',
  'metadata.max.retention.ms': 'How long metadata log segments and snapshots are kept.',
  'min.insync.replicas': topicDocs['min.insync.replicas'],
  'node.id': 'Number of the node, different on every one of the cluster.',
  'num.partitions': 'Partitions of a topic that does not say how many.',
  'offset.metadata.max.bytes': 'Longest text that may be committed along with an offset.',
  'offsets.commit.timeout.ms': 'How long a commit of offsets may wait for the replicas.',
  'offsets.load.buffer.size': 'Bytes read at a time when a coordinator loads groups and offsets.',
  'offsets.retention.check.interval.ms': 'How often committed offsets are looked through for expired ones.',
  'offsets.retention.minutes': 'How long the offsets of a group without members are kept.',
  'offsets.topic.num.partitions': 'Partitions of __consumer_offsets. Cannot change once the topic is there.',
  'offsets.topic.replication.factor':
    'Replicas of __consumer_offsets. mq takes what the number of brokers allows when it is not set.',
  'offsets.topic.segment.bytes': 'Segment size of __consumer_offsets.',
  'process.roles': 'What the node is: broker, controller, or both.',
  'producer.id.expiration.check.interval.ms': 'How often idle producers are looked for.',
  'producer.id.expiration.ms': 'How long the broker remembers an idempotent producer that sends nothing.',
  'replica.alter.log.dirs.io.max.bytes.per.second':
    'Most bytes in a second that replicas on their way to another log directory may copy, all together.',
  'replica.fetch.backoff.ms': 'Pause of a follower with a partition whose fetch failed.',
  'replica.fetch.max.bytes': 'Most bytes of one partition that a follower asks for at once. One batch always fits.',
  'replica.fetch.min.bytes': 'Bytes for which the fetch of a follower waits at its leader.',
  'replica.fetch.response.max.bytes': 'Most bytes that a follower asks for at once, of all partitions together.',
  'replica.fetch.wait.max.ms': 'Longest time that the fetch of a follower waits for records.',
  'replica.high.watermark.checkpoint.interval.ms': 'How often high watermarks are written down.',
  'replica.lag.time.max.ms': 'A follower that has not had everything for so long is no longer in sync.',
  'replica.selector.class':
    'How the leader chooses the replica that a consumer reads from; RackAwareReplicaSelector of Kafka prefers the consumer’s rack.',
  'replica.socket.timeout.ms': 'How long a follower waits for the answer to a fetch.',
  'replication.quota.window.num': 'Samples over which the rate of throttled replicas is measured.',
  'replication.quota.window.size.seconds': 'Length of one such sample.',
  'request.timeout.ms': 'How long a request that waits inside the broker may take.',
  'security.inter.broker.protocol': 'What brokers speak among themselves when no listener is named for it.',
  'share.coordinator.state.topic.min.isr':
    'Minimum in-sync replicas of __share_group_state. mq takes what the number of brokers allows when it is not set.',
  'share.coordinator.state.topic.replication.factor':
    'Replicas of __share_group_state. mq takes what the number of brokers allows when it is not set.',
  'share.coordinator.state.topic.num.partitions': 'Partitions of __share_group_state.',
  'share.coordinator.state.topic.segment.bytes': 'Segment size of __share_group_state.',
  'socket.request.max.bytes': 'Largest request; a connection that announces more is closed.',
  'transaction.state.log.min.isr':
    'Minimum in-sync replicas of __transaction_state. mq takes what the number of brokers allows when it is not set.',
  'transaction.state.log.replication.factor':
    'Replicas of __transaction_state. mq takes what the number of brokers allows when it is not set.',
  'transaction.state.log.num.partitions': 'Partitions of __transaction_state. Cannot change once the topic is there.',
  'transaction.state.log.segment.bytes': 'Segment size of __transaction_state.',
  'unclean.leader.election.enable': topicDocs['unclean.leader.election.enable'],
  'unclean.leader.election.interval.ms':
    'How often the controller looks for partitions without a leader whose topics allow an unclean election.',
  'unstable.api.versions.enable': 'Offer API versions that are not final yet.',
}

function inherited(): Record<string, string> {
  const table: KeyTable = topicKeys
  const docs: Readonly<Record<string, string>> = topicDocs
  const texts: Record<string, string> = {}
  for (const [name, { fallbacks }] of Object.entries(table)) {
    for (const { key, factor } of fallbacks) {
      const unit = factor === 60_000 ? ' (in minutes)' : factor === 3_600_000 ? ' (in hours)' : ''
      texts[key] = `For topics that do not set ${name}${unit}: ${docs[name]}`
    }
  }
  return texts
}

export const brokerDocs: Readonly<Record<string, string>> = { ...inherited(), ...own }
