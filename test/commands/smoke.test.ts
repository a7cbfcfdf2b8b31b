/** `mq smoke` against a whole broker in memory: everything holds, or what it says when not, and nothing is left behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import Smoke from '../../src/commands/smoke.ts'
import TopicsList from '../../src/commands/topics/list.ts'
import { runCommand } from '../support/run-command.ts'
import { startScripted } from '../support/scripted-broker.ts'

let broker: RunningBroker
beforeAll(async () => {
  broker = await startBroker({ memory: true })
})
afterAll(() => broker.stop())

const at = () => ['-b', broker.bootstrapServers]
const topics = async () => ((await runCommand(TopicsList, '--json', ...at())).json as { topics: unknown[] }).topics

describe('on a cluster that works', () => {
  it('every step holds, and nothing is left', async () => {
    const ran = await runCommand(Smoke, '--messages', '200', '--partitions', '4', '--min-isr', '1', '--json', ...at())
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    const result = ran.json as { steps: { step: string; ok: boolean }[] }
    expect(result).toMatchObject({ ok: true, brokers: 1, partitions: 4, replicationFactor: 1, messages: 200 })
    expect(result.steps.map(({ step, ok }) => `${step} ${ok}`)).toEqual(
      ['create', 'produce', 'consume', 'offsets', 'latency', 'group', 'config', 'cleanup'].map(
        (step) => `${step} true`,
      ),
    )
    expect(await topics()).toEqual([])
  })

  it('whatever its defaults for topics are', async () => {
    const config = { 'log.message.timestamp.type': 'LogAppendTime', 'log.cleanup.policy': 'compact' }
    const other = await startBroker({ memory: true, config })
    const ran = await runCommand(
      Smoke,
      '--messages',
      '300',
      '--partitions',
      '120',
      '--json',
      '-b',
      other.bootstrapServers,
    )
    await other.stop()
    expect(ran).toMatchObject({ exitCode: 0, json: { ok: true, partitions: 120 } })
  })

  it('shows people a table', async () => {
    const ran = await runCommand(Smoke, '--messages', '1', ...at())
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toMatch(/^STEP +RESULT +TIME +DETAIL\ncreate +ok +[\d.]+ms +3 partitions, 1 replica each\n/)
    expect(ran.stdout).toMatch(/\n\nok in .*: acknowledged p50 .*; read p50 /)
  })
})

describe('when something does not hold', () => {
  it('exit 3 with the finding, the rest not tried', async () => {
    const ran = await runCommand(Smoke, '--replication-factor', '3', '--json', ...at())
    expect(ran.exitCode).toBe(3)
    expect(ran.json).toMatchObject({
      ok: false,
      steps: [{ step: 'create', ok: false, error: { code: 'INVALID_REPLICATION_FACTOR' } }],
      produceLatencyMs: null,
    })
  })

  it('the deadline: exit 5, and nothing is left', async () => {
    const ran = await runCommand(Smoke, '--messages', '200000', '--timeout', '300ms', ...at())
    expect(ran.exitCode).toBe(5)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain('not finished after 300ms')
    expect(await topics()).toEqual([])
  })

  it('a missing permission: exit 1, and which one', async () => {
    const refusing = await startScripted((port) => ({
      Metadata: () => ({ brokers: [{ nodeId: 1, host: '127.0.0.1', port }], controllerId: 1, topics: [] }),
      CreateTopics: ({ topics }) => ({
        topics: topics.map(({ name }) => ({ name, errorCode: 29, errorMessage: 'Authorization failed.' })),
      }),
    }))
    const ran = await runCommand(Smoke, '-b', refusing.address, '--json')
    await refusing.close()
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    const { error } = JSON.parse(ran.stderr)
    expect(error).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
    expect(error.hint).toContain('CREATE on the topic')
  })

  it('nobody there: exit 1; a prefix that is no name: exit 2', async () => {
    expect((await runCommand(Smoke, '-b', '127.0.0.1:1')).exitCode).toBe(1)
    expect((await runCommand(Smoke, '--prefix', 'a b', ...at())).exitCode).toBe(2)
  })
})
