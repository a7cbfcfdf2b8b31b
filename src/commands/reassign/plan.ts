/** `mq reassign plan`: how partitions would move to even out a cluster, or to leave brokers. */
import { readFileSync, writeFileSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { MqError } from '../../base/errors.ts'
import { idList, planFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { assignmentsOf, readTopicsToMove, writeAssignment } from '../../ops/reassign/kafka-json.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

const WATCH_MS = 3000

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
    topics: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC,...',
      summary: 'Only these topics, or partitions: orders or orders:0-3. Default: all.',
    }),
    'topics-file': Flags.string({ helpValue: 'FILE', summary: 'The topics in a file of kafka-reassign-partitions.' }),
    brokers: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID,...',
      summary: 'Brokers that are to hold them. Default: all.',
    }),
    exclude: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID,...',
      summary: 'Brokers that are to hold none of them.',
    }),
    minimal: Flags.boolean({ summary: 'Only what --brokers and --exclude demand; even out nothing.' }),
    ...planFlags,
    plan: Flags.string({ helpValue: 'FILE', summary: 'Write the plan here.' }),
    export: Flags.string({ helpValue: 'FILE', summary: "Write the assignment in Kafka's format here." }),
    rollback: Flags.string({ helpValue: 'FILE', summary: "Write the present assignment in Kafka's format here." }),
  }
  protected static override changesCluster = false

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { flags } = await this.parse(ReassignPlanCommand)
    // Commas stand between topics and between partitions of one: a piece that is a number goes on with the one before.
    const topics = (flags.topics ?? []).flatMap((text) => text.split(/,(?![\d-]+(?:,|$))/)).map(parseScope)
    const fromFile =
      flags['topics-file'] === undefined ? [] : readTopicsToMove(readFileSync(flags['topics-file'], 'utf8'))
    const scope = [...topics, ...fromFile.map(parseScope)]
    const brokers = flags.brokers === undefined ? null : idList(flags.brokers, '--brokers')
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    const goal = {
      ...NOTHING_ASKED,
      ...{ brokers, exclude: idList(flags.exclude, '--exclude'), balance: flags.minimal !== true },
      scope: scope.length === 0 ? null : scope.map((one) => ({ topic: one.topic, partitions: one.partitions ?? null })),
    }
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    const plan = await session.plan(goal, { batch, throttle: flags.throttle, watchMs: WATCH_MS })
    this.showPlan(plan)
    const { target, rollback } = assignmentsOf(plan.body.batches.flat())
    write(flags.plan, `${JSON.stringify(plan, null, 1)}\n`)
    write(flags.export, writeAssignment(target))
    write(flags.rollback, writeAssignment(rollback))
    if (flags.plan !== undefined) this.note(`mq reassign run --plan ${flags.plan} carries it out`)
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
