/** `mq logdirs` and `mq logdirs move`, the same expectations on every engine; each node has two log directories. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import type { EngineKind } from './support/node.ts'

interface Directory {
  broker: number
  path: string
  total: number
  usable: number
  used: number
  replicas: { topic: string; partition: number; size: number; offsetLag: number; future: boolean }[]
}

for (const kind of ['bundled', 'apache', 'apache-3.9'] as EngineKind[]) {
  describe('mq logdirs', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'compat-logdirs-')))
    const paths = ['one', 'two'].map((name) => join(folder, name))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    describeEngines(
      'of two directories',
      [kind],
      (engine) => {
        const { json, failure, run, fill } = mqRunner(engine)
        const directories = async (...args: string[]): Promise<Directory[]> =>
          (await json(['logdirs', ...args])).directories
        const placeOf = async (topic: string, partition: number): Promise<string> => {
          const found = (await directories('--topic', topic)).filter(({ replicas }) =>
            replicas.some((one) => one.topic === topic && one.partition === partition && !one.future),
          )
          expect(found).toHaveLength(1)
          return found[0]!.path
        }

        it('shows both, with their room', async () => {
          const rows = await directories()
          expect(rows.map(({ broker, path }) => ({ broker, path }))).toEqual(paths.map((path) => ({ broker: 1, path })))
          for (const { total, usable, used } of rows) {
            expect(total).toBeGreaterThan(usable)
            expect(used).toBeGreaterThanOrEqual(0)
          }
          const { stdout } = await run(['logdirs'])
          expect(stdout).toMatch(/^BROKER +PATH +TOTAL +USABLE +USED +REPLICAS +MOVING +STATE\n/)
        })

        it('spreads partitions over them, and lists the replicas of a topic', async () => {
          expect((await run(['topics', 'create', 'spread', '--partitions', '4'])).code).toBe(0)
          await fill(
            'spread',
            Array.from({ length: 200 }, (_, index) => `value ${index}`),
          )
          const rows = await directories('--topic', 'spread', '--broker', '1')
          expect(rows.map(({ replicas }) => replicas.length)).toEqual([2, 2])
          for (const { used, replicas } of rows) {
            expect(used).toBe(replicas.reduce((sum, { size }) => sum + size, 0))
            for (const one of replicas) expect(one).toMatchObject({ topic: 'spread', offsetLag: 0, future: false })
          }
        })

        it('moves a topic, and its records are there', async () => {
          const to = paths[1]!
          const plan = await json(['logdirs', 'move', 'spread', '--to', to, '--dry-run'])
          expect(plan).toMatchObject({ broker: 1, to, dryRun: true })
          const states = plan.replicas.map(({ from, state }: { from: string; state: string }) =>
            [from, state].join(' '),
          )
          expect(states.sort()).toEqual(
            [...Array(2).fill(`${paths[0]} planned`), ...Array(2).fill(`${to} there`)].sort(),
          )
          const moved = await json(['logdirs', 'move', 'spread', '--to', to, '--yes'])
          expect(moved.replicas.filter(({ state }: { state: string }) => state === 'moved')).toHaveLength(2)
          for (let partition = 0; partition < 4; partition += 1) expect(await placeOf('spread', partition)).toBe(to)
          await fill('spread', ['one more'])
          const { stdout } = await run(['consume', 'spread', '--from', 'earliest', '--until', 'latest'])
          expect(stdout.trim().split('\n')).toHaveLength(201)
          const again = await json(['logdirs', 'move', 'spread', '--to', to, '--yes'])
          expect(again.replicas.map(({ state }: { state: string }) => state)).toEqual(Array(4).fill('there'))
        })

        it('moves single partitions back, without waiting', async () => {
          const back = await json(['logdirs', 'move', 'spread:1,3', '--to', paths[0]!, '--yes', '--no-wait'])
          expect(back.replicas).toMatchObject([
            { partition: 1, state: 'moving' },
            { partition: 3, state: 'moving' },
          ])
          await expect.poll(() => placeOf('spread', 1), { timeout: 60_000 }).toBe(paths[0])
          await expect.poll(() => placeOf('spread', 3), { timeout: 60_000 }).toBe(paths[0])
          expect(existsSync(join(paths[0]!, 'spread-1'))).toBe(true)
        })

        it('says what is wrong', async () => {
          expect(await failure(['logdirs', 'move', 'spread', '--to', '/no/such', '--yes'], 1)).toMatchObject({
            message: 'broker 1 has no log directory /no/such',
            hint: `it has ${paths.join(', ')}`,
          })
          expect((await failure(['logdirs', 'move', 'spread', '--to', paths[1]!], 4)).code).toBe('MQ_REFUSED')
          expect((await failure(['logdirs', 'move', 'spread', '--broker', '9', '--to', paths[1]!], 1)).message).toBe(
            'there is no broker 9',
          )
          const some = await json(['logdirs', 'move', 'spread:1,8', 'none', '--to', paths[0]!, '--yes'], 1)
          expect(some.replicas).toMatchObject([
            { partition: 1, state: 'there' },
            { partition: 8, state: 'failed', error: { code: 'REPLICA_NOT_AVAILABLE' } },
            { topic: 'none', state: 'failed', error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
          ])
          const none = await json(['logdirs', '--topic', 'none', '--topic', 'spread'], 1)
          expect(none.missing).toMatchObject([{ topic: 'none', error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } }])
          expect(none.directories.flatMap(({ replicas }: Directory) => replicas)).toHaveLength(4)
          const nobody = await json(['logdirs', '--broker', '9'], 1)
          expect(nobody.directories).toMatchObject([{ broker: 9, path: null, error: { code: 'MQ_UNKNOWN_BROKER' } }])
        })
      },
      { properties: { 'log.dirs': paths.join() } },
    )
  })
}
