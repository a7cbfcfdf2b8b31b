/**
 * The alert rules of operators' handbooks over what `mq lag export` serves, by Prometheus' own evaluator: those fire that should,
 * with the labels that their texts name, and no other. Forty minutes of looks, one a minute, without a cluster.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import type { GroupLag, LagRow } from '../../src/admin/lag.ts'
import { lagPage, summaryFamilies, TopicsPage } from '../../src/admin/lag/metrics.ts'
import { RebalanceCounter } from '../../src/admin/lag/rebalances.ts'
import { reportGroups } from '../../src/admin/lag/report.ts'
import type { PartitionLook } from '../../src/admin/lag/topics-look.ts'
import { LagHistory } from '../../src/admin/lag/window.ts'
import { describeWith, promtoolPeer, repositoryRoot } from './support/peers.ts'

const MINUTES = 40
const RULES = join(repositoryRoot, 'docs', 'examples', 'lag-alerts.yaml')

interface RuleGroup {
  name: string
  rules: { alert: string; expr: string }[]
}

function row(topic: string, committed: number, logEnd: number, more: Partial<LagRow> = {}): LagRow {
  const lag = logEnd - committed
  return {
    ...{ topic, partition: 0, committed, logStart: 0, logEnd, lag, timeLagMs: lag * 10, lost: 0 },
    ...{ memberId: 'm', clientId: 'app', reason: null, ...more },
  }
}

function group(name: string, partitions: LagRow[], members = 2): GroupLag {
  const sum = partitions.reduce((total, { lag }) => total + (lag ?? 0), 0)
  const state = members > 0 ? 'Stable' : 'Empty'
  return { group: name, type: 'classic', state, members, totalLag: sum, maxTimeLagMs: null, partitions }
}

/** What the cluster looks like after so many minutes. */
function groupsAt(minute: number): GroupLag[] {
  const written = minute * 12_000
  const gone = { memberId: null, clientId: null }
  return [
    group('fine', [row('orders', written - 5 + (minute % 2), written)]),
    // 200 records a second come in, and 10 are read: past 1,000 at once, past 10,000 in the first minute, past 100,000 in the ninth.
    group('behind', [row('orders', minute * 600, written)]),
    group('dead', [row('audit', 500, 1200, { ...gone, lost: 40, logStart: 540 })], 0),
    group('letters', [row('orders.dlq', 7, 10)]),
    group('unsteady', [row('steps', 10, 10, { memberId: `m-${minute}` })]),
  ]
}

/** Every series of the export with its value of each minute, as promtool takes them. */
function seriesOfExport(): { series: string; values: string }[] {
  const history = new LagHistory({ spanMs: 600_000, samples: 11 })
  const rebalances = new RebalanceCounter()
  const letters: PartitionLook = {
    ...{ topic: 'old.dlq', partition: 0, leader: 1, replicas: 3, inSync: 3, isPreferred: true, logStart: 2, logEnd: 9 },
  }
  const values = new Map<string, string[]>()
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    const groups = groupsAt(minute)
    history.observe(groups, minute * 60_000)
    const page = lagPage()
    rebalances.begin()
    for (const one of reportGroups(groups, history)) {
      rebalances.add(one)
      page.add(one)
    }
    rebalances.end()
    const topics = new TopicsPage()
    topics.add(letters)
    topics.end()
    page.end(summaryFamilies({ brokers: 1, rebalances, missing: 0, tookMs: 40, looks: minute + 1, failures: 0 }))
    for (const line of [...topics.pieces(), ...page.pieces()].join('').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const end = line.lastIndexOf(' ')
      const name = line.slice(0, end)
      const known = values.get(name) ?? Array.from({ length: minute }, () => '_')
      known.push(line.slice(end + 1))
      values.set(name, known)
    }
  }
  return [...values].map(([series, list]) => ({ series, values: list.join(' ') }))
}

