/** `mq lag` on every engine: limits and what cannot be told, status, rates, export; the hard cases of lag as they really come. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readMetrics } from '../support/metrics-text.ts'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { freePorts } from './support/node.ts'
import { kafkaHome, repositoryRoot } from './support/peers.ts'
import { eventually, Running } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

const commandFile = join(repositoryRoot, 'bin', 'run.js')
const count = (size: number) => Array.from({ length: size }, (_, i) => `r${i}`)

describeEngines('mq lag', ['bundled', 'apache', 'apache-3.9'], (engine, kind) => {
  const { folder, run, json, failure, fill } = mqRunner(engine)
  const commit = async (topic: string, group: string, records: number): Promise<void> => {
    const args = ['consume', topic, '--group', group, '--from', 'earliest', '--max-messages', `${records}`]
    expect(await run(args)).toMatchObject({ code: 0 })
  }
  const check = (...args: string[]) => run(['lag', 'check', ...args])
  /** A command that runs until it is told to end, with nothing of this process's environment but where the cluster is. */
  const spawnMq = (...args: string[]) =>
    new Running(process.execPath, [commandFile, ...args, '-b', engine().bootstrap], { env: { MQ_HOME: folder } })

  beforeAll(async () => {
    await createTopic(engine().bootstrap, 'lag-a', 1)
    await fill('lag-a', count(20))
    await commit('lag-a', 'lag-behind', 5)
    await commit('lag-a', 'lag-done', 20)
  })

  describe('check', () => {
    it('is 0, 3 or 1, and says why', async () => {
      expect(await check('lag-behind', '--max-lag', '15')).toMatchObject({ code: 0, stderr: '' })
      expect(await check('lag-behind', '--max-lag', '14')).toMatchObject({
        ...{ code: 3, stdout: 'OVER: lag-behind: lag 15 > 14\n', stderr: '' },
      })
      const report = await json(['lag', 'check', '--regex', 'lag-.*', '--max-lag', '14'], 3)
      expect(report).toMatchObject({ verdict: 'over', problems: [{ group: 'lag-behind', value: 15, allowed: 14 }] })
      expect(await check('lag-done', '--max-lag', '0', '--max-time', '0', '--max-lost', '0')).toMatchObject({ code: 0 })
      const nobody = await check('lag-nobody', '--max-lag', '14')
      expect(nobody).toMatchObject({ code: 1, stdout: expect.stringMatching(/^UNKNOWN: lag-nobody: .*\n$/) })
      const none = await check('--regex', 'nothing', '--max-lag', '14')
      expect(none).toMatchObject({ code: 1, stdout: 'UNKNOWN: no group matches\n' })
      await failure(['lag', 'check', 'lag-done', '--max-lag', '1', '--topic', 'lag-none'], 1)
      await failure(['lag', 'check', 'lag-done'], 2)
    })

    it('works as cron runs it: no terminal, no environment', async () => {
      const [port] = await freePorts(1)
      const bare = (...args: string[]) =>
        run(['lag', 'check', 'lag-behind', ...args, '-b', engine().bootstrap], {
          env: Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
        })
      expect(await bare('--max-lag', '14')).toMatchObject({ code: 3, stdout: 'OVER: lag-behind: lag 15 > 14\n' })
      const away = await check('lag-behind', '--max-lag', '99', '-b', `127.0.0.1:${port}`)
      expect(away).toMatchObject({ code: 1, stdout: expect.stringMatching(/^UNKNOWN: cannot connect/) })
    })

    it('ends when the limit is kept again, and at its deadline', async () => {
      await commit('lag-a', 'lag-catching', 2)
      const waiting = check('lag-catching', '--max-lag', '10', '--for', '1m', '--interval', '200ms')
      await commit('lag-a', 'lag-catching', 18)
      expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringMatching(/^OK: lag-catching /) })
      const held = await check('lag-behind', '--max-lag', '14', '--for', '1s', '--interval', '200ms')
      expect(held).toMatchObject({ code: 3, stdout: 'OVER: lag-behind: lag 15 > 14 for 1s\n' })
      const late = await check('lag-behind', '--max-lag', '14', '--for', '1m', '--timeout', '2s')
      expect(late).toMatchObject({ code: 5, stdout: expect.stringMatching(/^UNKNOWN: not finished after 2s/) })
    })

    it('judges whether a group gets on', async () => {
      const stopped = await check('lag-behind', '--status', '--window', '1s', '--interval', '200ms')
      expect(stopped.stdout).toMatch(/^OVER: lag-behind: STOP on lag-a-0: no commit for .*commits 5 to 5, \d+ looks/)
      expect(stopped.code).toBe(3)
      expect(await check('lag-done', '--status', '--window', '1m')).toMatchObject({ code: 0 })
    })

    it('takes limits of many groups from a file', async () => {
      const file = join(folder, 'lag.yaml')
      const all = '  - {name: all, groups: lag-.*, topics: lag-a, max-lag: 100, uncommitted: ignore}\n'
      writeFileSync(file, `rules:\n${all}  - {name: strict, groups: lag-behind, max-lag: 3, severity: critical}\n`)
      const over = 'OVER: lag-behind: lag 15 > 3 [strict, critical]\n'
      expect(await check('--policy', file)).toMatchObject({ code: 3, stdout: over })
    })
  })

  describe('hard cases', () => {
    it('nothing committed: unknown where there are records, nothing where there are none', async () => {
      await createTopic(engine().bootstrap, 'lag-fresh', 2)
      const consumer = kafkaJs(engine().bootstrap, 'lag-client').consumer({
        groupId: 'lag-fresh',
        maxWaitTimeInMs: 100,
      })
      await consumer.connect()
      await consumer.subscribe({ topic: 'lag-fresh' })
      await consumer.run({ autoCommit: false, eachMessage: async () => {} })
      try {
        await eventually('its assignment', async () => {
          return (await json(['lag', 'show', 'lag-fresh'])).groups[0].partitions.length === 2
        })
        expect(await check('lag-fresh', '--max-lag', '0')).toMatchObject({ code: 0 })
        await fill('lag-fresh', ['a'], '--partition', '1')
        const unknown = await check('lag-fresh', '--max-lag', '0')
        expect(unknown.stdout).toBe(
          'UNKNOWN: lag-fresh: nothing committed on lag-fresh-1, which holds offsets 0 to 1\n',
        )
        expect(unknown.code).toBe(1)
        expect(await check('lag-fresh', '--max-lag', '0', '--ignore-uncommitted')).toMatchObject({ code: 0 })
        const [shown] = (await json(['lag', 'show', 'lag-fresh'])).groups
        expect(shown).toMatchObject({
          members: 1,
          partitions: [{ clientId: 'lag-client' }, { clientId: 'lag-client' }],
        })
      } finally {
        await consumer.disconnect()
      }
    })

    it('a deleted topic is never fine, and names itself', async () => {
      await createTopic(engine().bootstrap, 'lag-gone', 1)
      await fill('lag-gone', count(3))
      await commit('lag-gone', 'lag-orphan', 3)
      await json(['topics', 'delete', 'lag-gone', '--yes'])
      const gone = await check('lag-orphan', '--max-lag', '99')
      // A coordinator forgets the offsets of a deleted topic a moment later; then the group has none, or is gone too.
      expect(gone.stdout).toMatch(
        /^UNKNOWN: lag-orphan: (there is no partition 0 of topic lag-gone|no committed|there is no group)/,
      )
      expect(gone.code).toBe(1)
    })

    it('records that were deleted unread are counted', async () => {
      await createTopic(engine().bootstrap, 'lag-cut', 1)
      await fill('lag-cut', count(10))
      await commit('lag-cut', 'lag-cut', 2)
      await json(['topics', 'truncate', 'lag-cut', '--before', '6', '--yes'])
      const lost = 'OVER: lag-cut: 4 records were deleted before the group read them\n'
      expect(await check('lag-cut', '--max-lost', '0')).toMatchObject({ code: 3, stdout: lost })
      expect(await check('lag-cut', '--max-lost', '4', '--max-lag', '8')).toMatchObject({ code: 0 })
    })

    it('a topic made anew is not caught up', async () => {
      await createTopic(engine().bootstrap, 'lag-anew', 1)
      await fill('lag-anew', count(9))
      await json(['groups', 'reset', 'lag-anew', '--topic', 'lag-anew', '--to-offset', '9', '--yes'])
      await json(['topics', 'delete', 'lag-anew', '--yes'])
      await createTopic(engine().bootstrap, 'lag-anew', 1)
      await fill('lag-anew', ['a'])
      // Either the coordinator has forgotten the old offset, or it lies behind the end of the new log.
      expect((await check('lag-anew', '--max-lag', '99')).code).toBe(1)
    })

    it('a group that changes under the command', async () => {
      const consumer = kafkaJs(engine().bootstrap, 'lag-client').consumer({
        groupId: 'lag-moving',
        maxWaitTimeInMs: 100,
      })
      await commit('lag-a', 'lag-moving', 1)
      const watch = spawnMq('lag', 'watch', 'lag-moving', '--interval', '100ms', '--json')
      const lines = () =>
        watch.stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      try {
        await watch.until(() => lines().length > 0)
        await consumer.connect()
        await consumer.subscribe({ topic: 'lag-a', fromBeginning: true })
        await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => {} })
        await watch.until(() => lines().at(-1)?.groups[0]?.unread === 0)
        await consumer.disconnect()
        await eventually('an empty group', async () => {
          return (await json(['groups', 'list', '--regex', 'lag-moving'])).groups[0].state === 'Empty'
        })
        await json(['groups', 'delete', 'lag-moving', '--yes'])
        await watch.until(() => lines().at(-1)?.groups[0]?.error?.code === 'GROUP_ID_NOT_FOUND')
        const seen = lines().map(({ groups }) => groups[0])
        expect(seen.every((one) => one.error !== undefined || one.unread !== null)).toBe(true)
        expect(seen.some((one) => one.members === 1)).toBe(true)
      } finally {
        expect(await watch.stop('SIGINT')).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted') })
      }
    })

    if (kind !== 'bundled') {
      it('markers of transactions at the end are no lag', async () => {
        await createTopic(engine().bootstrap, 'lag-tx', 1)
        const producer = kafkaJs(engine().bootstrap).producer({
          ...{ transactionalId: 'lag', idempotent: true, maxInFlightRequests: 1 },
        })
        await producer.connect()
        const transaction = await producer.transaction()
        await transaction.send({ topic: 'lag-tx', messages: [{ value: 'a' }, { value: 'b' }] })
        await transaction.commit()
        await producer.disconnect()
        await json(['groups', 'reset', 'lag-tx', '--topic', 'lag-tx', '--to-offset', '2', '--yes'])
        expect((await json(['lag', 'show', 'lag-tx'])).groups[0]).toMatchObject({ totalLag: 1, maxTimeLagMs: 0 })
        expect(await check('lag-tx', '--max-lag', '0', '--max-time', '0')).toMatchObject({ code: 0 })
        expect(await check('lag-tx', '--status', '--window', '1m')).toMatchObject({ code: 0 })
      })
    }

    if (kind === 'apache') {
      it.each(['share', 'consumer'])('%s groups', async (type) => {
        const group = `lag-${type}`
        const home = kafkaHome()!
        if (type === 'share') {
          const spec = ['config', 'set', 'share.auto.offset.reset=earliest', '--group', group]
          await json([...spec, '--yes'])
        }
        const tool =
          type === 'share'
            ? 'org.apache.kafka.tools.consumer.ConsoleShareConsumer'
            : 'org.apache.kafka.tools.consumer.ConsoleConsumer'
        const own = type === 'share' ? [] : ['--from-beginning', '--command-property', 'group.protocol=consumer']
        const client = new Running(join(home, 'bin', 'kafka-run'), [
          ...[tool, '--bootstrap-server', engine().bootstrap, '--topic', 'lag-a', '--group', group, ...own],
        ])
        try {
          await eventually('a group that is caught up', async () => {
            const [shown] = (await json(['lag', 'show', '--type', type])).groups
            return shown?.group === group && shown.members === 1 && shown.totalLag === 0
          })
          expect(await check('--type', type, '--max-lag', '0', '--status')).toMatchObject({ code: 0 })
        } finally {
          await client.stop()
        }
      })
    }
  })

  describe('rates', () => {
    it('are shown, with advice', async () => {
      const shown = await json(['lag', 'show', 'lag-behind', '--advise', '--window', '1s'])
      expect(shown.groups[0]).toMatchObject({
        ...{ inPerSecond: 0, outPerSecond: 0, growthPerSecond: 0, status: 'STOP', unread: 15 },
        advice: { consumers: 0, partitions: 1, advised: null },
      })
      const text = await run(['lag', 'show', 'lag-behind', '--advise', '--window', '1s'])
      expect(text.stdout).toContain('lag-behind: nobody reads it: start a consumer')
    })
  })

  it('the key that fills a partition', async () => {
    await createTopic(engine().bootstrap, 'lag-keys', 2)
    const records = [...count(30).map((value) => `AAPL:${value}`), ...count(30).map((value) => `${value}:${value}`)]
    await fill('lag-keys', records, '--key-separator', ':')
    await json(['groups', 'reset', 'lag-keys', '--topic', 'lag-keys', '--to-earliest', '--yes'])
    const [shown] = (await json(['lag', 'show', 'lag-keys', '--keys'])).groups
    const named = shown.keys.flatMap((one: { frequent: { key: string }[] }) => one.frequent)
    expect(named).toMatchObject([{ key: 'AAPL' }])
    expect((await run(['lag', 'show', 'lag-keys', '--keys'])).stdout).toMatch(/AAPL \d+%/)
  })

  describe('export', () => {
    it('serves what Prometheus reads, and not what is old', async () => {
      const [port] = await freePorts(1)
      const server = spawnMq('lag', 'export', '--port', `${port}`, '--interval', '200ms', '--window', '1s')
      const get = async (path: string) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`)
        return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
      }
      try {
        await server.until(({ stdout }) => stdout === `http://127.0.0.1:${port}/metrics\n`)
        const first = await get('/metrics')
        expect(first).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
        const metrics = readMetrics(first.text)
        expect([...(metrics.get('kafka_consumergroup_lag')?.labels ?? [])]).toEqual(['consumergroup,partition,topic'])
        expect(first.text).toContain('kafka_consumer_lag_sum{group="lag-behind"} 15\n')
        expect(first.text).toContain('kafka_topic_partition_current_offset{topic="lag-a",partition="0"} 20\n')
        expect(await get('/health/ready')).toMatchObject({ status: 200 })
        expect(await get('/other')).toMatchObject({ status: 404 })
        await eventually('a status', async () =>
          (await get('/metrics')).text.includes('mq_lag_status{group="lag-behind",status="STOP"} 1\n'),
        )
        const taken = await run(['lag', 'export', '--port', `${port}`])
        expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('EADDRINUSE') })
        if (kind === 'bundled') {
          await engine().kill9()
          await eventually('a scrape that fails', async () => (await get('/metrics')).status === 503)
          expect((await get('/metrics')).text).toContain('the cluster cannot be asked')
          await engine().restart()
          await eventually('a scrape that works', async () => (await get('/metrics')).status === 200)
        }
      } finally {
        expect((await server.stop('SIGINT')).code).toBe(130)
      }
    })

    it('prints one look and ends', async () => {
      const once = await run(['lag', 'export', 'lag-behind', '--once', '--topic', 'lag-a'])
      expect(once).toMatchObject({ code: 0, stderr: '' })
      expect(once.stdout).toContain(
        'kafka_consumergroup_lag{consumergroup="lag-behind",topic="lag-a",partition="0"} 15\n',
      )
    })
  })
})
