/** `mq transactions find-hanging`: transactions that nobody will ever end. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { findHanging, type HangingTransactions } from '../../admin/transactions-hanging.ts'
import { EXIT } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { durationFlag, integerFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration } from '../../output/units.ts'

export type TransactionsFindHangingResult = HangingTransactions

export default class TransactionsFindHanging extends AdminCommand<TransactionsFindHangingResult> {
  static override summary = 'Find transactions that hang: open in a partition, unknown to every coordinator.'
  static override description =
    'Consumers that read committed records only wait in front of such a transaction for ever, and compaction with them. Looked at ' +
    'are those without a record for longer than --max-timeout, which must be no less than transaction.max.timeout.ms of the ' +
    'brokers. Exit code 3 when there are some, and with the command that ends each; 1 when something could not be asked.'
  static override examples = [
    '<%= config.bin %> transactions find-hanging',
    '<%= config.bin %> transactions find-hanging --topic payments --topic orders:0',
    '<%= config.bin %> transactions find-hanging --broker 2 --max-timeout 1h --json',
  ]
  static override flags = {
    topic: Flags.string({
      char: 't',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'A topic, or partitions of one; repeatable. Default: every topic.',
    }),
    broker: integerFlag({ summary: 'Only partitions that this broker has, as it knows them.' }),
    'max-timeout': durationFlag({
      default: 15 * 60_000,
      defaultHelp: async () => '15m',
      summary: 'Longest time of a transaction.',
    }),
  }

  override async run(): Promise<TransactionsFindHangingResult> {
    const { flags } = await this.parse(TransactionsFindHanging)
    const found = await findHanging(await this.connect(), {
      scopes: flags.topic?.map(parseScope),
      broker: flags.broker,
      maxTimeoutMs: flags['max-timeout'],
      nowMs: Date.now(),
    })
    const { hanging, partitions, errors } = found
    if (hanging.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'PRODUCER-ID', value: (row) => row.producerId, align: 'right' },
            { header: 'EPOCH', value: (row) => row.producerEpoch, align: 'right' },
            { header: 'COORDINATOR-EPOCH', value: (row) => row.coordinatorEpoch, align: 'right' },
            { header: 'TXN-START', value: (row) => row.transactionStart, align: 'right' },
            { header: 'IDLE', value: (row) => formatDuration(row.idleMs), align: 'right' },
          ],
          hanging,
        ),
      )
      const { topic, partition, transactionStart } = hanging[0]!
      this.note(
        `to end ${hanging.length === 1 ? 'it' : 'the first'}: mq transactions abort ${topic}:${partition} --start-offset ${transactionStart}`,
      )
      this.finishWith(EXIT.finding)
    } else if (errors.length === 0) {
      this.note(`none in ${partitions} partition${partitions === 1 ? '' : 's'}`)
    }
    // What could not be asked may hang too: that is never fine.
    if (errors.length > 0) this.exitCode = EXIT.failed
    this.reportItems(errors)
    return found
  }
}
