/** `mq broker logs`: what a node says. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { MqError } from '../../base/errors.ts'
import { LOG_LEVELS, type LogLevel } from '../../base/log.ts'
import { clusterNameFlag, nodeFlag } from '../../cli/broker-flags.ts'
import { integerFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { followLines, LevelFilter, lastLinesWithRolled } from '../../cluster/node-logs.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import type { NodeState } from '../../cluster/state.ts'
import { writeOut } from '../../output/stdout.ts'

/** What a log is called on disk; the first that is there. */
const FILES = {
  server: ['server.log', 'broker.out'],
  controller: ['controller.log'],
  'state-change': ['state-change.log'],
  cleaner: ['log-cleaner.log'],
  request: ['kafka-request.log'],
} as const

interface Shown {
  readonly lines: number
  readonly level: LogLevel | undefined
  readonly follow: boolean
  readonly file: keyof typeof FILES
}

export default class BrokerLogs extends MqCommand<void> {
  static override summary = 'Show the log of a local node.'
  static override description =
    'Lines are as Kafka writes them: [time] LEVEL message (logger). --level keeps entries of that level and above, with ' +
    'their stack traces. --file chooses another log: controller (decisions about topics and brokers), state-change (leaders, ' +
    'in-sync sets, replicas), cleaner (compaction), request (every request, while the logger kafka.request.logger is at ' +
    'DEBUG: mq config set --broker-logger). A log is rolled every hour and at 100 MiB; --lines reaches back into ' +
    'the rolled files. Of several nodes each line begins with its node. --json prints one object a line: {node, line}.'
  static override examples = [
    '<%= config.bin %> broker logs --lines 50',
    '<%= config.bin %> broker logs --follow --level WARN',
    '<%= config.bin %> broker logs --file state-change',
  ]
  static override flags = {
    name: clusterNameFlag,
    node: nodeFlag,
    follow: Flags.boolean({ char: 'f', summary: 'Go on with what is written, until Ctrl-C.' }),
    lines: integerFlag({ char: 'n', default: 100, summary: 'How many of the last lines.' }),
    level: Flags.option({
      options: LOG_LEVELS,
      summary: 'This level and above.',
    })(),
    file: Flags.option({
      options: ['server', 'controller', 'state-change', 'cleaner', 'request'] as const,
      default: 'server',
      summary: 'Which log.',
    })(),
  }

  /** Whether lines of several nodes are to be told apart. */
  private isLabelled = false

  override async run(): Promise<void> {
    const { flags } = await this.parse(BrokerLogs)
    const states = selectClusters({ name: flags.name, all: false })
    checkNodes(states, flags.node)
    const nodes = states.flatMap((state) => state.nodes).filter((node) => flags.node?.includes(node.id) !== false)
    if (nodes.length === 0)
      throw new MqError('MQ_NO_LOG', 'no local cluster, so no log', { hint: 'mq broker start makes one' })
    this.isLabelled = nodes.length > 1
    // What is there already reads node by node; what is followed comes as it is written.
    if (!flags.follow) for (const node of nodes) await this.show(node, flags)
    else await Promise.all(nodes.map((node) => this.show(node, flags)))
  }

  private async show(node: NodeState, flags: Shown) {
    const names = FILES[flags.file]
    const path = names.map((name) => join(node.logDir, name)).find((file) => existsSync(file))
    if (path === undefined) {
      throw new MqError('MQ_NO_LOG', `node ${node.id} has no ${names[0]} in ${node.logDir} yet`)
    }
    const { lines, position } = lastLinesWithRolled(path, flags.lines, flags.level)
    for (const line of lines) await this.write(node, line)
    if (!flags.follow) return
    const filter = new LevelFilter(flags.level)
    for await (const line of followLines(path, position, this.aborter.signal)) {
      if (filter.keeps(line)) await this.write(node, line)
    }
  }

  private write(node: NodeState, line: string): Promise<void> {
    if (this.jsonEnabled()) return writeOut(`${JSON.stringify({ node: node.id, line })}\n`)
    return writeOut(this.isLabelled ? `node ${node.id} | ${line}\n` : `${line}\n`)
  }
}
