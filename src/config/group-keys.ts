/**
 * Every group key of Apache Kafka 4.3.1 with the broker key whose value a group has until it sets its own.
 */
import { offsetResetReason } from './checks.ts'
import { bool, choice, int, text, type ValueOf } from './key.ts'

export const groupKeys = {
  'consumer.assignment.interval.ms': int({ default: 1000, min: 0, from: 'group.consumer.assignment.interval.ms' }),
  'consumer.heartbeat.interval.ms': int({ default: 5000, min: 1, from: 'group.consumer.heartbeat.interval.ms' }),
  'consumer.session.timeout.ms': int({ default: 45_000, min: 1, from: 'group.consumer.session.timeout.ms' }),
  'share.assignment.interval.ms': int({ default: 1000, min: 0, from: 'group.share.assignment.interval.ms' }),
  'share.auto.offset.reset': text({ default: 'latest', check: offsetResetReason }),
  'share.delivery.count.limit': int({ default: 5, min: 2, from: 'group.share.delivery.count.limit' }),
  'share.heartbeat.interval.ms': int({ default: 5000, min: 1, from: 'group.share.heartbeat.interval.ms' }),
  'share.isolation.level': choice(['read_committed', 'read_uncommitted'], { default: 'read_uncommitted' }),
  'share.partition.max.record.locks': int({ default: 2000, min: 100, from: 'group.share.partition.max.record.locks' }),
  'share.record.lock.duration.ms': int({ default: 30_000, min: 1000, from: 'group.share.record.lock.duration.ms' }),
  'share.renew.acknowledge.enable': bool({ default: true }),
  'share.session.timeout.ms': int({ default: 45_000, min: 1, from: 'group.share.session.timeout.ms' }),
  'streams.assignment.interval.ms': int({ default: 1000, min: 0, from: 'group.streams.assignment.interval.ms' }),
  'streams.heartbeat.interval.ms': int({ default: 5000, min: 1, from: 'group.streams.heartbeat.interval.ms' }),
  'streams.initial.rebalance.delay.ms': int({
    default: 3000,
    min: 0,
    from: 'group.streams.initial.rebalance.delay.ms',
  }),
  'streams.num.standby.replicas': int({ default: 0, min: 0, from: 'group.streams.num.standby.replicas' }),
  'streams.session.timeout.ms': int({ default: 45_000, min: 1, from: 'group.streams.session.timeout.ms' }),
} as const

export type GroupKey = keyof typeof groupKeys
export type GroupConfigValue<K extends GroupKey> = ValueOf<(typeof groupKeys)[K]>
