/** `mq reassign run`: carries out a plan, or an assignment in Kafka's format. */
import { readFileSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { MqError } from '../../base/errors.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import { planFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { readPlan } from '../../ops/engine/plan.ts'
import { readAssignment } from '../../ops/reassign/kafka-json.ts'
import type { ReassignBody } from '../../ops/reassign/operation.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'
import { formatSize } from '../../output/units.ts'

const WATCH_MS = 3000

export default class ReassignRun extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Carry out a plan batch by batch.'
  static override description =
    'Looks at each partition again before it touches it. One interrupt stops after the batch under way, a second one at ' +
    'once; mq reassign resume goes on, also after a kill. A file of kafka-reassign-partitions is taken as it is, after the ' +
    'checks that every plan goes through.'
  static override examples = ['<%= config.bin %> reassign run --plan /tmp/plan.json']
  static override flags = {
    plan: Flags.string({ required: true, helpValue: 'FILE', summary: "A plan, or an assignment in Kafka's format." }),
    'allow-rf-change': Flags.boolean({ summary: "Let a file in Kafka's format change replication factors." }),
    ...planFlags,
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { flags } = await this.parse(ReassignRun)
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    if (flags['dry-run'] !== true) session.assertIdle()
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    const options = { batch, throttle: flags.throttle, watchMs: WATCH_MS }
    const text = read(flags.plan)
    const plan = /"hash"\s*:/.test(text)
      ? readPlan<ReassignBody>(text, 'reassign')
      : await session.planGiven(readAssignment(text), flags['allow-rf-change'] ?? false, options)
    this.showPlan(plan)
    const count = plan.body.batches.flat().length
    if (count === 0) this.note('nothing to move')
    if (count === 0 || flags['dry-run'] === true) return this.planResult(plan, null)
    const size = formatSize(plan.body.bytesToMove)
    await this.confirm(`Change ${count} partitions (${size} to copy)?`, { yes: flags.yes })
    const control = session.control()
    return this.planResult(plan, await this.carryOut(control, () => session.run(plan, control)))
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MqError('MQ_FILE', `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause })
  }
}
