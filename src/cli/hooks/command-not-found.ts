/** oclif asks this when no command matches: `mq help …` shows help, everything else is a usage error, also as JSON. */
import type { Hook } from '@oclif/core'
import { ExitError } from '@oclif/core/errors'
import { toFailure } from '../failure.ts'
import { failureJson, failureText } from '../mq-command.ts'
import { unknownCommand } from '../unknown-command.ts'

const hook: Hook<'command_not_found'> = async ({ id, argv, config }) => {
  const args = argv ?? []
  if (id === 'help' || id.startsWith('help:')) {
    const { default: MqHelp } = await import('../help.ts')
    await new MqHelp(config).showHelp([...id.split(':').slice(1), ...args])
    return
  }
  const failure = toFailure(unknownCommand(id, config.commandIDs))
  process.stderr.write(args.includes('--json') ? failureJson(failure) : failureText(failure))
  throw Object.assign(new ExitError(failure.exitCode), { exitCode: failure.exitCode })
}
export default hook
