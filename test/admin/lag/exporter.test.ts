/** What is exported: never old numbers, rebalances counted once, names and labels escaped. */
import { expect, it } from 'vitest'
import { LagExporter } from '../../../src/admin/lag/exporter.ts'
import { ExpositionPage } from '../../../src/admin/lag/exposition.ts'
import { RebalanceCounter } from '../../../src/admin/lag/rebalances.ts'
import { MqError } from '../../../src/base/errors.ts'
import type { ClusterClient } from '../../../src/client/cluster-client.ts'
import { group, Looks, row } from './support.ts'

const lost = new MqError('MQ_CONNECTION', 'connection refused')
const metadata = async () => ({ brokers: [{ id: 1 }], topics: [] })
const client = { metadata } as unknown as ClusterClient

function exporterOf(looks: ConstructorParameters<typeof Looks>[0]) {
  const source = new Looks(looks)
  const changes: (string | undefined)[] = []
  const exporter = new LagExporter({
    source: { look: source.look, client: async () => client },
    ...{ scopes: undefined, intervalMs: 10_000, nowMs: () => source.nowMs },
    onChange: (error) => changes.push(error?.message),
  })
  const text = (path: string) => {
    const { status, body } = exporter.answer(path)
    return `${status} ${[...body].join('')}`
  }
  return { source, exporter, changes, text }
}

it('serves the last look, and nothing when it is old or the next one failed', async () => {
  const { source, exporter, changes, text } = exporterOf([[group('a', [row(0, 1, 9)])], lost, lost, []])
  expect(text('/metrics')).toBe('503 the first look is not there yet\n')
  expect(text('/health/ready')).toMatch(/^503 /)
  await exporter.look()
  expect(text('/metrics')).toContain('kafka_consumer_lag_sum{group="a"} 8\n')
  expect(text('/health/ready')).toBe('200 ready\n')
  source.nowMs += 30_001
  expect(text('/metrics')).toBe('503 the last look is 30s old\n')
  await exporter.look()
  await exporter.look()
  expect(text('/metrics')).toBe('503 the cluster cannot be asked: connection refused\n')
  expect(text('/health/live')).toBe('200 alive\n')
  await exporter.look()
  expect(text('/metrics')).toContain('mq_lag_look_failures_total 2\n')
  expect(changes).toEqual(['connection refused', undefined])
  expect(text('/')).toMatch(/^404 /)
})

it('counts a rebalance once, whatever it goes through, and none of a group that cannot be read', () => {
  const counter = new RebalanceCounter()
  const owned = (member: string) => group('a', [row(0, 1, 9, { memberId: member, clientId: 'app' })])
  const error = { code: 'NOT_COORDINATOR', message: 'not now' }
  const between = group('a', [row(0, 1, 9)], { state: 'PreparingRebalance' })
  for (const look of [owned('m'), owned('m'), between, group('a', [], { error, state: null }), owned('n')]) {
    counter.begin()
    counter.add(look)
    counter.end()
  }
  expect([...counter.counts()]).toEqual([{ group: 'a', clientId: 'app', count: 1 }])
  counter.begin()
  counter.end()
  expect([...counter.counts()]).toEqual([])
})

it('escapes labels, and leaves families without samples out', () => {
  const samples = () => [[{ group: 'a"b\\c\nd' }, Number.POSITIVE_INFINITY] as const, [{ group: 'x' }, null] as const]
  const families = [
    { name: 'one', type: 'gauge', help: 'One', samples } as const,
    { name: 'none', type: 'gauge', help: 'None', samples: () => [] } as const,
  ]
  const page = new ExpositionPage([])
  page.end(families)
  expect([...page.pieces()].join('')).toBe('# HELP one One\n# TYPE one gauge\none{group="a\\"b\\\\c\\nd"} +Inf\n')
})
