/** `mq transactions abort`: ends a transaction from outside. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { describeTransactions } from '../../admin/transactions.ts'
import { throwItem } from '../../admin/items.ts'
import {
  abortTransaction,
  fenceTransactionalId,
  type OpenTransaction,
  openTransactionAt,
} from '../../admin/transactions-abort.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, integerFlag, optionalArg, yesFlag } from '../../cli/flags.ts'
import { renderFields } from '../../output/table.ts'

export interface TransactionsAbortResult {
  /** The transaction that was ended in one partition; null when a transactional id was fenced. */
  transaction: OpenTransaction | null
  /** The id that was fenced; null when a marker was written. */
  transactionalId: string | null
  aborted: boolean
  dryRun: boolean
}

export default class TransactionsAbort extends AdminCommand<TransactionsAbortResult> {
  static override summary = 'End a transaction: one that hangs in a partition, or what a transactional id has open.'
  static override description =
    'With TOPIC:PARTITION an abort marker is written into that partition, for a transaction that mq transactions find-hanging ' +
    'found: by --start-offset, or where the broker does not tell its producers by --producer-id, --producer-epoch and ' +
    '--coordinator-epoch. The marker of a transaction that a coordinator still knows can break it: end those with ' +
    '--transactional-id, which has the coordinator abort what is open; the producer that uses the id gets an error then. Both ask; ' +
    'off a terminal they need --yes.'
  static override examples = [
    '<%= config.bin %> transactions abort payments:3 --start-offset 1042',
    '<%= config.bin %> transactions abort payments:3 --producer-id 12 --producer-epoch 4 --coordinator-epoch 7 --yes',
    '<%= config.bin %> transactions abort --transactional-id billing-1',
  ]
  static override args = { place: optionalArg('The partition: TOPIC:PARTITION.') }
  static override flags = {
    'start-offset': integerFlag({ summary: 'Where the transaction begins in the partition.' }),
    'producer-id': integerFlag({ exclusive: ['start-offset'], summary: 'Its producer id.' }),
    'producer-epoch': integerFlag({ max: 32767, exclusive: ['start-offset'], summary: 'The epoch of that.' }),
    'coordinator-epoch': integerFlag({ exclusive: ['start-offset'], summary: 'The epoch of its coordinator.' }),
    'transactional-id': Flags.string({ helpValue: 'ID', summary: 'Have its coordinator abort what this id has open.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<TransactionsAbortResult> {
    const { args, flags } = await this.parse(TransactionsAbort)
    const dryRun = flags['dry-run'] ?? false
    const id = flags['transactional-id']
    if ((id === undefined) === (args.place === undefined))
      throw new UsageError('which transaction?', 'give TOPIC:PARTITION with --start-offset, or --transactional-id')
    if (id !== undefined) return this.fence(id, { dryRun, yes: flags.yes })
    const { topic, partitions } = parseScope(args.place!)
    const [partition, ...others] = partitions ?? []
    if (partition === undefined || others.length > 0)
      throw new UsageError(`"${args.place}" is not one partition`, 'write TOPIC:PARTITION, payments:3 for one')
    const startOffset = flags['start-offset']
    const open =
      startOffset === undefined
        ? namedTransaction({ topic, partition }, flags)
        : await openTransactionAt(await this.connect(), { topic, partition }, startOffset)
    this.say(
      renderFields([
        ['partition', `${topic}-${partition}`],
        ['producer', `${open.producerId}, epoch ${open.producerEpoch}`],
        ['coordinator epoch', open.coordinatorEpoch],
        ['begins at', open.transactionStart],
      ]),
    )
    if (!dryRun) {
      await this.confirm('Abort this transaction in this partition?', { yes: flags.yes })
      await abortTransaction(await this.connect(), open)
      this.note('aborted')
    }
    return { transaction: open, transactionalId: null, aborted: !dryRun, dryRun }
  }

  private async fence(
    id: string,
    options: { dryRun: boolean; yes: boolean | undefined },
  ): Promise<TransactionsAbortResult> {
    const client = await this.connect()
    const [known] = await describeTransactions(client, [id])
    // Asked first, since fencing an id that nobody uses would make it.
    if (known?.error !== undefined) throwItem(known.error)
    this.say(
      renderFields([
        ['transactional id', id],
        ['state', known?.state],
        ['producer', `${known?.producerId}, epoch ${known?.producerEpoch}`],
        ['partitions', known?.partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')],
      ]),
    )
    if (!options.dryRun) {
      await this.confirm(`Abort what ${id} has open, and fence its producer?`, { yes: options.yes })
      const { producerId, producerEpoch } = await fenceTransactionalId(client, id)
      this.note(`aborted; producer ${producerId} has epoch ${producerEpoch} now`)
    }
    return { transaction: null, transactionalId: id, aborted: !options.dryRun, dryRun: options.dryRun }
  }
}

function namedTransaction(
  place: { topic: string; partition: number },
  flags: {
    'producer-id'?: number | undefined
    'producer-epoch'?: number | undefined
    'coordinator-epoch'?: number | undefined
  },
): OpenTransaction {
  const [producerId, producerEpoch] = [flags['producer-id'], flags['producer-epoch']]
  const coordinatorEpoch = flags['coordinator-epoch']
  if (producerId === undefined || producerEpoch === undefined || coordinatorEpoch === undefined) {
    throw new UsageError(
      'which transaction of that partition?',
      'give --start-offset, or --producer-id, --producer-epoch and --coordinator-epoch',
    )
  }
  return { ...place, producerId, producerEpoch, coordinatorEpoch, transactionStart: null }
}
