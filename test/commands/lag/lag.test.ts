/** `mq lag check`, `watch`, `export` and `show --window` against a scripted cluster: words, JSON, exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import LagCheck from '../../../src/commands/lag/check.ts'
import LagExport from '../../../src/commands/lag/export.ts'
import LagShow from '../../../src/commands/lag/show.ts'
import LagWatch from '../../../src/commands/lag/watch.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { jsonProblems } from '../../support/json-schemas.ts'
import { readMetrics } from '../../support/metrics-text.ts'
import { type Ran, runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
const member = { memberId: 'm-1', clientId: 'app', host: '/10.0.0.1', assigned: { orders: [0] } }
const timestamp = (offset: number) => 1_700_000_000_000 + offset * 1000

beforeEach(async () => {
  cluster = await startCluster({
    topics: {
      orders: topic([
        { start: 5, end: 25, timestamp },
        { start: 0, end: 7, timestamp },
      ]),
    },
    groups: {
      billing: {
        state: 'Empty',
        offsets: new Map([
          ['orders-0', 10],
          ['orders-1', 7],
        ]),
      },
      live: { state: 'Stable', members: [member], offsets: new Map([['orders-0', 25]]) },
    },
  })
})
afterEach(() => cluster.close())

const away = '127.0.0.1:1'
const at = (address = cluster.address) => [
  '-b',
  address,
  '-X',
  'retry.backoff.ms=1',
  '-X',
  'default.api.timeout.ms=200',
]
const check = (...argv: string[]) => runCommand(LagCheck, ...argv, ...at())

/** stdout and the exit code of a run whose JSON is as published. */
function outcome(ran: Ran, command: string): { exitCode: number; stdout: string } {
  expect(jsonProblems(['lag', command, '--json'], ran.stdout.startsWith('{') ? ran.stdout : '', ran.stderr)).toEqual([])
  return { exitCode: ran.exitCode, stdout: ran.stdout }
}

