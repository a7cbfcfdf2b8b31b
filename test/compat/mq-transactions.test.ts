/** `mq transactions` on every engine: where transactions are coordinated they are listed, described, found and ended; elsewhere it is said. */
import { beforeAll, describe, expect, it } from 'vitest'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { eventually } from './support/process.ts'
import { createTopic } from './support/topics.ts'
import { leaveHanging, leaveOpen, withClient } from './support/transactions.ts'

const VERIFICATION_OFF = { properties: { 'transaction.partition.verification.enable': 'false' } }

describeEngines(
  'mq transactions',
  ['bundled', 'apache', 'apache-3.9'],
  (engine, kind) => {
    const { run, json, failure, fill } = mqRunner(engine)

    if (kind === 'bundled')
      describe('without a coordinator', () => {
        it('says so', async () => {
          await createTopic(engine().bootstrap, 'plain', 1)
          for (const args of [['list'], ['describe', 'some-id'], ['abort', '--transactional-id', 'some-id', '--yes']]) {
            const { code, message, hint } = await failure(['transactions', ...args], 1)
            expect({ code, hint }).toEqual({
              code: 'UNSUPPORTED_VERSION',
              hint: expect.stringContaining('the bundled broker does not coordinate transactions'),
            })
            expect(message).toContain('this cluster cannot')
          }
          await fill('plain', ['a', 'b'])
          const { partitions } = await json(['transactions', 'producers', 'plain'])
          expect(partitions[0].producers).toMatchObject([{ lastSequence: 1, transactionStart: null }])
          expect(await json(['transactions', 'find-hanging'])).toMatchObject({ hanging: [], errors: [] })
        })
      })

    if (kind !== 'bundled')
      describe('with a coordinator', () => {
        beforeAll(async () => {
          await createTopic(engine().bootstrap, 'open', 2)
          await createTopic(engine().bootstrap, 'hangs', 1)
        })

        it('lists and describes, and has a coordinator abort', async () => {
          const producer = await withClient(engine().bootstrap, (client) => leaveOpen(client, 'billing-1', 'open'))
          const { transactions } = await json(['transactions', 'list', '--state', 'ongoing'])
          const { producerId, producerEpoch } = producer
          expect(transactions).toEqual([{ transactionalId: 'billing-1', producerId, state: 'Ongoing', coordinator: 1 }])
          const none = ['--regex', 'other.*', '--longer-than', '1h', '--producer-id', '99']
          for (const flag of [0, 2, 4]) {
            const args = ['transactions', 'list', ...none.slice(flag, flag + 2)]
            expect((await json(args)).transactions).toEqual([])
          }
          const java = await kafkaToolOk('kafka-transactions', ['--bootstrap-server', engine().bootstrap, 'list'])
          expect(java.stdout).toMatch(new RegExp(`billing-1\\s+1\\s+${producerId}\\s+Ongoing`))
          const described = await json(['transactions', 'describe', 'billing-1'])
          expect(described.transactions).toMatchObject([
            {
              producerId,
              producerEpoch,
              state: 'Ongoing',
              timeoutMs: 600_000,
              partitions: [{ topic: 'open', partition: 0 }],
            },
          ])
          expect(Date.now() - described.transactions[0].startedMs).toBeLessThan(60_000)
          const rows = (await json(['transactions', 'producers', 'open', '--open'])).partitions
          expect(rows.map((row: { producers: object[] }) => row.producers.length)).toEqual([1, 0])
          expect(rows[0].producers[0]).toMatchObject({ producerId, producerEpoch, transactionStart: 0 })
          // It is known to its coordinator, however old it is: it does not hang.
          const search = ['transactions', 'find-hanging', '--topic', 'open', '--max-timeout', '0']
          expect(await json(search)).toMatchObject({ hanging: [], partitions: 2 })

          expect((await json(['transactions', 'describe', 'nobody'], 1)).transactions[0].error.code).toBe(
            'TRANSACTIONAL_ID_NOT_FOUND',
          )
          const abort = ['transactions', 'abort', '--transactional-id', 'billing-1']
          await failure(abort, 4)
          expect(await json([...abort, '--dry-run'])).toMatchObject({ aborted: false })
          expect(await json([...abort, '--yes'])).toMatchObject({ aborted: true, transactionalId: 'billing-1' })
          await eventually('the transaction is over', async () => {
            const now = await json(['transactions', 'producers', 'open:0', '--open'])
            return now.partitions[0].producers.length === 0
          })
          await failure(['transactions', 'abort', '--transactional-id', 'never-used', '--yes'], 1)
        })

        it('finds what hangs, and ends it', async () => {
          await withClient(engine().bootstrap, (client) =>
            leaveHanging(client, 'hangs', 987_654, Date.now() - 2 * 3_600_000),
          )
          const found = await json(['transactions', 'find-hanging'], 3)
          expect(found.errors).toEqual([])
          expect(found.hanging).toMatchObject([
            {
              topic: 'hangs',
              partition: 0,
              producerId: 987_654,
              producerEpoch: 3,
              transactionStart: 0,
              transactionalId: null,
            },
          ])
          const shown = await run(['transactions', 'find-hanging', '--topic', 'hangs:0'])
          expect(shown).toMatchObject({ code: 3 })
          expect(shown.stderr).toContain('mq transactions abort hangs:0 --start-offset 0')
          const java = await kafkaToolOk('kafka-transactions', [
            ...['--bootstrap-server', engine().bootstrap, 'find-hanging', '--topic', 'hangs'],
          ])
          expect(java.stdout).toMatch(/hangs\s+0\s+987654\s+3/)

          expect((await failure(['transactions', 'abort', 'hangs:0', '--start-offset', '7', '--yes'], 1)).code).toBe(
            'MQ_NO_TRANSACTION',
          )
          await failure(['transactions', 'abort', 'hangs', '--start-offset', '0'], 2)
          await failure(['transactions', 'abort', 'hangs:0'], 2)
          await failure(['transactions', 'abort', 'hangs:0', '--start-offset', '0'], 4)
          const ended = await json(['transactions', 'abort', 'hangs:0', '--start-offset', '0', '--yes'])
          expect(ended).toMatchObject({ aborted: true, transaction: { producerId: 987_654, coordinatorEpoch: 0 } })
          expect(await json(['transactions', 'find-hanging'])).toMatchObject({ hanging: [] })
          const args = ['consume', 'hangs', '--from', 'earliest', '--until', 'latest']
          expect((await run([...args, '--isolation-level', 'read_committed'])).stdout).toBe('')
          expect((await run(args)).stdout).toBe('nobody\n')
        })
      })

    it('names wrong input', async () => {
      expect((await failure(['transactions', 'list', '--state', 'Sleeping'], 2)).message).toContain('Sleeping')
      await failure(['transactions', 'producers', 'no-such-topic'], 1)
      await failure(['transactions', 'abort', '--yes'], 2)
    })
  },
  VERIFICATION_OFF,
)
