/** Any thrown value becomes one code, one message and one exit code. */
import { CLIError } from '@oclif/core/errors'
import { describe, expect, it } from 'vitest'
import { ConfigError, RefusedError, TimeoutError, UsageError } from '../../src/base/errors.ts'
import { InterruptedError, toFailure } from '../../src/cli/failure.ts'
import { ApiError } from '../../src/protocol/errors.ts'

describe('a failure', () => {
  it.each([
    [new UsageError('no'), 2],
    [new RefusedError('no'), 4],
    [new TimeoutError('late'), 5],
    [new InterruptedError('stop'), 130],
    [new ConfigError('k', 'bad'), 1],
    [new ApiError('TOPIC_ALREADY_EXISTS'), 1],
  ])('of %s keeps its exit code', (error, exitCode) => expect(toFailure(error).exitCode).toBe(exitCode))

  it('of the broker keeps Kafka’s name as its code', () =>
    expect(toFailure(new ApiError('TOPIC_ALREADY_EXISTS', 'it is there')).code).toBe('TOPIC_ALREADY_EXISTS'))

  it('of a file is a failure, not a bug', () => {
    const error = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' })
    expect(toFailure(error)).toMatchObject({ code: 'MQ_ENOENT', exitCode: 1, stack: undefined })
  })

  it('of kafkajs names what is inside its wrappers', () => {
    const inner = Object.assign(new Error('The group is rebalancing'), {
      name: 'KafkaJSProtocolError',
      type: 'REBALANCE_IN_PROGRESS',
    })
    const outer = Object.assign(new Error('retries'), { name: 'KafkaJSNumberOfRetriesExceeded', cause: inner })
    expect(toFailure(outer)).toMatchObject({ code: 'REBALANCE_IN_PROGRESS', message: inner.message, exitCode: 1 })
  })

  it('of anything else is a bug with its stack', () => {
    const failure = toFailure(new TypeError('x is not a function'))
    expect(failure.exitCode).toBe(70)
    expect(failure.stack).toContain('TypeError')
  })

  it('of something that is no error is a bug too', () => expect(toFailure('text').exitCode).toBe(70))
})

describe('a parse error of oclif', () => {
  it('is one sentence without its help and its configuration', () => {
    const error = Object.assign(new CLIError('Nonexistent flag: --bogus\nSee more help with --help'), {
      parse: { input: { argv: ['--password', 'secret'] } },
    })
    const failure = toFailure(error, 'topics list')
    expect(failure).toMatchObject({ code: 'MQ_USAGE', message: 'unknown flag --bogus', exitCode: 2 })
    expect(failure.hint).toBe('mq topics list --help shows what it takes')
    expect(JSON.stringify(failure)).not.toContain('secret')
  })

  it('names the missing argument only', () => {
    const text =
      'Missing 1 required arg:\ntopic  Topic to write to.\n\nNote: --header allow multiple values.\nSee more help with --help'
    expect(toFailure(new CLIError(text)).message).toBe('missing argument: topic: Topic to write to.')
  })

  it.each([
    ['Missing required flag partitions', 'missing flag --partitions'],
    ['--export=true cannot also be provided when using --execute', '--export and --execute do not go together'],
    ['--config=a=b c cannot also be provided when using --file', '--config and --file do not go together'],
    ['Flag --partitions expects a value', '--partitions needs a value'],
    [
      'The following errors occurred:\n  Missing required flag to\n  Missing required flag topic',
      'missing flag --to; missing flag --topic',
    ],
  ])('names the flags in %j', (said, message) => {
    const error = Object.assign(new CLIError(`${said}\nSee more help with --help`), { oclif: { exit: 2 } })
    expect(toFailure(error, 'topics create').message).toBe(message)
  })

  it('loses the words around what a flag’s own parser says', () => {
    const error = new UsageError('Parsing --from \n\t--from needs earliest\nSee more help with --help')
    expect(toFailure(error)).toMatchObject({ message: '--from needs earliest', exitCode: 2 })
  })
})
