/** `mq completion`: a script that completes commands, flags and live names in the user's shell. */
import * as Args from '@oclif/core/args'
import { type CompletionCommand, completionScript, SHELLS } from '../cli/completion.ts'
import { type Values, valuesOfArg, valuesOfFlag } from '../cli/completion-kinds.ts'
import { MqCommand } from '../cli/mq-command.ts'

export interface CompletionResult {
  shell: string
  script: string
}

export default class Completion extends MqCommand<CompletionResult> {
  static override summary = 'Print a completion script for bash, zsh or fish.'
  static override description =
    'Completes commands, flags and their values, and names from the cluster that the line is about: topics, groups, ' +
    'brokers, settings; profiles and local clusters too. A cluster that does not answer at once offers nothing.'
  static override examples = [
    { description: 'bash, for this shell', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh, for good', command: '<%= config.bin %> completion zsh > ~/.zfunc/_mq' },
    {
      description: 'fish, for good',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/mq.fish',
    },
  ]
  static override args = {
    shell: Args.option({ options: SHELLS })({ description: 'The shell.', required: true, ignoreStdin: true }),
  }

  override async run(): Promise<CompletionResult> {
    const { args } = await this.parse(Completion)
    const commands = this.config.commands
      .filter((command) => !command.hidden)
      .map(
        (command): CompletionCommand => ({
          path: path(command.id),
          summary: command.summary ?? '',
          flags: Object.values(command.flags)
            .filter((flag) => !flag.hidden)
            .map((flag) => ({
              name: flag.name,
              char: flag.char,
              summary: flag.summary ?? '',
              values: flag.type === 'option' ? valuesOfFlag(path(command.id), flag.name, flag.options) : undefined,
            })),
          args: argValues(command),
        }),
      )
    const script = completionScript(args.shell, this.config.bin, commands)
    this.say(script.trimEnd())
    return { shell: args.shell, script }
  }
}

const path = (id: string) => id.replaceAll(':', ' ')

function argValues({ id, args }: { id: string; args: Record<string, { options?: readonly string[] }> }): Values {
  const [first] = Object.entries(args)
  return valuesOfArg(path(id), first?.[0], first?.[1].options)
}
