/**
 * Flags that Kafka's tools once had, or that scripts give them by mistake, and what to write today. Kafka 4.3.1 only says that it
 * does not know them; the stand-ins say the same and then, on a line of its own on stderr, what replaces the flag. The line
 * begins with `mq: `, so that it is told apart from Kafka's own words.
 */

interface Removed {
  /** The release of Kafka that no longer has it; absent: no release had it in this tool. */
  readonly since?: string
  /** What to write instead, as the end of a sentence. */
  readonly use: string
}

const BOOTSTRAP = 'use --bootstrap-server HOST:PORT, the address of a broker'
const zookeeper = (since: string): Removed => ({ since, use: BOOTSTRAP })
const brokerList: Removed = { since: '4.0', use: 'use --bootstrap-server HOST:PORT with the same value' }
const newConsumer: Removed = { since: '2.0', use: 'leave it out, there is no other consumer' }
const include = (since: string): Removed => ({ since, use: 'use --include PATTERN with the same value' })
const scalaProducer = (key: string): Removed => ({ since: '2.0', use: `use --command-property ${key}=VALUE` })

/** In any tool that does not know the flag and has no entry of its own below. */
const ANYWHERE: Readonly<Record<string, Removed>> = {
  zookeeper: { use: BOOTSTRAP },
  'broker-list': { use: BOOTSTRAP },
  'bootstrap-servers': { use: 'use --bootstrap-server, without an s' },
  brokers: { use: BOOTSTRAP },
  'new-consumer': { use: 'leave it out, there is no other consumer' },
  'zk-tls-config-file': { use: 'leave it out, there is no ZooKeeper' },
}

const REMOVED: Readonly<Record<string, Readonly<Record<string, Removed>>>> = {
  'kafka-topics': {
    zookeeper: zookeeper('3.0'),
    force: { since: '3.0', use: 'leave it out, --delete does not ask' },
    'disable-rack-aware': { since: '3.5', use: 'give the brokers of each partition with --replica-assignment' },
    topics: { use: 'use --topic, which takes a pattern when it lists, describes or deletes' },
    replicas: { use: 'use --replication-factor NUMBER' },
  },
  'kafka-configs': {
    zookeeper: zookeeper('4.0'),
    'zk-tls-config-file': { since: '4.0', use: 'leave it out, there is no ZooKeeper' },
    force: { since: '4.0', use: 'leave it out, nothing is asked' },
  },
  'kafka-consumer-groups': {
    zookeeper: zookeeper('2.0'),
    'new-consumer': newConsumer,
  },
  'kafka-console-producer': {
    'broker-list': brokerList,
    'old-producer': { since: '2.0', use: 'leave it out, there is no other producer' },
    'new-producer': { since: '0.9', use: 'leave it out, there is no other producer' },
    'queue-size': scalaProducer('buffer.memory'),
    'queue-enqueuetimeout-ms': scalaProducer('max.block.ms'),
    'key-serializer': scalaProducer('key.serializer'),
    'value-serializer': scalaProducer('value.serializer'),
  },
  'kafka-console-consumer': {
    zookeeper: zookeeper('2.0'),
    'new-consumer': newConsumer,
    whitelist: include('4.0'),
    blacklist: { since: '2.0', use: 'use --include PATTERN with a pattern of what is wanted' },
    'delete-consumer-offsets': {
      since: '2.0',
      use: 'use kafka-consumer-groups --delete-offsets, or a --group of another name with --from-beginning',
    },
    'csv-reporter-enabled': { since: '2.0', use: 'leave it out, metrics come over JMX' },
    'metrics-dir': { since: '2.0', use: 'leave it out, metrics come over JMX' },
    'max-wait-ms': { use: 'use --timeout-ms MILLISECONDS' },
  },
  'kafka-get-offsets': {
    'broker-list': brokerList,
    'max-wait-ms': { since: '3.0', use: 'leave it out, or set request.timeout.ms in the file of --command-config' },
    offsets: { since: '3.0', use: 'leave it out, one offset is told for each partition' },
  },
  'kafka-reassign-partitions': { zookeeper: zookeeper('3.0') },
  'kafka-acls': {
    authorizer: { since: '4.0', use: BOOTSTRAP },
    'authorizer-properties': { since: '4.0', use: BOOTSTRAP },
  },
  'kafka-broker-api-versions': {
    timeout: { use: 'leave it out, or set request.timeout.ms in the file of --command-config' },
  },
  'kafka-producer-perf-test': {
    'broker-list': { since: '0.9', use: BOOTSTRAP },
    topics: { since: '0.9', use: 'use --topic' },
    messages: { since: '0.9', use: 'use --num-records NUMBER' },
    'message-size': { since: '0.9', use: 'use --record-size BYTES' },
    'batch-size': { since: '0.9', use: 'use --command-property batch.size=BYTES' },
    'compression-codec': { since: '0.9', use: 'use --command-property compression.type=NAME' },
    'request-num-acks': { since: '0.9', use: 'use --command-property acks=VALUE' },
    threads: { since: '0.9', use: 'start it several times' },
  },
  'kafka-consumer-perf-test': {
    'broker-list': brokerList,
    zookeeper: zookeeper('2.0'),
    'new-consumer': newConsumer,
    threads: { since: '4.0', use: 'leave it out; for more than one consumer start it again with the same --group' },
    'num-fetch-threads': {
      since: '4.0',
      use: 'leave it out; for more than one consumer start it again with the same --group',
    },
  },
  'kafka-verifiable-producer': { 'broker-list': brokerList },
  'kafka-verifiable-consumer': { 'broker-list': brokerList },
}

/**
 * What replaces a flag that a tool does not know, as one line without its end; undefined where nothing is known of the flag.
 * `flag` is the word as it was typed: `--broker-list`, `-zookeeper`, `--threads=4`.
 */
export function replacementOf(tool: string, flag: string): string | undefined {
  const name = flag.replace(/^--?/, '').replace(/=.*$/s, '')
  const own = REMOVED[tool]
  const found = own !== undefined && Object.hasOwn(own, name) ? own[name] : undefined
  const removed = found ?? (Object.hasOwn(ANYWHERE, name) ? ANYWHERE[name] : undefined)
  if (removed === undefined) return undefined
  const why = removed.since === undefined ? 'is no flag of this tool' : `was removed in Kafka ${removed.since}`
  return `mq: ${tool}: --${name} ${why}: ${removed.use}`
}

/** The flags of the table by tool, without dashes: for tests. */
export const removedFlags: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(REMOVED).map(([tool, flags]) => [tool, Object.keys(flags)]),
)