describe('lag check', () => {
  it('says why in one line, whatever it found', async () => {
    const fine = 'OK: 2 groups within the limits; at most lag 15 (billing)'
    expect(await check('--max-lag', '15')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(fine),
      stderr: '',
    })
    const over = 'OVER: billing: lag 15 > 14; most on orders-0\n'
    expect(await check('--max-lag', '14')).toMatchObject({ exitCode: 3, stdout: over, stderr: '' })
    const unknown = 'UNKNOWN: nobody: there is no group nobody\n'
    expect(await check('nobody', '--max-lag', '14')).toMatchObject({ exitCode: 1, stdout: unknown })
    const shown = outcome(await check('--max-lag', '14', '--json'), 'check')
    expect({ code: shown.exitCode, ...JSON.parse(shown.stdout) }).toMatchObject({
      ...{ code: 3, verdict: 'over', why: over.trim(), looks: 1 },
      problems: [{ group: 'billing', limit: 'max-lag', value: 15, allowed: 14, rule: null }],
      groups: [{ group: 'billing', unread: 15 }, { group: 'live' }],
    })
  })

  it('says on stdout too that it cannot be told, whatever is in the way', async () => {
    const missing = await check('--policy', '/nonexistent/lag.yaml')
    expect(missing).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^UNKNOWN: .*nonexistent/) })
    const config = await check('--max-lag', '5', '--command-config', '/nonexistent/client.properties')
    expect(config).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^UNKNOWN: .*nonexistent/) })
    expect(await check('--max-lag', 'x')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('looks again and again for as long as it is to last', async () => {
    const held = await check('billing', '--max-lag', '14', '--for', '300ms', '--interval', '100ms')
    expect(held).toMatchObject({ exitCode: 3, stdout: 'OVER: billing: lag 15 > 14; most on orders-0 for 300ms\n' })
  })

  it('tells a group that stands still', async () => {
    const ran = await check('billing', '--status', '--window', '400ms', '--interval', '100ms')
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toMatch(
      /^OVER: billing: STOP on orders-0: no commit for 0\.\ds, .* \(commits 10 to 10, \d looks\)\n$/,
    )
    expect((await check('live', '--status', '--window', '400ms')).exitCode).toBe(0)
  })

  it('tells what it cannot know from what is fine', async () => {
    const refused = await runCommand(LagCheck, '--regex', 'bil.*', '--max-lag', '99', ...at(away))
    expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^UNKNOWN: cannot connect to .*\n$/) })
    expect(await check('--regex', 'x', '--max-lag', '1')).toMatchObject({
      exitCode: 1,
      stdout: 'UNKNOWN: no group matches\n',
    })
    cluster.topics.delete('orders')
    const gone = 'UNKNOWN: billing: there is no partition 0 of topic orders any more; live: '
    expect(await check('--max-lag', '99')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(gone) })
  })

  it('says on stdout too that the time is up', async () => {
    const ran = await check('billing', '--max-lag', '1', '--for', '1m', '--interval', '100ms', '--timeout', '300ms')
    expect(ran).toMatchObject({ exitCode: 5, stdout: expect.stringMatching(/^UNKNOWN: not finished after 300ms/) })
  })

  it('tells brokers that are missing', async () => {
    const { ListGroups } = cluster.answers
    cluster.broker.change({ ListGroups: () => ({ errorCode: errorCode('COORDINATOR_NOT_AVAILABLE'), groups: [] }) })
    expect((await check('--max-lag', '99')).exitCode).not.toBe(0)
    cluster.broker.change({ ListGroups: ListGroups! })
    expect((await check('--max-lag', '99')).exitCode).toBe(0)
  })

  it('takes its limits from a file, and refuses both', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lag-policy-'))
    try {
      const file = join(folder, 'lag.yaml')
      writeFileSync(file, 'rules:\n  - {name: money, groups: bil.*, max-lag: 14, severity: critical}\n')
      const over = 'OVER: billing: lag 15 > 14; most on orders-0 [money, critical]\n'
      expect(await check('--policy', file)).toMatchObject({ exitCode: 3, stdout: over })
      expect(await check('live', '--policy', file)).toMatchObject({
        exitCode: 1,
        stdout: 'UNKNOWN: live: no rule takes it\n',
      })
      expect(await check('--policy', file, '--max-lag', '3')).toMatchObject({ exitCode: 2, stdout: '' })
      expect(await check('--policy', join(folder, 'none.yaml'))).toMatchObject({ exitCode: 1 })
      writeFileSync(file, 'rules:\n  - {max-lags: 14}\n')
      expect(await check('--policy', file)).toMatchObject({
        ...{ exitCode: 2, stdout: '' },
        stderr: expect.stringContaining('rules[0].max-lags is not known: did you mean max-lag?'),
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('needs a limit', async () => {
    expect(await check('billing')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs a limit') })
    expect(await check('billing', '--max-lag', '1', '--interval', '1ms')).toMatchObject({ exitCode: 2 })
    expect(await check('billing', '--status', '--window', '0')).toMatchObject({ exitCode: 2 })
  })
})

describe('lag watch', () => {
  const watch = (...argv: string[]) => runCommand(LagWatch, ...argv, '--interval', '100ms', ...at())

  it('prints a document a line off a terminal', async () => {
    const ran = await watch('--count', '3', '--window', '200ms')
    expect(ran.exitCode).toBe(0)
    expect(jsonProblems(['lag', 'watch', '--json'], ran.stdout, ran.stderr)).toEqual([])
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ groups }) => groups.length)).toEqual([2, 2, 2])
    expect(lines[2].groups[0]).toMatchObject({ group: 'billing', unread: 15, inPerSecond: 0, status: 'STOP' })
  })

  it('leaves groups out that are caught up, when asked', async () => {
    const [line] = (await watch('--count', '1', '--only-lagging')).stdout.split('\n')
    expect(JSON.parse(line!).groups.map((one: { group: string }) => one.group)).toEqual(['billing'])
  })

  it('goes on when a look fails, and is exit 1 when the last one did', async () => {
    let asked = 0
    const { ListGroups } = cluster.answers
    const refused = { errorCode: errorCode('CLUSTER_AUTHORIZATION_FAILED'), groups: [] }
    cluster.broker.change({ ListGroups: (...request) => (++asked === 1 ? ListGroups!(...request) : refused) })
    const ran = await watch('--count', '2')
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(ran.exitCode).toBe(1)
    expect(lines[1]).toMatchObject({ groups: [], error: { code: 'CLUSTER_AUTHORIZATION_FAILED' } })
    expect(jsonProblems(['lag', 'watch', '--json'], ran.stdout, ran.stderr)).toEqual([])
  })

  it('is exit 1 when nobody answers at first', async () => {
    expect(await runCommand(LagWatch, ...at(away))).toMatchObject({ exitCode: 1, stdout: '' })
  })
})

