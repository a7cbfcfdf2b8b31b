/**
 * The tools that have a stand-in, each loaded when it is asked for: the start of one must not pay for the others. A name
 * without a loader is a tool that is not there yet; it says so and fails. kafka-run-class is none of its own (run-class.ts).
 */
import type { Tool } from './tool.ts'
import type { ToolName } from './tool-names.ts'

export const tools: Readonly<Record<string, (() => Promise<Tool>) | undefined>> = {
  'kafka-topics': async () => (await import('./tools/kafka-topics.ts')).kafkaTopics,
  'kafka-configs': async () => (await import('./tools/kafka-configs.ts')).kafkaConfigs,
  'kafka-consumer-groups': async () => (await import('./tools/kafka-consumer-groups.ts')).kafkaConsumerGroups,
  'kafka-groups': async () => (await import('./tools/kafka-groups.ts')).kafkaGroups,
  'kafka-share-groups': async () => (await import('./tools/kafka-share-groups.ts')).kafkaShareGroups,
  'kafka-console-producer': async () => (await import('./tools/kafka-console-producer.ts')).kafkaConsoleProducer,
  'kafka-console-consumer': async () => (await import('./tools/kafka-console-consumer.ts')).kafkaConsoleConsumer,
  'kafka-get-offsets': async () => (await import('./tools/kafka-get-offsets.ts')).kafkaGetOffsets,
  'kafka-delete-records': async () => (await import('./tools/kafka-delete-records.ts')).kafkaDeleteRecords,
  'kafka-reassign-partitions': async () =>
    (await import('./tools/kafka-reassign-partitions.ts')).kafkaReassignPartitions,
  'kafka-leader-election': async () => (await import('./tools/kafka-leader-election.ts')).kafkaLeaderElection,
  'kafka-log-dirs': async () => (await import('./tools/kafka-log-dirs.ts')).kafkaLogDirs,
  'kafka-broker-api-versions': async () =>
    (await import('./tools/kafka-broker-api-versions.ts')).kafkaBrokerApiVersions,
  'kafka-metadata-quorum': async () => (await import('./tools/kafka-metadata-quorum.ts')).kafkaMetadataQuorum,
  'kafka-features': async () => (await import('./tools/kafka-features.ts')).kafkaFeatures,
  'kafka-cluster': async () => (await import('./tools/kafka-cluster.ts')).kafkaCluster,
  'kafka-transactions': async () => (await import('./tools/kafka-transactions.ts')).kafkaTransactions,
  'kafka-acls': async () => (await import('./tools/kafka-acls.ts')).kafkaAcls,
  'kafka-dump-log': async () => (await import('./tools/kafka-dump-log.ts')).kafkaDumpLog,
  'kafka-storage': async () => (await import('./tools/kafka-storage.ts')).kafkaStorage,
  'kafka-server-start': async () => (await import('./tools/kafka-server-start.ts')).kafkaServerStart,
  'kafka-server-stop': async () => (await import('./tools/kafka-server-stop.ts')).kafkaServerStop,
  'kafka-producer-perf-test': async () => (await import('./tools/kafka-producer-perf-test.ts')).kafkaProducerPerfTest,
  'kafka-consumer-perf-test': async () => (await import('./tools/kafka-consumer-perf-test.ts')).kafkaConsumerPerfTest,
  'kafka-verifiable-producer': async () =>
    (await import('./tools/kafka-verifiable-producer.ts')).kafkaVerifiableProducer,
  'kafka-verifiable-consumer': async () =>
    (await import('./tools/kafka-verifiable-consumer.ts')).kafkaVerifiableConsumer,
} satisfies Record<Exclude<ToolName, 'kafka-run-class'>, (() => Promise<Tool>) | undefined>
