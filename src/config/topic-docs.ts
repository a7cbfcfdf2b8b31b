/**
 * What the topic and group keys mean, in mq's own words. One sentence or two; bounds and defaults are in the tables.
 */
import type { GroupKey } from './group-keys.ts'
import type { TopicKey } from './topic-keys.ts'

export const topicDocs: Readonly<Record<TopicKey, string>> = {
  'cleanup.policy':
    'What happens to old segments: delete drops them by age and size, compact keeps the newest record of each key, both together do both. Empty: nothing is ever removed.',
  'compression.gzip.level': 'Effort of gzip when the broker itself compresses; -1 is the library’s own choice.',
  'compression.lz4.level': 'Effort of lz4 when the broker itself compresses.',
  'compression.type':
    'How batches are stored. producer keeps what the producer chose; any other value makes the broker compress again what comes in another form.',
  'compression.zstd.level': 'Effort of zstd when the broker itself compresses; negative values are faster.',
  'delete.retention.ms':
    'How long a compacted topic keeps the marker of a deleted key, so that a reader which started before can still see the deletion.',
  'file.delete.delay.ms': 'Time between taking a segment out of the log and removing its files.',
  'flush.messages':
    'Records after which the log is forced to disk. Kafka relies on replication instead, so the default never does; 1 forces every append.',
  'flush.ms':
    'Longest time that appended records may wait until the log is forced to disk. The default leaves it to the system.',
  'follower.replication.throttled.replicas':
    'Replicas whose fetching is held to the follower rate: partition:broker pairs, or * for all of the topic.',
  'index.interval.bytes':
    'Bytes of records between two entries of the offset index. Smaller: quicker seeks, larger index.',
  'internal.segment.bytes': 'Segment size for tests, without the lower bound of segment.bytes.',
  'leader.replication.throttled.replicas':
    'Replicas that the leader serves within the leader rate: partition:broker pairs, or * for all of the topic.',
  'local.retention.bytes': 'With tiered storage: bytes kept on the broker’s own disk; -2 takes retention.bytes.',
  'local.retention.ms': 'With tiered storage: time that records stay on the broker’s own disk; -2 takes retention.ms.',
  'max.compaction.lag.ms':
    'Longest time that a record of a compacted topic may stay before compaction must look at it.',
  'max.message.bytes': 'Largest record batch that the topic takes, as sent (compressed), with its header.',
  'message.timestamp.after.max.ms':
    'How far a producer’s timestamp may lie in the future; batches beyond are refused. Only with CreateTime.',
  'message.timestamp.before.max.ms':
    'How far a producer’s timestamp may lie in the past; batches beyond are refused. Only with CreateTime.',
  'message.timestamp.type':
    'Whose clock stamps the records: the producer’s (CreateTime) or the broker’s at arrival (LogAppendTime).',
  'min.cleanable.dirty.ratio': 'Share of a compacted log that must be uncompacted before the cleaner takes it up.',
  'min.compaction.lag.ms': 'Time during which a record is safe from compaction.',
  'min.insync.replicas':
    'In-sync replicas that must have a record before acks=all is answered; with fewer of them such a produce is refused.',
  preallocate: 'Reserve the whole file when a segment begins.',
  'remote.log.copy.disable': 'With tiered storage: stop copying segments away; what is there already stays readable.',
  'remote.log.delete.on.disable': 'With tiered storage: delete the copied segments when tiering is turned off.',
  'remote.storage.enable': 'Keep older segments of the topic in tiered storage.',
  'retention.bytes': 'Bytes that each partition may hold before its oldest segments go; -1 sets no limit.',
  'retention.ms': 'Age at which segments go, counted from their newest record; -1 keeps them for ever.',
  'segment.bytes': 'Size at which a segment is closed and the next begins. Retention removes whole segments only.',
  'segment.index.bytes': 'Size of the offset index of a segment; when it is full the segment is closed.',
  'segment.jitter.ms': 'Random time taken off segment.ms, so that many segments do not close in the same moment.',
  'segment.ms': 'Age at which a segment is closed although it is not full, so that retention can get at it.',
  'unclean.leader.election.enable':
    'Whether a replica that is behind may lead when none of the in-sync ones is left. Brings the partition back and loses records.',
}

export const groupDocs: Readonly<Record<GroupKey, string>> = {
  'consumer.assignment.interval.ms': 'Shortest time between two computed assignments of the group.',
  'consumer.heartbeat.interval.ms': 'How often members of a consumer group report.',
  'consumer.session.timeout.ms': 'Silence after which a member of a consumer group counts as gone.',
  'share.assignment.interval.ms': 'Shortest time between two computed assignments of the share group.',
  'share.auto.offset.reset': 'Where a share group begins: earliest, latest, or by_duration: with an ISO 8601 duration.',
  'share.delivery.count.limit': 'How often a record is offered before it is given up.',
  'share.heartbeat.interval.ms': 'How often members of a share group report.',
  'share.isolation.level': 'Whether a share group sees records of open and aborted transactions.',
  'share.partition.max.record.locks': 'Records of one partition that may be out with members at a time.',
  'share.record.lock.duration.ms': 'How long a member has a record before it is offered to another.',
  'share.renew.acknowledge.enable': 'Whether members may ask for more time with a record.',
  'share.session.timeout.ms': 'Silence after which a member of a share group counts as gone.',
  'streams.assignment.interval.ms': 'Shortest time between two computed assignments of the streams group.',
  'streams.heartbeat.interval.ms': 'How often members of a streams group report.',
  'streams.initial.rebalance.delay.ms':
    'How long the first assignment of an empty streams group waits for more members.',
  'streams.num.standby.replicas': 'Spare copies of each task’s state.',
  'streams.session.timeout.ms': 'Silence after which a member of a streams group counts as gone.',
}
