/** What every command inherits: results, failures, exit codes, deadlines, questions, the crash file. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { writeCrashFile } from '../../src/cli/crash-file.ts'
import { yesFlag } from '../../src/cli/flags.ts'
import { MqCommand } from '../../src/cli/mq-command.ts'
import { runCommand } from '../support/run-command.ts'

let behave: (command: Probe) => Promise<unknown> = async () => ({})

class Probe extends MqCommand<unknown> {
  static override id = 'probe'
  static override flags = { yes: yesFlag }

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Probe)
    this.yes = flags.yes
    return behave(this)
  }

  yes: boolean | undefined
  readonly asked = this.confirm.bind(this)
  readonly says = this.say.bind(this)
  readonly notes = this.note.bind(this)
  readonly warns = this.warning.bind(this)
  readonly finishes = this.finishWith.bind(this)
  readonly defers = this.defer.bind(this)
}

const run = (behaviour: typeof behave, ...argv: string[]) => {
  behave = behaviour
  return runCommand(Probe, ...argv)
}

describe('a result', () => {
  it('is one document under --json, and what was said otherwise', async () => {
    const behaviour = async (command: Probe) => {
      command.says('data')
      command.notes('note')
      return { items: [1] }
    }
    expect(await run(behaviour)).toMatchObject({ exitCode: 0, stdout: 'data\n', stderr: 'note\n' })
    expect(await run(behaviour, '--json')).toMatchObject({ exitCode: 0, json: { items: [1] }, stderr: '' })
    expect(await run(behaviour, '--quiet')).toMatchObject({ stdout: 'data\n', stderr: '' })
  })

  it('of nothing prints nothing', async () =>
    expect(await run(async () => undefined, '--json')).toMatchObject({ exitCode: 0, stdout: '' }))

  it('with failed items is printed, and the exit code says so, in both modes', async () => {
    const behaviour = async (command: Probe) => {
      command.finishes(1)
      return { failed: 1 }
    }
    expect((await run(behaviour)).exitCode).toBe(1)
    expect(await run(behaviour, '--json')).toMatchObject({ exitCode: 1, json: { failed: 1 } })
  })

  it('comes with warnings on stderr also under --json', async () => {
    const behaviour = async (command: Probe) => {
      command.warns('careful')
      return {}
    }
    expect((await run(behaviour, '--json')).stderr).toBe('warning: careful\n')
  })
})

describe('a failure', () => {
  const fail = async () => {
    throw new UsageError('no such thing', 'try another')
  }

  it('has the same exit code in both modes, and nothing on stdout', async () => {
    expect(await run(fail)).toEqual(
      expect.objectContaining({ exitCode: 2, stdout: '', stderr: 'error: no such thing\nhint: try another\n' }),
    )
    const ran = await run(fail, '--json')
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect(JSON.parse(ran.stderr)).toEqual({
      error: { code: 'MQ_USAGE', message: 'no such thing', hint: 'try another' },
    })
  })

  it('to parse says what is wrong and nothing of what else was typed', async () => {
    const ran = await run(async () => ({}), '--json', '--bogus', '--timeout', '1s')
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr.length).toBeLessThan(300)
    expect(JSON.parse(ran.stderr).error).toMatchObject({ code: 'MQ_USAGE', message: 'unknown flag --bogus' })
  })

  it('does not keep what was deferred from running, in reverse order', async () => {
    const closed: string[] = []
    await run(async (command) => {
      command.defers(() => void closed.push('first'))
      command.defers(async () => {
        closed.push('second')
        throw new Error('closing failed')
      })
      return fail()
    })
    expect(closed).toEqual(['second', 'first'])
  })

  it('by a deadline is exit 5', async () => {
    const ran = await run(() => new Promise(() => {}), '--timeout', '30ms')
    expect(ran).toMatchObject({ exitCode: 5, stdout: '' })
    expect(ran.stderr).toContain('not finished after 30ms')
  })

  it('of a wrong duration is exit 2', async () => {
    const ran = await run(async () => ({}), '--timeout', 'soon')
    expect(ran).toMatchObject({ exitCode: 2 })
    expect(ran.stderr).toBe('error: --timeout needs a duration such as 500ms, 30s, 5m or 2h, not "soon"\n')
  })

  it('by a signal is 130', async () => {
    const before = process.listeners('SIGINT')
    const ran = await run(async () => {
      for (const listener of process.listeners('SIGINT')) if (!before.includes(listener)) listener('SIGINT')
      return new Promise(() => {})
    })
    expect(ran).toMatchObject({ exitCode: 130, stderr: 'interrupted\n' })
    expect(process.listeners('SIGINT')).toEqual(before)
  })

  it('keeps listening after the first signal, or a spinner would end the process before it is cleaned up', async () => {
    const before = process.listeners('SIGINT')
    let left = 0
    const behaviour = async () => {
      const own = process.listeners('SIGINT').filter((listener) => !before.includes(listener))
      for (const listener of own) listener('SIGINT')
      left = process.listeners('SIGINT').length - before.length
      return new Promise(() => {})
    }
    expect(await run(behaviour)).toMatchObject({ exitCode: 130, stderr: 'interrupted\n' })
    expect(left).toBe(1)
    expect(process.listeners('SIGINT')).toEqual(before)
  })
})

describe('a question', () => {
  it('off a terminal is refused without --yes: exit 4', async () => {
    const ask = (command: Probe) => command.asked('Remove it?', { yes: command.yes }).then(() => ({ done: true }))
    expect(await run(ask)).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('add --yes') })
    expect(await run(ask, '--json')).toMatchObject({ exitCode: 4, stdout: '' })
    expect(await run(ask, '--yes', '--json')).toMatchObject({ exitCode: 0, json: { done: true } })
  })
})

describe('a bug', () => {
  let home = ''
  const before = process.env.HOME
  const mqHomeBefore = process.env.MQ_HOME
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'mq-crash-'))
    process.env.HOME = home
    delete process.env.MQ_HOME
  })
  afterEach(() => {
    process.env.HOME = before
    if (mqHomeBefore !== undefined) process.env.MQ_HOME = mqHomeBefore
    rmSync(home, { recursive: true, force: true })
  })

  it('is exit 70 and names the file with the stack', async () => {
    const ran = await run(async () => {
      throw new TypeError('x is not a function')
    })
    expect(ran.exitCode).toBe(70)
    const file = /the stack trace is in (.+)\n/.exec(ran.stderr)![1]!
    expect(readFileSync(file, 'utf8')).toContain('TypeError: x is not a function')
  })

  it('keeps its trace below the home of mq', () => {
    const file = writeCrashFile('stack')!
    expect(file.startsWith(join(home, '.mq', 'crash'))).toBe(true)
    expect(existsSync(file)).toBe(true)
  })
})
