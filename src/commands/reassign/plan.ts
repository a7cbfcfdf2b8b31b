/** `mq reassign plan`: how partitions would move to even out a cluster, or to leave brokers. */
import { writeFileSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { MqError } from '../../base/errors.ts'
import {
  brokerIds,
  brokersFlag,
  excludeFlag,
  idList,
  nothingText,
  planFlags,
  ReassignCommand,
  type ReassignResult,
  topicsFlag,
} from '../../cli/reassign-command.ts'
import { scopeOf } from '../../ops/reassign/goal-flags.ts'
import { assignmentsOf, writeAssignment } from '../../ops/reassign/kafka-json.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignPlanCommand extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Plan moves that even out replicas, bytes and leaders.'
  static override description =
    'Moves as little as possible: brokers with too much give to brokers with too little, racks are kept or mended, and ' +
    'partitions that are not fully in sync stay. Changes nothing; --plan keeps the plan for mq reassign run, --export ' +
    'writes it for kafka-reassign-partitions, --rollback what leads back.'
  static override examples = [
    '<%= config.bin %> reassign plan --plan /tmp/plan.json',
    {
      description: 'two topics, away from broker 3',
      command: '<%= config.bin %> reassign plan --topics orders,users --exclude 3 --throttle auto',
    },
  ]
  static override flags = {
    topics: topicsFlag,
    'topics-file': Flags.string({ helpValue: 'FILE', summary: 'The topics in a file of kafka-reassign-partitions.' }),
    brokers: brokersFlag,
    exclude: excludeFlag,
    minimal: Flags.boolean({ summary: 'Only what --brokers and --exclude demand; even out nothing.' }),
    ...planFlags,
    plan: Flags.string({ helpValue: 'FILE', summary: 'Write the plan here.' }),
    export: Flags.string({ helpValue: 'FILE', summary: "Write the assignment in Kafka's format here." }),
    rollback: Flags.string({ helpValue: 'FILE', summary: "Write the present assignment in Kafka's format here." }),
  }
  protected static override changesCluster = false

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { flags } = await this.parse(ReassignPlanCommand)
    const goal = {
      ...NOTHING_ASKED,
      ...{ scope: scopeOf(flags.topics, flags['topics-file']), balance: flags.minimal !== true },
      brokers: brokerIds(flags.brokers),
      exclude: idList(flags.exclude, '--exclude'),
    }
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    const plan = await session.plan(goal, this.planOptions(flags))
    this.showPlan(plan)
    const { target, rollback } = assignmentsOf(plan.body.batches.flat())
    write(flags.plan, `${JSON.stringify(plan, null, 1)}\n`)
    write(flags.export, writeAssignment(target))
    write(flags.rollback, writeAssignment(rollback))
    if (plan.body.batches.length === 0) this.note(nothingText(plan))
    else if (flags.plan !== undefined) this.note(`mq reassign run --plan ${flags.plan} carries it out`)
    return this.planResult(plan, null)
  }
}

function write(path: string | undefined, text: string): void {
  if (path === undefined) return
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new MqError('MQ_FILE', `cannot write ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause })
  }
}
