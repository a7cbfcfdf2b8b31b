/** `mq logdirs`: the log directories of brokers, with their room and what they hold. */
import { type LogDirs, readLogDirs } from '../../admin/log-dirs.ts'
import * as Flags from '@oclif/core/flags'
import { AdminCommand } from '../../cli/admin-command.ts'
import { integerFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatCount, formatSize } from '../../output/units.ts'

export default class LogdirsIndex extends AdminCommand<LogDirs> {
  static override summary = 'Show the log directories of brokers: room, use, replicas, failures.'
  static override description =
    'TOTAL and USABLE are those of the volume (Kafka 3.3 and later), USED is what the replicas take, MOVING counts ' +
    'replicas on their way in. With --topic the replicas of these topics are listed, and USED counts them alone. A ' +
    'directory that is offline, or a broker that does not answer, is shown and makes the exit code 1; so does a topic that ' +
    'is not there.'
  static override examples = [
    '<%= config.bin %> logdirs',
    { description: 'where a topic lies', command: '<%= config.bin %> logdirs --topic example-topic' },
    '<%= config.bin %> logdirs --broker 1 --json',
  ]
  static override flags = {
    broker: integerFlag({ multiple: true, multipleNonGreedy: true, summary: 'This broker; repeatable. Default: all.' }),
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC',
      summary: 'List the replicas of this topic; repeatable.',
    }),
  }

  override async run(): Promise<LogDirs> {
    const { flags } = await this.parse(LogdirsIndex)
    const client = await this.connect()
    const result = await readLogDirs(client, { brokers: flags.broker, topics: flags.topic })
    const { directories } = result
    this.say(
      renderTable(
        [
          { header: 'BROKER', value: (row) => row.broker, align: 'right' },
          { header: 'PATH', value: (row) => row.path },
          { header: 'TOTAL', value: (row) => formatSize(row.total), align: 'right' },
          { header: 'USABLE', value: (row) => formatSize(row.usable), align: 'right' },
          { header: 'USED', value: (row) => formatSize(row.used), align: 'right' },
          { header: 'REPLICAS', value: (row) => count(row.replicas, false, row.error), align: 'right' },
          { header: 'MOVING', value: (row) => count(row.replicas, true, row.error), align: 'right' },
          {
            header: 'STATE',
            value: stateOf,
          },
        ],
        directories,
      ),
    )
    if (flags.topic !== undefined) {
      this.say()
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'BROKER', value: (row) => row.broker, align: 'right' },
            { header: 'PATH', value: (row) => row.path },
            { header: 'SIZE', value: (row) => formatSize(row.size), align: 'right' },
            {
              header: 'BEHIND',
              value: (row) => (row.offsetLag < 0 ? null : formatCount(row.offsetLag)),
              align: 'right',
            },
            { header: 'ROLE', value: (row) => (row.future ? 'moving here' : 'current') },
          ],
          directories
            .flatMap(({ broker, path, replicas }) => replicas.map((one) => ({ ...one, broker, path })))
            .sort((one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition),
        ),
      )
    }
    this.reportItems([
      ...directories.map(({ broker, path, error }) => ({
        name: path === null ? `broker ${broker}` : `${path} on broker ${broker}`,
        error,
      })),
      ...result.missing.map(({ topic, error }) => ({ name: topic, error })),
    ])
    return result
  }
}

function count(replicas: LogDirs['directories'][number]['replicas'], future: boolean, error: unknown): number | null {
  return error === undefined ? replicas.filter((one) => one.future === future).length : null
}

function stateOf({ path, error, cordoned }: LogDirs['directories'][number]): string | null {
  if (error !== undefined) return path === null ? null : 'OFFLINE'
  return cordoned ? 'cordoned' : 'online'
}
