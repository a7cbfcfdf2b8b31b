/** kafka-run-class: classes of Kafka 4.3.1 run their stand-in, others are told as Java tells them, moved ones with the tool's name. */
import { expect, it } from 'vitest'
import { runShim } from '../../src/shims/run.ts'
import { capturedIo } from './captured-io.ts'

async function told(...argv: string[]) {
  const io = capturedIo()
  const code = await runShim('kafka-run-class', argv, io)
  return { code, ...io.out }
}

it('runs the tool behind a class', async () => {
  const { code, stdout } = await told('-name', 'x', '-loggc', 'org.apache.kafka.tools.GetOffsetShell', '--version')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '4.3.1\n' })
})

it('says of a class that has moved what Java says, and then which tool it is', async () => {
  const { code, stdout, stderr } = await told('kafka.tools.GetOffsetShell', '--broker-list', 'x:1')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.split('\n')).toEqual([
    'Error: Could not find or load main class kafka.tools.GetOffsetShell',
    'Caused by: java.lang.ClassNotFoundException: kafka.tools.GetOffsetShell',
    'mq: kafka-run-class: kafka.tools.GetOffsetShell is org.apache.kafka.tools.GetOffsetShell today: use kafka-get-offsets',
    '',
  ])
})

it('says only that of a class that no tool has', async () => {
  expect((await told('org.example.Nothing')).stderr).not.toContain('mq:')
  expect((await told('toString')).code).toBe(1)
})

it('shows its usage without a class', async () => {
  expect(await told()).toMatchObject({ code: 1, stdout: expect.stringContaining('USAGE: kafka-run-class') })
})
