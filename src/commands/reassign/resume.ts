/** `mq reassign resume`: goes on with what was interrupted or killed. */
import { optionalArg, yesFlag } from '../../cli/flags.ts'
import { ReassignCommand, type RunOutcome } from '../../cli/reassign-command.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignResume extends ReassignCommand<RunOutcome> {
  static override summary = 'Go on with a reassignment that was stopped.'
  static override description =
    'From wherever it was stopped or killed, its cancellation included; looks at every partition again. Default: the one ' +
    'that was begun on this machine and has not ended.'
  static override examples = ['<%= config.bin %> reassign resume']
  static override args = { id: optionalArg('The operation, as mq reassign status shows it.') }
  static override flags = { yes: yesFlag }

  override async run(): Promise<RunOutcome> {
    const { args } = await this.parse(ReassignResume)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    const { id } = session.operation(args.id, 'unfinished')
    const control = session.control()
    return this.carryOut(control, () => session.resume(id, control))
  }
}
