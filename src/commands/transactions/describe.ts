/** `mq transactions describe`: what a transactional id is doing. */
import { describeTransactions, type TransactionDetails } from '../../admin/transactions.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { requiredArgs } from '../../cli/flags.ts'
import { colours } from '../../output/colours.ts'
import { renderFields } from '../../output/table.ts'
import { formatDuration, formatTime } from '../../output/units.ts'

export interface TransactionsDescribeResult {
  transactions: TransactionDetails[]
}

export default class TransactionsDescribe extends AdminCommand<TransactionsDescribeResult> {
  static override summary = 'Show what transactional ids are doing.'
  static override description =
    'State, producer, how long the open transaction has been going on and which partitions it has written to, as the ' +
    'coordinator of each id knows it. An id that does not exist fails as a line of its own.'
  static override examples = [
    '<%= config.bin %> transactions describe billing-1',
    '<%= config.bin %> transactions describe billing-1 billing-2 --json',
  ]
  static override args = { 'transactional-id': requiredArgs('Transactional ids.') }

  override async run(): Promise<TransactionsDescribeResult> {
    const { args } = await this.parse(TransactionsDescribe)
    const transactions = await describeTransactions(await this.connect(), args['transactional-id'])
    const now = Date.now()
    const shown = transactions.filter(({ error }) => error === undefined)
    this.sayBlocks(shown.map((one) => block(one, now)))
    this.reportItems(transactions.map(({ transactionalId, error }) => ({ name: transactionalId, error })))
    return { transactions }
  }

  private sayBlocks(blocks: readonly string[]): void {
    if (blocks.length > 0) this.say(blocks.join('\n\n'))
  }
}

function block(one: TransactionDetails, nowMs: number): string {
  const running = one.startedMs === null ? null : formatDuration(nowMs - one.startedMs)
  const fields = renderFields([
    ['state', one.state],
    ['coordinator', one.coordinator],
    ['producer', `${one.producerId}, epoch ${one.producerEpoch}`],
    ['timeout', formatDuration(one.timeoutMs)],
    ['started', running === null ? null : `${formatTime(one.startedMs)}, ${running} ago`],
    ['partitions', one.partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')],
  ])
  return `${colours.heading(one.transactionalId)}\n${fields}`
}
