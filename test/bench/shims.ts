/**
 * Kafka's admin tools and their stand-ins, each asked the same of the same Apache Kafka node: from start to exit, the scripts that start
 * them included. They take turns, and what they print must be the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tools, type Tool } from '../compat/support/apache-kafka.ts'
import { BenchNode } from './engines.ts'
import { best, type Figure } from './figures.ts'
import type { Plan } from './plan.ts'
import { createTopic } from './start.ts'
import { kafkaTool, mqProgram, shown, time, times } from './timing.ts'

/** For kafka-acls. */
const WITH_ACLS = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}
/** The issue's: a tenth of the original's time. */
const GOAL = 10

/** The words behind the address; DELETE stands for a file of offsets. Where the address must stand first there is a dash. */
const LINES: readonly (readonly [tool: Tool, words: string])[] = [
  ['kafka-topics', '--list'],
  ['kafka-topics', '--describe'],
  ['kafka-configs', '--describe --entity-type topics --entity-name one'],
  ['kafka-configs', '--describe --entity-type brokers --entity-name 1 --all'],
  ['kafka-consumer-groups', '--list'],
  ['kafka-consumer-groups', '--describe --all-groups'],
  ['kafka-groups', '--list'],
  ['kafka-share-groups', '--list'],
  ['kafka-get-offsets', '--topic one'],
  ['kafka-delete-records', '--offset-json-file DELETE'],
  ['kafka-reassign-partitions', '--list'],
  ['kafka-leader-election', '--election-type preferred --all-topic-partitions'],
  ['kafka-log-dirs', '--describe --topic-list one'],
  ['kafka-broker-api-versions', ''],
  ['kafka-metadata-quorum', '- describe --status'],
  ['kafka-features', '- describe'],
  ['kafka-cluster', 'cluster-id'],
  ['kafka-transactions', '- list'],
  ['kafka-acls', '--list'],
]

/** Numbers that are others at each look, and the order of maps. */
const sameText = (text: string) => text.replaceAll(/\d+/g, '#').split('\n').sort().join('\n')

export async function shims(plan: Plan, say: (text: string) => void): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mq-bench-shims-'))
  const node = await BenchNode.create('apache', { settings: WITH_ACLS })
  try {
    await node.start()
    for (const topic of ['one', 'two', 'three']) await createTopic(node, topic)
    times(1, process.execPath, [mqProgram(), 'shims', 'install', folder])
    const offsets = join(folder, 'offsets.json')
    writeFileSync(offsets, '{"partitions": [{"topic": "one", "partition": 0, "offset": 0}], "version": 1}')
    const figures: Figure[] = []
    for (const [tool, words] of LINES) {
      const args = argumentsOf(words.replace('DELETE', offsets), node.bootstrap)
      const ours = time(2 * plan.commandRounds, join(folder, `${tool}.sh`), args)
      const theirs = time(...kafkaTool(Math.ceil(plan.commandRounds / 2), [tools[tool], ...args]))
      const what = `\`${[tool, words.replace(/^- /, '')].join(' ').trim()}\` beside the original`
      say(`${what}: ${shown(ours.taken)}, ${shown(theirs.taken)} ms`)
      if (ours.status !== theirs.status || sameText(ours.stdout) !== sameText(theirs.stdout)) {
        throw new Error(`${tool} ${words} answers otherwise than the original:\n${ours.stdout}\n${theirs.stdout}`)
      }
      figures.push(best({ part: 'shims', what, unit: 'ms', goal: GOAL }, ours.taken, theirs.taken))
    }
    return figures
  } finally {
    await node.discard()
    rmSync(folder, { recursive: true, force: true })
  }
}

function argumentsOf(words: string, bootstrap: string): string[] {
  const given = words.split(' ').filter((word) => word !== '' && word !== '-')
  const address = ['--bootstrap-server', bootstrap]
  return words.startsWith('- ') ? [...address, ...given] : [...given, ...address]
}
