/**
 * Kafka's tools, the same invocations against Apache Kafka and against the bundled broker: exit code, standard output and errors must
 * be the same once ids, ports, paths and times are taken out. Good and bad input, in the order of a day's work on one node.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { Side } from './support/parity.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { ToolRunner } from './support/tool-runner.ts'
import { type Line, moreLines } from './tools/more-lines.ts'

const records = Array.from({ length: 12 }, (_, i) => `k${i % 5}:v${i}`).join('\n')

/** What each script does is told by its name; scripts follow each other on the same node. */
const scripts: Record<string, readonly Line[]> = {
  topics: [
    ['kafka-topics', '--create --topic a --partitions 3 --replication-factor 1 --config retention.ms=-1'],
    [
      'kafka-topics',
      '--create --topic b.c --partitions 1 --config cleanup.policy=compact --config segment.bytes=2000000',
    ],
    ['kafka-topics', '--create --topic b_c --partitions 1'],
    ['kafka-topics', '--create --topic a'],
    ['kafka-topics', '--create --topic a --if-not-exists'],
    ['kafka-topics', '--create --topic placed --replica-assignment 1,1'],
    ['kafka-topics', '--create --topic nobody --replica-assignment 7'],
    ['kafka-topics', '--create --topic bad/name'],
    ['kafka-topics', '--create --topic x --partitions 0'],
    ['kafka-topics', '--create --topic x --replication-factor 2'],
    ['kafka-topics', '--create --topic x --config no.such=1'],
    ['kafka-topics', '--create --topic x --config retention.ms=soon'],
    ['kafka-topics', '--create --topic x --config min.insync.replicas=0'],
    ['kafka-topics', '--list'],
    ['kafka-topics', '--list --topic b.*'],
    ['kafka-topics', '--describe'],
    ['kafka-topics', '--describe --topic a'],
    ['kafka-topics', '--describe --topic-id AAAAAAAAAAAAAAAAAAAAAQ'],
    ['kafka-topics', '--describe --topic none'],
    ['kafka-topics', '--describe --topic none --if-exists'],
    ['kafka-topics', '--describe --topics-with-overrides'],
    ['kafka-topics', '--describe --under-replicated-partitions'],
    ['kafka-topics', '--describe --unavailable-partitions'],
    ['kafka-topics', '--describe --under-min-isr-partitions'],
    ['kafka-topics', '--describe --at-min-isr-partitions'],
    ['kafka-topics', '--alter --topic a --partitions 5'],
    ['kafka-topics', '--alter --topic a --partitions 5'],
    ['kafka-topics', '--alter --topic a --partitions 2'],
    ['kafka-topics', '--alter --topic none --partitions 2'],
    ['kafka-topics', '--alter --topic placed --partitions 4 --replica-assignment 1,1,1,1'],
    ['kafka-topics', '--alter --topic placed --partitions 6 --replica-assignment 1,1,1,1'],
    ['kafka-topics', '--delete --topic none'],
    ['kafka-topics', '--delete --topic none --if-exists'],
    ['kafka-topics', '--delete --topic placed'],
    ['kafka-topics', '--describe --topic a'],
  ],
  configs: [
    ['kafka-configs', '--entity-type topics --entity-name a --describe'],
    ['kafka-configs', '--entity-type topics --entity-name a --describe --all'],
    ['kafka-configs', '--entity-type topics --describe'],
    [
      'kafka-configs',
      '--entity-type topics --entity-name a --alter --add-config max.message.bytes=2000,compression.type=lz4',
    ],
    ['kafka-configs', '--entity-type topics --entity-name a --alter --add-config cleanup.policy=[compact,delete]'],
    ['kafka-configs', '--entity-type topics --entity-name a --describe'],
    ['kafka-configs', '--entity-type topics --entity-name a --alter --delete-config max.message.bytes,cleanup.policy'],
    ['kafka-configs', '--entity-type topics --entity-name a --alter --delete-config no.such.key'],
    ['kafka-configs', '--entity-type topics --entity-name a --alter --add-config compression.type=best'],
    ['kafka-configs', '--entity-type topics --entity-name a --alter --add-config no.such.key=1'],
    ['kafka-configs', '--entity-type topics --entity-name none --alter --add-config retention.ms=1'],
    ['kafka-configs', '--entity-type topics --entity-name none --describe'],
    [
      'kafka-configs',
      '--entity-type topics --entity-name a --alter --add-config-file {file}',
      { file: 'flush.ms=7\n' },
    ],
    ['kafka-configs', '--entity-type brokers --entity-default --alter --add-config log.retention.ms=100000'],
    ['kafka-configs', '--entity-type brokers --entity-name 1 --alter --add-config log.cleaner.threads=2'],
    ['kafka-configs', '--entity-type brokers --entity-name 1 --alter --add-config node.id=4'],
    ['kafka-configs', '--entity-type brokers --entity-name 1 --alter --add-config num.io.threads=0'],
    ['kafka-configs', '--entity-type brokers --entity-default --alter --add-config listeners=A://:1'],
    ['kafka-configs', '--entity-type brokers --entity-name 9 --describe'],
    ['kafka-configs', '--entity-type brokers --entity-name x --describe'],
    ['kafka-configs', '--entity-type brokers --entity-default --describe'],
    ['kafka-configs', '--entity-type brokers --entity-name 1 --describe'],
    ['kafka-configs', '--entity-type topics --entity-name b.c --describe --all'],
    ['kafka-configs', '--entity-type brokers --entity-name 1 --alter --delete-config log.cleaner.threads'],
    ['kafka-configs', '--entity-type brokers --entity-default --alter --delete-config log.retention.ms'],
    [
      'kafka-configs',
      '--entity-type client-metrics --entity-name m --alter --add-config interval.ms=5000,metrics=[x.y]',
    ],
    ['kafka-configs', '--entity-type client-metrics --describe'],
    ['kafka-configs', '--entity-type users --entity-name u --alter --add-config producer_byte_rate=1000'],
    ['kafka-configs', '--entity-type clients --entity-default --alter --add-config consumer_byte_rate=2000'],
    ['kafka-configs', '--entity-type ips --entity-name 127.0.0.9 --alter --add-config connection_creation_rate=5'],
    ['kafka-configs', '--entity-type users --entity-name u --alter --add-config no_such_quota=1'],
    ['kafka-configs', '--entity-type users --describe'],
    ['kafka-configs', '--entity-type clients --describe'],
    ['kafka-configs', '--entity-type ips --describe'],
    ['kafka-configs', '--entity-type users --entity-name u --alter --delete-config producer_byte_rate'],
    ['kafka-configs', '--entity-type users --entity-name u --describe'],
  ],
  records: [
    [
      'kafka-console-producer',
      '--topic a --reader-property parse.key=true --reader-property key.separator=:',
      { stdin: records },
    ],
    ['kafka-console-producer', '--topic b.c --compression-codec zstd', { stdin: 'no key' }],
    [
      'kafka-console-producer',
      '--topic a --reader-property parse.key=true --reader-property key.separator=:',
      { stdin: 'nokey' },
    ],
    [
      'kafka-console-consumer',
      '--topic a --group reader --from-beginning --max-messages 12 --formatter-property print.key=true --formatter-property print.partition=true --formatter-property print.offset=true',
    ],
    ['kafka-console-consumer', '--topic a --partition 0 --offset 1 --max-messages 1'],
    ['kafka-console-consumer', '--topic a --partition 9 --offset 0 --timeout-ms 2000'],
    ['kafka-get-offsets', '--topic a'],
    ['kafka-get-offsets', '--topic a --time earliest'],
    ['kafka-get-offsets', '--topic a --time 1000'],
    ['kafka-get-offsets', '--topic a --time 4000000000000'],
    ['kafka-get-offsets', '--topic-partitions a:0-2,b.c:0 --time latest'],
    ['kafka-get-offsets', '--topic none'],
    ['kafka-get-offsets', '--time soon'],
    ['kafka-get-offsets', '--exclude-internal-topics'],
  ],
  'deleted records': [
    ['kafka-delete-records', '--offset-json-file {file}', { file: deletion(['a', 0, 1], ['a', 1, -1]) }],
    ['kafka-delete-records', '--offset-json-file {file}', { file: deletion(['a', 0, 99]) }],
    ['kafka-delete-records', '--offset-json-file {file}', { file: deletion(['a', 0, 1], ['a', 0, 1]) }],
    ['kafka-delete-records', '--offset-json-file {file}', { file: '{"version":2}' }],
    ['kafka-get-offsets', '--topic a --time earliest'],
  ],
  groups: [
    ['kafka-consumer-groups', '--list'],
    ['kafka-consumer-groups', '--describe --group g'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a --to-earliest --dry-run'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a --to-earliest --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a:2 --to-latest --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a:2 --shift-by -1 --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a:2 --shift-by 1000 --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a:2 --to-offset 1 --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a --to-datetime 2020-01-01T00:00:00.000Z --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a --to-datetime 2020-01-01 --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a --by-duration PT1H --dry-run'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic none --to-earliest --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --topic a:77 --to-earliest --execute'],
    ['kafka-consumer-groups', '--reset-offsets --group g --from-file {file} --execute', { file: 'a,0,1\na,3,0\n' }],
    ['kafka-consumer-groups', '--reset-offsets --group g --from-file {file} --execute', { file: 'a,0,one\n' }],
    ['kafka-consumer-groups', '--reset-offsets --group g --all-topics --to-current --dry-run --export'],
    ['kafka-consumer-groups', '--reset-offsets --group g --all-topics --to-current'],
    ['kafka-consumer-groups', '--describe --group g --offsets'],
    ['kafka-consumer-groups', '--describe --group g --state'],
    ['kafka-consumer-groups', '--describe --group g --members'],
    ['kafka-consumer-groups', '--describe --group none'],
    ['kafka-consumer-groups', '--list --state empty'],
    ['kafka-consumer-groups', '--list --state wrong'],
    ['kafka-consumer-groups', '--list --type classic'],
    ['kafka-groups', '--list'],
    ['kafka-consumer-groups', '--delete-offsets --group g --topic a:1'],
    ['kafka-consumer-groups', '--delete-offsets --group g --topic none'],
    ['kafka-consumer-groups', '--delete-offsets --group none --topic a'],
    ['kafka-consumer-groups', '--validate-regex a.*b'],
    ['kafka-consumer-groups', '--delete --group none'],
    ['kafka-consumer-groups', '--delete --group g'],
    ['kafka-consumer-groups', '--delete --group g'],
  ],
  'the node': [
    ['kafka-log-dirs', '--describe --topic-list none'],
    ['kafka-log-dirs', '--describe --broker-list 5'],
    ['kafka-cluster', 'cluster-id'],
    ['kafka-cluster', 'list-endpoints'],
    ['kafka-cluster', 'list-endpoints --include-fenced-brokers'],
    ['kafka-metadata-quorum', 'describe --status'],
    ['kafka-metadata-quorum', 'describe --replication'],
    ['kafka-features', 'version-mapping'],
    ['kafka-features', 'upgrade --feature no.such=1'],
    ['kafka-features', 'downgrade --feature metadata.version=999'],
    ['kafka-topics', '--delete --topic a'],
    ['kafka-topics', '--delete --topic b.c'],
    ['kafka-topics', '--describe'],
  ],
}

function deletion(...partitions: [topic: string, partition: number, offset: number][]): string {
  const listed = partitions.map(([topic, partition, offset]) => ({ topic, partition, offset }))
  return JSON.stringify({ partitions: listed, version: 1 })
}

/** Takes out what two nodes cannot have in common, and what two runs of one tool do not. */
function normalised(text: string, engine: Engine): string {
  return (
    text
      .split('\n')
      // stack traces, log lines, and how the runner ends a tool
      .filter(
        (line) =>
          !/^\s+at |^\[\d{4}-|^\s*\.\.\. \d+ more|^\t\S+ = |^exit$|ToolRunner\$Exited| \(org\.apache\.kafka\.[\w.]+\)$/.test(
            line,
          ),
      )
      .join('\n')
      .replaceAll(engine.dataDir, 'DATA')
      .replaceAll(engine.folder, 'FOLDER')
      .replaceAll(engine.bootstrap, 'HOST:PORT')
      .replace(/\b2[12]\d{3}\b/g, 'PORT')
      .replace(/TopicId: [\w-]{22}/g, 'TopicId: ID')
      .replace(/(?<![\w-])[\w-]{22}(?![\w-])/g, (id) =>
        /\d/.test(id) && /[a-z]/.test(id) && /[A-Z]/.test(id) ? 'ID' : id,
      )
      .replace(/\b1[67]\d{11}\b/g, 'TIME')
  )
}

/** What a tool of these changes is seen by the next one: an answer of the controller comes before its broker has applied it. */
const CHANGES = /--(alter|create|delete|execute)\b/

/** Outputs that depend on how long a node has been running, by the start of a line. */
const moving = /^(LeaderEpoch|HighWatermark|MaxFollowerLagTimeMs|1\s+A{22}\s+\d+)/

async function applied(bootstrap: string): Promise<void> {
  const side = new Side(bootstrap)
  await side.applied()
  side.close()
}

describeWith('Kafka tools say the same on both engines', apacheKafkaPeer(), (home) => {
  const engines: Engine[] = []
  let runner: ToolRunner
  beforeAll(async () => {
    runner = new ToolRunner(home)
    // what the bundled broker claims, so that the tools take the same ways
    const features = { 'group.version': 0, 'transaction.version': 0, 'share.version': 0, 'streams.version': 0 }
    engines.push(await startEngine('apache', { features }), await startEngine('bundled'))
  })
  afterAll(async () => {
    await runner?.stop()
    await Promise.all(engines.map((engine) => engine.stop()))
  })

  const outcome = async (engine: Engine, [tool, args, options = {}]: Line): Promise<string> => {
    const file = join(engine.folder, 'argument')
    if (options.file !== undefined) writeFileSync(file, options.file)
    const places = { '{file}': file, '{properties}': join(engine.folder, 'server.properties') }
    const words = args
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => places[word as '{file}'] ?? word.replace('{data}', engine.dataDir))
    const address = options.offline === true ? [] : ['--bootstrap-server', engine.bootstrap]
    // these want the action last, the cluster tool wants it first
    const isLast = /^kafka-(metadata-quorum|features|transactions)$/.test(tool)
    const done = await runner.run(tool, isLast ? [...address, ...words] : [...words, ...address], options.stdin)
    return (
      [`exit ${done.code}`, done.stdout, done.stderr]
        .map((part) => normalised(part, engine))
        .flatMap((part) => part.split('\n'))
        .filter((line) => line !== '' && !moving.test(line) && options.without?.test(line) !== true)
        .map((line) => (options.measured === true ? line.replace(/-?\d+(\.\d+)?|NaN/g, 'N') : line))
        // the tools print maps in the order of their hashes
        .sort()
        .join('\n')
    )
  }

  for (const [name, lines] of Object.entries({ ...scripts, ...moreLines })) {
    describe(name, () => {
      for (const line of lines) {
        it(`${line[0]} ${line[1]}`, async () => {
          const [apache, bundled] = engines as [Engine, Engine]
          const expected = await outcome(apache, line)
          expect(await outcome(bundled, line)).toBe(expected)
          if (CHANGES.test(line[1])) for (const { bootstrap } of engines) await applied(bootstrap)
        })
      }
    })
  }
})
