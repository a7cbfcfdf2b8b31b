/** `mq reassign move`: partitions to the brokers named. */
import { parseScope } from '../../admin/partitions.ts'
import { UsageError } from '../../base/errors.ts'
import { requiredArgs } from '../../cli/flags.ts'
import {
  allowRfChangeFlag,
  idList,
  moveFlags,
  ReassignCommand,
  type ReassignResult,
} from '../../cli/reassign-command.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignMove extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Give partitions the replicas that you name.'
  static override description =
    'Each argument is PARTITIONS=BROKERS; the first broker is the preferred leader. Another number of replicas needs ' +
    '--allow-rf-change.'
  static override examples = ['<%= config.bin %> reassign move orders:0=1,2,3 orders:4-5=2,3,1']
  static override args = { moves: requiredArgs('For example orders:0,3=1,2,3.') }
  static override flags = {
    'allow-rf-change': allowRfChangeFlag,
    ...moveFlags,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignMove)
    const wanted = (args.moves as unknown as string[]).flatMap(readMove)
    const names = wanted.map(({ topic, partition }) => `${topic}-${partition}`)
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    if (twice !== undefined) throw new UsageError(`${twice} is moved twice`)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    return this.planAndRun(session, flags, () =>
      session.planGiven(wanted, flags['allow-rf-change'] ?? false, this.planOptions(flags)),
    )
  }
}

function readMove(text: string): { topic: string; partition: number; replicas: number[] }[] {
  const [, where, ids] = /^(.+)=([\d,]+)$/.exec(text) ?? []
  const scope = parseScope(where ?? '')
  if (ids === undefined || scope.partitions === undefined) {
    throw new UsageError(`"${text}" is no move`, 'write orders:0=1,2,3')
  }
  const replicas = idList([ids], 'move')
  if (new Set(replicas).size !== replicas.length) throw new UsageError(`"${text}" names a broker twice`)
  return scope.partitions.map((partition) => ({ topic: scope.topic, partition, replicas }))
}
