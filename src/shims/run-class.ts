/**
 * kafka-run-class: a tool by the name of its main class, as older scripts start the ones that had no script of their own. A class of
 * Kafka 4.3.1 with a stand-in runs it; any other is told as Java tells a class that is not there. A class that Kafka has moved is
 * one of these too, and a line of mq's then names the tool.
 */
import type { ToolName } from './tool-names.ts'
import type { ShimIo } from './tool.ts'

const TOOLS = 'org.apache.kafka.tools.'

/** Main classes of Kafka 4.3.1. */
const CLASSES: Readonly<Record<string, ToolName>> = {
  [`${TOOLS}TopicCommand`]: 'kafka-topics',
  'kafka.admin.ConfigCommand': 'kafka-configs',
  [`${TOOLS}consumer.group.ConsumerGroupCommand`]: 'kafka-consumer-groups',
  [`${TOOLS}GroupsCommand`]: 'kafka-groups',
  [`${TOOLS}consumer.group.ShareGroupCommand`]: 'kafka-share-groups',
  [`${TOOLS}ConsoleProducer`]: 'kafka-console-producer',
  [`${TOOLS}consumer.ConsoleConsumer`]: 'kafka-console-consumer',
  [`${TOOLS}GetOffsetShell`]: 'kafka-get-offsets',
  [`${TOOLS}DeleteRecordsCommand`]: 'kafka-delete-records',
  [`${TOOLS}reassign.ReassignPartitionsCommand`]: 'kafka-reassign-partitions',
  [`${TOOLS}LeaderElectionCommand`]: 'kafka-leader-election',
  [`${TOOLS}LogDirsCommand`]: 'kafka-log-dirs',
  [`${TOOLS}BrokerApiVersionsCommand`]: 'kafka-broker-api-versions',
  [`${TOOLS}MetadataQuorumCommand`]: 'kafka-metadata-quorum',
  [`${TOOLS}FeatureCommand`]: 'kafka-features',
  [`${TOOLS}ClusterTool`]: 'kafka-cluster',
  [`${TOOLS}TransactionsCommand`]: 'kafka-transactions',
  [`${TOOLS}AclCommand`]: 'kafka-acls',
  [`${TOOLS}DumpLogSegments`]: 'kafka-dump-log',
  'kafka.tools.StorageTool': 'kafka-storage',
  'kafka.Kafka': 'kafka-server-start',
  [`${TOOLS}ProducerPerformance`]: 'kafka-producer-perf-test',
  [`${TOOLS}ConsumerPerformance`]: 'kafka-consumer-perf-test',
  [`${TOOLS}VerifiableProducer`]: 'kafka-verifiable-producer',
  [`${TOOLS}VerifiableConsumer`]: 'kafka-verifiable-consumer',
}

/** The last word of a class, with which it is found again where Kafka has moved it. */
const simpleName = (name: string) => name.slice(name.lastIndexOf('.') + 1)

/** The words before the class, and whether a value follows. */
const OWN_FLAGS: Readonly<Record<string, number>> = { '-daemon': 1, '-loggc': 1, '-name': 2 }

/** The class and what comes behind it; undefined when no class is named. */
function splitClass(argv: readonly string[]): [name: string, rest: readonly string[]] | undefined {
  let at = 0
  while (at < argv.length && Object.hasOwn(OWN_FLAGS, argv[at]!)) at += OWN_FLAGS[argv[at]!]!
  const name = argv[at]
  return name === undefined ? undefined : [name, argv.slice(at + 1)]
}

/** Runs the class that is named through `runTool`; returns its exit code, and 1 where there is none. */
export async function runClass(
  argv: readonly string[],
  io: ShimIo,
  runTool: (tool: ToolName, argv: readonly string[], io: ShimIo) => Promise<number>,
): Promise<number> {
  const split = splitClass(argv)
  if (split === undefined) {
    io.stdout('USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]\n')
    return 1
  }
  const [name, rest] = split
  const tool = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
  if (tool !== undefined) return runTool(tool, rest, io)
  io.stderr(`Error: Could not find or load main class ${name}\n`)
  io.stderr(`Caused by: java.lang.ClassNotFoundException: ${name}\n`)
  const moved = Object.entries(CLASSES).find(([full]) => simpleName(full) === simpleName(name))
  if (moved !== undefined) io.stderr(`mq: kafka-run-class: ${name} is ${moved[0]} today: use ${moved[1]}\n`)
  return 1
}
