/** `mq shims install`: Kafka's own tool names in a directory, without a JVM behind them. */
import { join } from 'node:path'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { MqCommand } from '../../cli/mq-command.ts'
import { exportLine, type InstalledShims, installShims } from '../../shims/install.ts'

export default class ShimsInstall extends MqCommand<InstalledShims> {
  static override summary = "Write Kafka's tool names into a directory: kafka-topics, kafka-topics.sh and the rest."
  static override description =
    'Each is a small script that runs mq, with the flags, the output and the exit codes of Kafka 4.3.1, and no JVM. Put ' +
    'the directory on PATH, before one with the originals. Running it again renews what it wrote; files of others stay ' +
    'unless --force is given.'
  static override examples = [
    '<%= config.bin %> shims install ~/.local/bin',
    '<%= config.bin %> shims install /opt/kafka/bin --force',
  ]
  static override args = { directory: Args.string({ required: true, description: 'Made if it is not there.' }) }
  static override flags = {
    force: Flags.boolean({ summary: 'Replace files of these names that something else wrote.' }),
  }

  override async run(): Promise<InstalledShims> {
    const { args, flags } = await this.parse(ShimsInstall)
    const installed = installShims({
      directory: args.directory,
      node: process.execPath,
      entry: join(this.config.root, 'bin', 'shim.cjs'),
      force: flags.force,
    })
    this.note(`${installed.tools.length} tools, each with and without .sh, are in ${installed.directory}`)
    const path = (process.env.PATH ?? '').split(':')
    if (!path.includes(installed.directory)) this.note(`to use them: ${exportLine(installed.directory)}`)
    return installed
  }
}
