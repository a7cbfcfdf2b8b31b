/** Kafka's tool names that `mq shims install` writes; apart from the tools themselves, which the command need not carry along. */

export const toolNames = [
  'kafka-topics',
  'kafka-configs',
  'kafka-consumer-groups',
  'kafka-groups',
  'kafka-share-groups',
  'kafka-console-producer',
  'kafka-console-consumer',
  'kafka-get-offsets',
  'kafka-delete-records',
  'kafka-reassign-partitions',
  'kafka-leader-election',
  'kafka-log-dirs',
  'kafka-broker-api-versions',
  'kafka-metadata-quorum',
  'kafka-features',
  'kafka-cluster',
  'kafka-transactions',
  'kafka-acls',
  'kafka-dump-log',
  'kafka-storage',
  'kafka-server-start',
  'kafka-server-stop',
  'kafka-producer-perf-test',
  'kafka-consumer-perf-test',
  'kafka-verifiable-producer',
  'kafka-verifiable-consumer',
  'kafka-run-class',
] as const

export type ToolName = (typeof toolNames)[number]
