/** `mq completion`: a script that completes commands and flags in the user's shell. */
import * as Args from '@oclif/core/args'
import { type CompletionCommand, completionScript, SHELLS } from '../cli/completion.ts'
import { MqCommand } from '../cli/mq-command.ts'

export interface CompletionResult {
  shell: string
  script: string
}

export default class Completion extends MqCommand<CompletionResult> {
  static override summary = 'Print a completion script for bash, zsh or fish.'
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
          path: command.id.replaceAll(':', ' '),
          summary: command.summary ?? '',
          flags: Object.values(command.flags)
            .filter((flag) => !flag.hidden)
            .map((flag) => ({
              name: flag.name,
              char: flag.char,
              summary: flag.summary ?? '',
              takesValue: flag.type === 'option',
              options: flag.type === 'option' ? [...(flag.options ?? [])] : [],
            })),
          choices: [...(Object.values(command.args)[0]?.options ?? [])],
        }),
      )
    const script = completionScript(args.shell, this.config.bin, commands)
    this.say(script.trimEnd())
    return { shell: args.shell, script }
  }
}
