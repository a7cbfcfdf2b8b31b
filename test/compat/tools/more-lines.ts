/**
 * More invocations of Kafka's tools for tool-parity.test.ts, on topics of their own: the tools and flags that a working day seldom
 * needs. What differs for a reason of docs/gaps.md is told with it.
 */
import type { Tool } from '../support/apache-kafka.ts'

/** A tool, its arguments, and what is special about the run. */
export type Line = readonly [tool: Tool, args: string, options?: LineOptions]

export interface LineOptions {
  readonly stdin?: string
  /** What `{file}` in the arguments holds. `{data}` is the node's log directory, `{properties}` its server.properties. */
  readonly file?: string
  /** The tool reads files and asks no node. */
  readonly offline?: boolean
  /** Lines that are left out on both sides, with the reason beside them. */
  readonly without?: RegExp
  /** Numbers are measurements: they are not compared. */
  readonly measured?: boolean
}

/** APIs that docs/gaps.md names: the tool prints them as unsupported. */
const GAPS = /Txn|Transaction|ConsumerGroup|ShareGroup|StreamsGroup|ShareFetch|ShareAck|Telemetry/

export const moreLines: Record<string, readonly Line[]> = {
  'more topics': [
    ['kafka-topics', '--create --topic more'],
    [
      'kafka-topics',
      '--create --topic more2 --partitions 2 --config retention.ms=-1 --config cleanup.policy=compact,delete',
    ],
    ['kafka-topics', '--create --topic more.2'],
    ['kafka-topics', '--create --topic more3 --replica-assignment 1,1 --partitions 2'],
    ['kafka-topics', '--create'],
    ['kafka-topics', '--list --exclude-internal'],
    ['kafka-topics', '--list --create --topic x'],
    ['kafka-topics', '--describe --exclude-internal --topic more.*'],
    ['kafka-topics', '--describe --topic more2 --topics-with-overrides'],
    ['kafka-topics', '--alter --topic more'],
    ['kafka-topics', '--alter --topic more --config retention.ms=1'],
    ['kafka-topics', '--alter --topic mor. --partitions 2'],
    ['kafka-topics', '--alter --topic more.* --partitions 3'],
    ['kafka-topics', '--delete --topic __consumer_offsets_none'],
    ['kafka-topics', '--describe --partition-size-limit-per-response 1 --topic more2'],
    ['kafka-topics', '--describe --command-config {file}', { file: 'client.id=named\n' }],
  ],
  'more configs': [
    ['kafka-configs', '--topic more --describe'],
    ['kafka-configs', '--topic more --alter --add-config cleanup.policy=[compact],segment.ms=100'],
    ['kafka-configs', '--topic more --alter --add-config segment.bytes=1'],
    ['kafka-configs', '--topic more --alter --add-config retention.ms'],
    ['kafka-configs', '--topic more --alter --add-config follower.replication.throttled.replicas=[0:1,1:1]'],
    ['kafka-configs', '--topic more --alter --add-config leader.replication.throttled.replicas=x'],
    ['kafka-configs', '--topic more --alter'],
    ['kafka-configs', '--describe'],
    ['kafka-configs', '--broker 1 --describe'],
    ['kafka-configs', '--broker-defaults --describe'],
    ['kafka-configs', '--broker-defaults --alter --add-config message.max.bytes=2000000,log.flush.interval.ms=5000'],
    ['kafka-configs', '--broker 1 --alter --add-config max.connections=5000,max.connections.per.ip=400'],
    ['kafka-configs', '--broker 1 --describe'],
    ['kafka-configs', '--broker 1 --alter --add-config log.cleaner.threads=2'],
    ['kafka-configs', '--broker 1 --alter --add-config num.network.threads=100'],
    ['kafka-configs', '--broker 1 --alter --add-config log.dirs=/x'],
    ['kafka-configs', '--broker-defaults --alter --add-config ssl.keystore.location=/x'],
    ['kafka-configs', '--broker 1 --alter --delete-config max.connections,max.connections.per.ip,none.such'],
    ['kafka-configs', '--broker-defaults --alter --delete-config message.max.bytes,log.flush.interval.ms'],
    ['kafka-configs', '--entity-type brokers --describe'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name 1 --alter --add-config kafka.server.KafkaApis=DEBUG'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name 1 --alter --add-config kafka.server.KafkaApis=LOUD'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name 1 --alter --add-config no.such.Logger=DEBUG'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name 1 --alter --delete-config kafka.server.KafkaApis'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name 7 --describe'],
    ['kafka-configs', '--entity-type broker-loggers --entity-name x --alter --add-config root=DEBUG'],
    ['kafka-configs', '--entity-type broker-loggers --describe'],
    ['kafka-configs', '--user ann --alter --add-config SCRAM-SHA-256=[iterations=4096,password=secret]'],
    ['kafka-configs', '--user ann --alter --add-config SCRAM-SHA-512=[iterations=1,password=secret]'],
    ['kafka-configs', '--user ann --alter --add-config consumer_byte_rate=1024,request_percentage=20.5'],
    ['kafka-configs', '--user ann --client app --alter --add-config producer_byte_rate=5'],
    ['kafka-configs', '--user ann --client app --alter --add-config producer_byte_rate=0'],
    ['kafka-configs', '--user-defaults --alter --add-config producer_byte_rate=7'],
    ['kafka-configs', '--user ann --describe'],
    ['kafka-configs', '--entity-type users --describe'],
    ['kafka-configs', '--entity-type users --entity-type clients --describe'],
    ['kafka-configs', '--user ann --alter --delete-config SCRAM-SHA-256,consumer_byte_rate'],
    ['kafka-configs', '--user ann --alter --delete-config SCRAM-SHA-256'],
    ['kafka-configs', '--user-defaults --alter --delete-config producer_byte_rate'],
    ['kafka-configs', '--client-defaults --describe'],
    ['kafka-configs', '--ip 10.0.0.1 --alter --add-config connection_creation_rate=9'],
    ['kafka-configs', '--ip 10.0.0.1 --alter --add-config producer_byte_rate=9'],
    ['kafka-configs', '--ip no.such.host.invalid --alter --add-config connection_creation_rate=9'],
    ['kafka-configs', '--ip-defaults --alter --add-config connection_creation_rate=3'],
    ['kafka-configs', '--entity-type ips --describe'],
    ['kafka-configs', '--ip-defaults --alter --delete-config connection_creation_rate'],
    ['kafka-configs', '--group g --describe'],
    ['kafka-configs', '--group g --alter --add-config no.such=1'],
    ['kafka-configs', '--client-metrics cm --alter --add-config interval.ms=50'],
    ['kafka-configs', '--client-metrics cm --describe'],
    ['kafka-configs', '--entity-type nonsense --describe'],
  ],
  'client metrics': [
    [
      'kafka-client-metrics',
      '--alter --name cm --metrics org.apache.kafka.producer. --interval 60000 --match client_id=x',
    ],
    ['kafka-client-metrics', '--describe --name cm'],
    ['kafka-client-metrics', '--describe'],
    ['kafka-client-metrics', '--list'],
    ['kafka-client-metrics', '--alter --name cm --interval 1'],
    ['kafka-client-metrics', '--alter --name cm --match nonsense'],
    ['kafka-client-metrics', '--delete --name cm'],
    ['kafka-client-metrics', '--delete --name cm'],
    ['kafka-client-metrics', '--list'],
  ],
  'security, which neither node has': [
    ['kafka-acls', '--list'],
    ['kafka-acls', '--add --allow-principal User:ann --operation Read --topic more'],
    ['kafka-acls', '--remove --force --allow-principal User:ann --operation Read --topic more'],
    ['kafka-acls', '--add --topic more'],
    ['kafka-delegation-tokens', '--describe --command-config {file}', { file: 'client.id=named\n' }],
    [
      'kafka-delegation-tokens',
      '--create --max-life-time-period -1 --command-config {file}',
      { file: 'client.id=named\n' },
    ],
    [
      'kafka-delegation-tokens',
      '--renew --renew-time-period -1 --hmac abcd --command-config {file}',
      { file: 'a=b\n' },
    ],
    [
      'kafka-delegation-tokens',
      '--expire --expiry-time-period -1 --hmac abcd --command-config {file}',
      { file: 'a=b\n' },
    ],
  ],
  'leader election': [
    ['kafka-leader-election', '--election-type preferred --topic more2 --partition 0'],
    ['kafka-leader-election', '--election-type unclean --topic more2 --partition 1'],
    ['kafka-leader-election', '--election-type preferred --all-topic-partitions'],
    ['kafka-leader-election', '--election-type unclean --all-topic-partitions'],
    ['kafka-leader-election', '--election-type preferred --topic none --partition 0'],
    ['kafka-leader-election', '--election-type preferred --topic more2 --partition 9'],
    ['kafka-leader-election', '--election-type sideways --all-topic-partitions'],
    ['kafka-leader-election', '--election-type preferred --topic more2'],
    [
      'kafka-leader-election',
      '--election-type preferred --path-to-json-file {file}',
      { file: '{"partitions":[{"topic":"more2","partition":0},{"topic":"none","partition":1}]}' },
    ],
  ],
  reassignments: [
    [
      'kafka-reassign-partitions',
      '--execute --reassignment-json-file {file}',
      { file: '{"version":1,"partitions":[{"topic":"more2","partition":0,"replicas":[1]}]}' },
    ],
    [
      'kafka-reassign-partitions',
      '--verify --reassignment-json-file {file}',
      { file: '{"version":1,"partitions":[{"topic":"more2","partition":0,"replicas":[1]}]}' },
    ],
    [
      'kafka-reassign-partitions',
      '--execute --reassignment-json-file {file}',
      { file: '{"version":1,"partitions":[{"topic":"more2","partition":0,"replicas":[1,2]}]}' },
    ],
    [
      'kafka-reassign-partitions',
      '--execute --reassignment-json-file {file}',
      { file: '{"version":1,"partitions":[{"topic":"none","partition":0,"replicas":[1]}]}' },
    ],
    [
      'kafka-reassign-partitions',
      '--cancel --reassignment-json-file {file}',
      { file: '{"version":1,"partitions":[{"topic":"more2","partition":0,"replicas":[1]}]}' },
    ],
    [
      'kafka-reassign-partitions',
      '--generate --broker-list 1 --topics-to-move-json-file {file}',
      { file: '{"version":1,"topics":[{"topic":"more2"}]}' },
    ],
    ['kafka-reassign-partitions', '--list'],
    ['kafka-reassign-partitions', '--execute --reassignment-json-file {file}', { file: '{"version":1}' }],
  ],
  'more of the node': [
    ['kafka-broker-api-versions', '', { without: GAPS }],
    ['kafka-log-dirs', '--describe --topic-list more2 --broker-list 1'],
    ['kafka-features', 'downgrade --feature metadata.version=7'],
    ['kafka-features', 'upgrade --metadata 99'],
    ['kafka-features', 'feature-dependencies --feature metadata.version=30'],
    ['kafka-metadata-quorum', 'describe --status --replication'],
    ['kafka-metadata-quorum', 'describe'],
    ['kafka-transactions', 'describe-producers --topic more2 --partition 0'],
    ['kafka-get-offsets', '--topic more.* --time -3'],
    ['kafka-get-offsets', '--topic more2 --partitions 0,9'],
    ['kafka-get-offsets', '--broker-list HOST --topic more2 --partitions x'],
  ],
  'records, measured': [
    [
      'kafka-producer-perf-test',
      '--topic more2 --num-records 50 --record-size 20 --throughput -1 --print-metrics',
      { measured: true, without: /:/ },
    ],
    ['kafka-producer-perf-test', '--topic more2 --num-records 50 --throughput -1'],
    ['kafka-consumer-perf-test', '--topic more2 --messages 10', { measured: true }],
    ['kafka-console-consumer', '--topic more2 --from-beginning --max-messages 0'],
    ['kafka-console-consumer', '--topic none --timeout-ms 1500'],
    ['kafka-console-consumer', '--include mor.* --from-beginning --timeout-ms 3000 --property print.value=false'],
    [
      'kafka-console-producer',
      '--topic more2 --sync --reader-property parse.key=true --reader-property key.separator=:',
      { stdin: 'k:one\nk:two\n' },
    ],
    ['kafka-console-producer', '--topic more2 --producer-property acks=7', { stdin: 'one\n' }],
    ['kafka-get-offsets', '--topic more2 --time latest'],
    // Without a key the producer picks a partition by chance; these keys lead to the first of three.
    [
      'kafka-console-producer',
      '--topic more.2 --sync --reader-property parse.key=true --reader-property key.separator=:',
      { stdin: 'k2:one\ny:two\n' },
    ],
    ['kafka-get-offsets', '--topic more.2 --time latest'],
  ],
  'files of the node': [
    ['kafka-storage', 'info --config {properties}', { offline: true }],
    // a partition with records: an empty one has no segment yet (gaps.md)
    [
      'kafka-dump-log',
      '--files {data}/more.2-0/00000000000000000000.log --deep-iteration',
      { offline: true, measured: true },
    ],
    ['kafka-dump-log', '--files {data}/more.2-0/00000000000000000000.index', { offline: true }],
    ['kafka-dump-log', '--files {data}/none.log', { offline: true }],
  ],
}
