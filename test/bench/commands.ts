/** How long a command takes from start to exit: mq's, Kafka's own tool, and the bare runtime below both. */
import { tools } from '../compat/support/apache-kafka.ts'
import { BenchNode } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { lagLooks } from './lag-looks.ts'
import { produce } from './load.ts'
import type { Plan } from './plan.ts'
import { createTopic, withClient } from './start.ts'
import { kafkaTool, mqProgram, shown, times } from './timing.ts'

const LAG_TOPIC = 'lag'
const LAG_PARTITIONS = 10
const LAG_RECORDS = 50_000
const AT_ONCE = 50

/** Listing topics; all on mq's broker, so that only the tools differ. */
export async function commands(plan: Plan, say: (text: string) => void): Promise<Figure[]> {
  return await onNode(async (node) => {
    for (const topic of ['one', 'two', 'three']) await createTopic(node, topic)
    const list = ['--bootstrap-server', node.bootstrap, '--list']
    const mq = times(plan.commandRounds, process.execPath, [mqProgram(), 'topics', 'list', '-b', node.bootstrap])
    const tool = times(...kafkaTool(plan.commandRounds, [tools['kafka-topics'], ...list]))
    const bare = times(plan.commandRounds, process.execPath, ['-e', '0'])
    say(`topics list: mq ${shown(mq)}, kafka-topics ${shown(tool)}, node -e 0 ${shown(bare)} ms`)
    const what = { part: 'commands', unit: 'ms' }
    return [
      best({ ...what, what: '`mq topics list` beside `kafka-topics --list`', goal: 12 }, mq, tool),
      best({ ...what, what: '`mq topics list` beside `node -e 0`', against: 'node', goal: 1 / 2.5 }, mq, bare),
    ]
  })
}

/** The lag of very many groups; again all on mq's broker. */
export async function lag(plan: Plan, say: (text: string) => void): Promise<Figure[]> {
  return await onNode(async (node) => {
    await createTopic(node, LAG_TOPIC, LAG_PARTITIONS)
    // Every partition of every group lags, so that the times of the first unread records are looked up.
    await produce(node, LAG_TOPIC, { messageBytes: 100, messages: LAG_RECORDS }, 1)
    await commitAll(node, plan.groups)
    const all = ['--bootstrap-server', node.bootstrap, '--describe', '--all-groups']
    const show = times(plan.lagRounds, process.execPath, [mqProgram(), 'lag', 'show', '-b', node.bootstrap])
    const describe = times(plan.lagRounds, process.execPath, [
      mqProgram(),
      'groups',
      'describe',
      '--lag',
      '-b',
      node.bootstrap,
    ])
    const tool = times(...kafkaTool(plan.lagRounds, [tools['kafka-consumer-groups'], ...all]))
    say(
      `lag of ${plan.groups} groups: lag show ${shown(show)}, groups describe --lag ${shown(describe)}, Kafka's ${shown(tool)} ms`,
    )
    const what = { part: 'lag', unit: 'ms', goal: 10 }
    const groups = `${plan.groups} groups x ${LAG_PARTITIONS} partitions`
    return [
      best(
        { ...what, what: `\`mq lag show\` of ${groups} beside \`kafka-consumer-groups --describe --all-groups\`` },
        show,
        tool,
      ),
      best({ ...what, what: `\`mq groups describe --lag\` of the same` }, describe, tool),
      ...lagLooks(node, groups, tool, plan.lagRounds),
    ]
  })
}

async function onNode<T>(work: (node: BenchNode) => Promise<T>): Promise<T> {
  const node = await BenchNode.create('mq')
  try {
    await node.start()
    return await work(node)
  } finally {
    await node.discard()
  }
}

/** Every group commits offset 0 of every partition, as a consumer without a group membership does. */
async function commitAll(node: BenchNode, groups: number): Promise<void> {
  const partitions = Array.from({ length: LAG_PARTITIONS }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset: 0,
    committedLeaderEpoch: -1,
    committedMetadata: '',
  }))
  await withClient(node, async (client) => {
    for (let from = 0; from < groups; from += AT_ONCE) {
      const names = Array.from({ length: Math.min(AT_ONCE, groups - from) }, (_, index) => `group-${from + index}`)
      await Promise.all(
        names.map(async (group) => {
          const body = {
            groupId: group,
            generationIdOrMemberEpoch: -1,
            memberId: '',
            topics: [{ name: LAG_TOPIC, partitions }],
          }
          const answer = await client.request('OffsetCommit', body, { group }, { maxVersion: 8 })
          const bad = answer.topics[0]?.partitions.find(({ errorCode }) => errorCode !== 0)
          if (bad !== undefined) throw new Error(`${group} cannot commit: error ${bad.errorCode}`)
        }),
      )
    }
  })
}