describeWith('alert rules over mq lag export', promtoolPeer(), (promtool) => {
  const folder = mkdtempSync(join(tmpdir(), 'lag-alerts-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const groups = (parse(readFileSync(RULES, 'utf8')) as { groups: RuleGroup[] }).groups
  let series: { series: string; values: string }[] = []
  beforeAll(() => {
    const down = `${'1 '.repeat(30)}${'0 '.repeat(MINUTES - 29)}`.trim()
    series = [
      ...seriesOfExport(),
      { series: 'up{job="kafka-broker",instance="broker-1"}', values: down },
      { series: 'up{job="mq-lag",instance="exporter"}', values: '1 '.repeat(MINUTES + 1).trim() },
    ]
  })

  /** Holds the alerts of a rule group that fire after so many minutes against `fired`: labels of an alert, joined. */
  function expectFiring(name: string, minute: number, fired: readonly string[]): void {
    const rules = join(folder, `${name}.yaml`)
    writeFileSync(rules, stringify({ groups: groups.filter((one) => one.name === name) }))
    const labels = 'alertname, group, consumergroup, topic, status, instance'
    const test = join(folder, `${name}-${minute}.yaml`)
    const samples = fired.map((text) => ({ labels: `{${text}}`, value: 1 }))
    const query = {
      expr: `max by (${labels}) (ALERTS{alertstate="firing"})`,
      eval_time: `${minute}m`,
      exp_samples: samples,
    }
    const tests = [{ interval: '1m', input_series: series, promql_expr_test: [query] }]
    writeFileSync(test, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }))
    const done = spawnSync(promtool, ['test', 'rules', test], { encoding: 'utf8' })
    expect({ status: done.status, out: done.status === 0 ? '' : done.stdout + done.stderr }).toEqual({
      status: 0,
      out: '',
    })
  }

  it('the example is what Prometheus takes', () => {
    const done = spawnSync(promtool, ['check', 'rules', '--lint=none', RULES], { encoding: 'utf8' })
    expect(done.status, done.stderr).toBe(0)
    expect(groups.flatMap(({ rules }) => rules).length).toBe(18)
  })

  it('handbook 000', () => {
    expectFiring('handbook-000', 2, [])
    expectFiring('handbook-000', 29, ['alertname="KafkaConsumerLag",group="behind"'])
    expectFiring('handbook-000', 35, [
      'alertname="KafkaBrokerDown",instance="broker-1"',
      'alertname="KafkaConsumerLag",group="behind"',
    ])
  })

  it('handbook 001', () => {
    expectFiring('handbook-001', 5, ['alertname="LagWarning",consumergroup="behind"'])
    expectFiring('handbook-001', 20, [
      'alertname="LagCritical",consumergroup="behind"',
      'alertname="LagWarning",consumergroup="behind"',
    ])
  })

  it('handbook 003', () => {
    expectFiring('handbook-003', 4, [])
    expectFiring('handbook-003', 30, [
      'alertname="ConsumerGroupInactive",group="dead"',
      'alertname="ConsumerLagGrowing",group="behind",topic="orders"',
      'alertname="ConsumerLagHigh",group="behind",topic="orders"',
    ])
  })

  it('handbook 004, where the rule of rebalances is one that never fires', () => {
    expectFiring('handbook-004', 40, [
      'alertname="ConsumerLagCritical",group="behind",topic="orders"',
      'alertname="ConsumerLagHigh",group="behind",topic="orders"',
      'alertname="DLQNonEmpty",group="letters",topic="orders.dlq"',
    ])
    expectFiring('as-meant', 40, [
      'alertname="DLQHasRecords",topic="old.dlq"',
      'alertname="FrequentRebalancesAnHour",group="unsteady"',
    ])
  })

  it('what only mq measures', () => {
    expectFiring('mq', 40, [
      'alertname="GroupDoesNotGetOn",group="dead",status="STOP"',
      'alertname="GroupDoesNotGetOn",group="letters",status="STALL"',
      'alertname="RecordsLostUnread",group="dead",topic="audit"',
      'alertname="TimeLagHigh",group="behind"',
    ])
  })
})