describe('lag export --once', () => {
  const once = (...argv: string[]) => runCommand(LagExport, '--once', ...argv, ...at())

  it('prints what Prometheus reads, under the names in use', async () => {
    const ran = await once()
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    const metrics = readMetrics(ran.stdout)
    expect(Object.fromEntries([...metrics].map(([name, { labels }]) => [name, [...labels].join(' ')]))).toMatchObject({
      kafka_consumergroup_lag: 'consumergroup,partition,topic',
      kafka_consumergroup_lag_sum: 'consumergroup,topic',
      kafka_consumergroup_members: 'consumergroup',
      kafka_consumer_group_lag: 'group,partition,topic',
      kafka_consumer_group_members: 'group',
      kafka_consumer_lag_sum: 'group',
      kafka_consumer_lag: 'consumer_group,topic',
      kafka_consumer_records_lag: 'client_id,group,partition,topic',
      kafka_topic_partition_current_offset: 'partition,topic',
      kafka_topic_partition_in_sync_replica: 'partition,topic',
      mq_lag_time_seconds: 'group,partition,topic',
    })
    expect(ran.stdout).toContain('kafka_consumergroup_lag{consumergroup="billing",topic="orders",partition="0"} 15\n')
    expect(ran.stdout).toContain(
      'kafka_consumer_records_lag{group="live",client_id="app",topic="orders",partition="0"} 0\n',
    )
  })

  it('is exit 1 with what it has when a group cannot be read', async () => {
    const { OffsetFetch } = cluster.answers
    cluster.broker.change({
      OffsetFetch: (...request) => {
        const answer = OffsetFetch!(...request)
        if (typeof answer === 'string') return answer
        const refused = errorCode('GROUP_AUTHORIZATION_FAILED')
        return {
          ...answer,
          groups: (answer.groups ?? []).map((one) => (one.groupId === 'live' ? { ...one, errorCode: refused } : one)),
        }
      },
    })
    const ran = await once()
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('live: ') })
    expect(ran.stdout).toContain('mq_lag_group_unreadable{group="live"} 1\n')
  })

  it('refuses what does not go together', async () => {
    expect(await once('--json')).toMatchObject({ exitCode: 2 })
    expect(await once('--port', 'off')).toMatchObject({ exitCode: 2 })
  })
})

describe('lag show --window', () => {
  const show = (...argv: string[]) => runCommand(LagShow, ...argv, ...at())

  it('adds rates, status and advice', async () => {
    const ran = await show('--advise', '--window', '300ms')
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toMatch(/\nbilling +15 +0 +0 +0 +never +STOP +orders-0: no commit for /)
    expect(ran.stdout).toContain('billing: nobody reads it: start a consumer\n')
    const shown = outcome(await show('billing', '--advise', '--window', '300ms', '--json'), 'show')
    expect(JSON.parse(shown.stdout).groups[0]).toMatchObject({
      status: 'STOP',
      advice: { advised: null, partitions: 2 },
    })
    outcome(await show('--json'), 'show')
  })

  it('takes --within for advice only', async () => {
    expect(await show('--within', '5m')).toMatchObject({ exitCode: 2 })
    expect(await show('--advise', '--within', '0')).toMatchObject({ exitCode: 2 })
  })
})
