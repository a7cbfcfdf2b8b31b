/** `mq transactions list`: the transactional ids that the coordinators know. */
import * as Flags from '@oclif/core/flags'
import {
  listTransactions,
  TRANSACTION_STATES,
  type TransactionList,
  type TransactionRow,
} from '../../admin/transactions.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { durationFlag, integerFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

export interface TransactionsListResult {
  transactions: TransactionRow[]
  /** Why transactions are missing. */
  errors?: TransactionList['errors']
}

export default class TransactionsList extends AdminCommand<TransactionsListResult> {
  static override summary = 'List transactional ids, with the state of their transactions.'
  static override description =
    'Every broker is asked for those that it coordinates; one that cannot be asked is reported, and the others are listed all ' +
    'the same. --longer-than needs Apache Kafka 3.8 or later.'
  static override examples = [
    '<%= config.bin %> transactions list',
    '<%= config.bin %> transactions list --state Ongoing --longer-than 5m',
    "<%= config.bin %> transactions list --regex 'billing-.*' --json",
  ]
  static override flags = {
    state: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'STATE',
      summary: `Only in this state: ${TRANSACTION_STATES.join(', ')}.`,
    }),
    'producer-id': integerFlag({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only of this producer id; repeatable.',
    }),
    'longer-than': durationFlag({ summary: 'Only those that have been going on for so long.' }),
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Only transactional ids whose whole name matches.' }),
  }

  override async run(): Promise<TransactionsListResult> {
    const { flags } = await this.parse(TransactionsList)
    const states = flags.state?.map(stateName)
    const { transactions, errors } = await listTransactions(await this.connect(), {
      states,
      producerIds: flags['producer-id'],
      runningMs: flags['longer-than'],
      regex: flags.regex,
    })
    if (transactions.length === 0) this.note('no transactions')
    else {
      this.say(
        renderTable(
          [
            { header: 'TRANSACTIONAL-ID', value: (row) => row.transactionalId },
            { header: 'PRODUCER-ID', value: (row) => row.producerId, align: 'right' },
            { header: 'STATE', value: (row) => row.state },
            { header: 'COORDINATOR', value: (row) => row.coordinator, align: 'right' },
          ],
          transactions,
        ),
      )
    }
    this.reportItems(errors.map(({ broker, error }) => ({ name: `broker ${broker}`, error })))
    return errors.length === 0 ? { transactions } : { transactions, errors }
  }
}

function stateName(text: string): string {
  const found = TRANSACTION_STATES.find((name) => name.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw new UsageError(`--state cannot be "${text}"`, `one of ${TRANSACTION_STATES.join(', ')}`)
}
