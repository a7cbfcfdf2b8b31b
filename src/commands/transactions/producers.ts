/** `mq transactions producers`: who writes to partitions, and where open transactions began. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { describeProducers, type PartitionProducers } from '../../admin/transactions-producers.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { integerFlag, requiredArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatTime } from '../../output/units.ts'

export interface TransactionsProducersResult {
  partitions: PartitionProducers[]
}

export default class TransactionsProducers extends AdminCommand<TransactionsProducersResult> {
  static override summary = 'Show the producers of partitions, and where open transactions began.'
  static override description =
    'What the leader of each partition keeps of idempotent and transactional producers. While a transaction is open, ' +
    'consumers that read committed records only stop at its TXN-START.'
  static override examples = [
    '<%= config.bin %> transactions producers payments',
    '<%= config.bin %> transactions producers payments:0,3-5 --open',
    '<%= config.bin %> transactions producers payments:0 --broker 2 --json',
  ]
  static override args = { topic: requiredArgs('Topics, or partitions of topics: payments:0,3-5.') }
  static override flags = {
    open: Flags.boolean({ summary: 'Only producers with an open transaction.' }),
    broker: integerFlag({ summary: 'Ask this broker about the partitions that it has, instead of the leaders.' }),
  }

  override async run(): Promise<TransactionsProducersResult> {
    const { args, flags } = await this.parse(TransactionsProducers)
    const scopes = args.topic.map(parseScope)
    const found = await describeProducers(await this.connect(), { scopes, broker: flags.broker })
    const partitions = flags.open
      ? found.map((row) => ({ ...row, producers: row.producers.filter((one) => one.transactionStart !== null) }))
      : found
    const rows = partitions.flatMap(({ topic, partition, producers }) =>
      producers.map((producer) => ({ topic, partition, ...producer })),
    )
    if (rows.length === 0) this.note(flags.open ? 'no open transactions' : 'no producers')
    else {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'PRODUCER-ID', value: (row) => row.producerId, align: 'right' },
            { header: 'EPOCH', value: (row) => row.producerEpoch, align: 'right' },
            { header: 'COORDINATOR-EPOCH', value: (row) => row.coordinatorEpoch, align: 'right' },
            { header: 'LAST-SEQUENCE', value: (row) => row.lastSequence, align: 'right' },
            { header: 'LAST-TIME', value: (row) => formatTime(row.lastTimestamp) },
            { header: 'TXN-START', value: (row) => row.transactionStart, align: 'right' },
          ],
          rows,
        ),
      )
    }
    this.reportItems(partitions.map(({ topic, partition, error }) => ({ name: `${topic}-${partition}`, error })))
    return { partitions }
  }
}
