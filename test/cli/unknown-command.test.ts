/** What a command that does not exist may have meant. */
import { describe, expect, it } from 'vitest'
import { unknownCommand } from '../../src/cli/unknown-command.ts'

const IDS = ['broker:start', 'broker:stop', 'topics:list', 'topics:create', 'produce']

describe('an unknown command', () => {
  it.each([
    ['brokr:start', 'there is no command mq brokr start', 'mq broker start?'],
    ['topics:lst', 'there is no command mq topics lst', 'mq topics list?'],
    ['topics:frobnicate', 'there is no command mq topics frobnicate', 'mq topics has create, list'],
    ['quux', 'there is no command mq quux', 'mq --help lists the commands'],
    ['--nonsense', 'unknown flag --nonsense', 'mq --help lists the commands'],
    ['version', 'there is no command mq version', 'mq --version says it'],
    ['broker:start:now', 'mq broker start takes no argument "now"', 'mq broker start --help shows what it takes'],
  ])('%s', (typed, message, hint) => {
    expect(unknownCommand(typed, IDS)).toMatchObject({ message, hint, exitCode: 2 })
  })
})
