/** `mq reassign cancel`: gives a reassignment up and puts back what it has changed. */
import * as Flags from '@oclif/core/flags'
import { optionalArg, yesFlag } from '../../cli/flags.ts'
import { ReassignCommand, type RunOutcome } from '../../cli/reassign-command.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignCancel extends ReassignCommand<RunOutcome> {
  static override summary = 'Give a reassignment up and restore the former replicas.'
  static override description =
    'The batch under way gets its former replicas back, also where replicas were only added, and the throttles that were set ' +
    'for it go. Batches that have ended stay, unless --all.'
  static override examples = ['<%= config.bin %> reassign cancel']
  static override args = { id: optionalArg('The operation, as mq reassign status shows it.') }
  static override flags = {
    all: Flags.boolean({ summary: 'Also put back the batches that have ended; that copies their data again.' }),
    yes: yesFlag,
  }

  override async run(): Promise<RunOutcome> {
    const { args, flags } = await this.parse(ReassignCancel)
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    const { id } = session.operation(args.id, 'unfinished')
    await this.confirm(`Give up ${id}?`, { yes: flags.yes })
    const control = session.control()
    return this.carryOut(control, () => session.cancel(id, control, flags.all ?? false))
  }
}
