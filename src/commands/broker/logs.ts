/** `mq broker logs`: what a node says. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { MqError } from '../../base/errors.ts'
import { LOG_LEVELS, type LogLevel } from '../../base/log.ts'
import { clusterNameFlag, nodeFlag } from '../../cli/broker-flags.ts'
import { integerFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { followLines, LevelFilter, lastLines } from '../../cluster/node-logs.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import type { NodeState } from '../../cluster/state.ts'
import { writeOut } from '../../output/stdout.ts'

export default class BrokerLogs extends MqCommand<void> {
  static override summary = 'Show the log of a local node.'
  static override description =
    'Lines are as Kafka writes them: [time] LEVEL message. --level keeps entries of that level and above, with their ' +
    'stack traces. --json prints one object a line: {node, line}.'
  static override examples = [
    '<%= config.bin %> broker logs --lines 50',
    '<%= config.bin %> broker logs --follow --level WARN',
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
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(BrokerLogs)
    const states = selectClusters({ name: flags.name, all: false })
    checkNodes(states, flags.node)
    const nodes = states.flatMap((state) => state.nodes).filter((node) => flags.node?.includes(node.id) !== false)
    if (nodes.length === 0)
      throw new MqError('MQ_NO_LOG', 'no local cluster, so no log', { hint: 'mq broker start makes one' })
    await Promise.all(nodes.map((node) => this.show(node, flags)))
  }

  private async show(node: NodeState, flags: { lines: number; level: LogLevel | undefined; follow: boolean }) {
    const path = [join(node.logDir, 'server.log'), join(node.logDir, 'broker.out')].find((file) => existsSync(file))
    if (path === undefined) throw new MqError('MQ_NO_LOG', `node ${node.id} has no log in ${node.logDir} yet`)
    const filter = new LevelFilter(flags.level)
    const { lines, position } = lastLines(path, flags.lines, filter)
    for (const line of lines) await this.write(node, line)
    if (!flags.follow) return
    for await (const line of followLines(path, position, this.aborter.signal)) {
      if (filter.keeps(line)) await this.write(node, line)
    }
  }

  private write(node: NodeState, line: string): Promise<void> {
    return writeOut(this.jsonEnabled() ? `${JSON.stringify({ node: node.id, line })}\n` : `${line}\n`)
  }
}
