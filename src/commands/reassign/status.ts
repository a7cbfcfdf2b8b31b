/** `mq reassign status`: what moves on the cluster, and the reassignments on this machine's record. */
import { AdminCommand } from '../../cli/admin-command.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'
import { renderTable } from '../../output/table.ts'
import { formatTime } from '../../output/units.ts'

export interface ReassignStatusResult {
  operations: {
    id: string
    hash: string
    operator: string
    begunAt: number
    lastAt: number
    state: 'open' | 'paused' | 'cancelling' | 'done' | 'cancelled'
    batches: number
    batchesDone: number
  }[]
  moving: { topic: string; partition: number; replicas: number[]; adding: number[]; removing: number[] }[]
}

export default class ReassignStatus extends AdminCommand<ReassignStatusResult> {
  static override summary = 'Show what is being reassigned.'
  static override description =
    'First the reassignments that were begun on this machine, then the partitions that the cluster is moving, whoever began it.'
  static override examples = ['<%= config.bin %> reassign status', '<%= config.bin %> reassign status --json']

  override async run(): Promise<ReassignStatusResult> {
    await this.parse(ReassignStatus)
    const session = await ReassignSession.open(await this.connect(), { warn: () => {}, onStep: () => {} })
    const operations = session.operations().map(({ id, state }): ReassignStatusResult['operations'][number] => ({
      ...{ id, hash: state.plan.hash, operator: state.operator, begunAt: state.begunAtMs, lastAt: state.lastAtMs },
      state:
        state.outcome ??
        (state.cancelling !== undefined ? 'cancelling' : state.pausedBecause === undefined ? 'open' : 'paused'),
      batches: (state.plan.body as { batches: unknown[] }).batches.length,
      batchesDone: state.steps.filter((step) => step.state === 'done').length,
    }))
    const moving = (await session.inFlight()).map((one) => ({
      ...{ topic: one.topic, partition: one.partition, replicas: [...one.replicas] },
      ...{ adding: [...one.adding], removing: [...one.removing] },
    }))
    this.say(
      renderTable(
        [
          { header: 'OPERATION', value: (row) => row.id },
          { header: 'STATE', value: (row) => row.state },
          { header: 'BATCHES', value: (row) => `${row.batchesDone}/${row.batches}`, align: 'right' },
          { header: 'LAST', value: (row) => formatTime(row.lastAt) },
          { header: 'OPERATOR', value: (row) => row.operator },
        ],
        operations,
      ),
    )
    this.say()
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'REPLICAS', value: (row) => row.replicas.join(',') },
          { header: 'ADDING', value: (row) => row.adding.join(',') },
          { header: 'REMOVING', value: (row) => row.removing.join(',') },
        ],
        moving,
      ),
    )
    return { operations, moving }
  }
}
