/**
 * A real Apache Kafka node for the compat suites: one combined broker and controller, formatted with Kafka's own StorageTool.
 * Also the way to Kafka's command-line tools. Small heaps and the serial collector, since two cores serve everything.
 */
import { join } from 'node:path'
import { type Engine, type EngineKind, type EngineOptions, type Launcher, startNode } from './node.ts'
import { KAFKA_3_VERSION, KAFKA_VERSION, kafkaHome } from './peers.ts'
import { type Finished, type RunOptions, Running, run, runOk } from './process.ts'

/** `bin/kafka-run` of the installed Kafka of that version; throws when there is none. */
export function kafkaRun(version: string = KAFKA_VERSION): string {
  const home = kafkaHome(version)
  if (home === undefined)
    throw new Error(`Apache Kafka ${version} is not installed: run scripts/peers/install.sh --kafka`)
  return join(home, 'bin', 'kafka-run')
}

/** The main class behind each of Kafka's scripts. */
export const tools = {
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-metadata-shell': 'org.apache.kafka.shell.MetadataShell',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-delegation-tokens': 'org.apache.kafka.tools.DelegationTokenCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
} as const

export type Tool = keyof typeof tools

/** Runs one of Kafka's tools to its end; any exit code is an answer. */
export function kafkaTool(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(kafkaRun(), [tools[tool], ...args], options)
}

/** As `kafkaTool`, rejecting with the output unless the exit code is 0. */
export function kafkaToolOk(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runOk(kafkaRun(), [tools[tool], ...args], options)
}

/** Keeps one of Kafka's tools running. */
export function startKafkaTool(tool: Tool, args: readonly string[], options: RunOptions = {}): Running {
  return new Running(kafkaRun(), [tools[tool], ...args], options)
}

function launcher(kind: EngineKind, version: string, jvmOptions = ''): Launcher {
  return {
    kind,
    async format(propertiesFile, clusterId, features) {
      const levels = Object.entries(features).flatMap(([name, level]) => ['--feature', `${name}=${level}`])
      const format = ['format', '-t', clusterId, '-c', propertiesFile, ...levels]
      await runOk(kafkaRun(version), [tools['kafka-storage'], ...format])
    },
    launch: (propertiesFile) =>
      new Running(kafkaRun(version), ['kafka.Kafka', propertiesFile], {
        env: { KAFKA_HEAP_OPTS: '-Xms64m -Xmx512m', KAFKA_OPTS: `-Dkafka.log.level=INFO ${jvmOptions}` },
      }),
    isReady: (output) => output.includes('Kafka Server started'),
  }
}

/** Starts Apache Kafka on free ports and an empty folder. */
export function startApacheKafka(options: EngineOptions = {}): Promise<Engine> {
  return startNode(launcher('apache', KAFKA_VERSION, options.jvmOptions), 'MkU3OEVBNTcwNTJENDM2Qg', options)
}

/** Starts the last Apache Kafka 3.x on free ports and an empty folder. */
export function startApacheKafka3(options: EngineOptions = {}): Promise<Engine> {
  return startNode(launcher('apache-3.9', KAFKA_3_VERSION), 'MkU3OEVBNTcwNTJENDM2Qg', options)
}
