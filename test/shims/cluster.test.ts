/** How the stand-ins meet their cluster: what they say when they are interrupted while they wait for it. */
import { expect, it } from 'vitest'
import { runShim } from '../../src/shims/run.ts'
import { capturedIo } from './captured-io.ts'

it.each([
  ['kafka-topics', '--list'],
  ['kafka-consumer-groups', '--list'],
  ['kafka-reassign-partitions', '--list'],
  ['kafka-configs', '--describe', '--entity-type', 'brokers'],
  ['kafka-log-dirs', '--describe'],
  ['kafka-share-groups', '--list'],
  ['kafka-acls', '--list'],
])('%s says no more when it is interrupted', async (tool, ...args) => {
  const io = capturedIo()
  const code = await runShim(tool, ['--bootstrap-server', '127.0.0.1:1', ...args], {
    ...io,
    signal: AbortSignal.abort(),
  })
  expect(code).toBe(130)
  expect(io.out.stdout).toBe('')
  expect(io.out.stderr).toBe('WARN cannot connect to 127.0.0.1:1: connection refused; waiting for it\n')
})
