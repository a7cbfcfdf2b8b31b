/** `mq cluster info` and `mq cluster health` on three nodes, the same expectations on every engine. */
import { expect, it } from 'vitest'
import { describeClusters } from './support/clusters.ts'

interface Found {
  code: string
  nodes: number[]
  partitions: unknown[]
}

describeClusters('mq cluster health', ['bundled', 'apache', 'apache-3.9'], (cluster) => {
  const codes = (report: { findings: Found[] }) => report.findings.map(({ code }) => code)

  it('shows the nodes with their racks', async () => {
    const info = await cluster.json(['cluster', 'info'])
    expect(info.clusterId).toBe(cluster.clusterId)
    expect(info.brokers.map(({ id, rack }: { id: number; rack: string }) => [id, rack])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
  })

  it('finds nothing on a healthy cluster', async () => {
    await cluster.json(['topics', 'create', 'orders', '--partitions', '6', '--replication-factor', '3'])
    const report = await cluster.json(['cluster', 'health', '--wait', '30s'])
    expect(report).toMatchObject({ clusterId: cluster.clusterId, healthy: true, findings: [] })
    expect(report.quorum.voters).toEqual([1, 2, 3])
    expect(report.brokers.map(({ state }: { state: string }) => state)).toEqual(['serving', 'serving', 'serving'])
    const shown = await cluster.mq(['cluster', 'health'])
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' })
    expect(shown.stdout).toContain('healthy')
  })

  it('finds a throttle that was left behind, and says how it goes', async () => {
    const key = 'leader.replication.throttled.rate'
    await cluster.json(['config', 'set', '--broker', '2', `${key}=1000000`])
    const report = await cluster.json(['cluster', 'health'], 3)
    expect(codes(report)).toEqual(['leftover-throttle'])
    expect(report.findings[0]).toMatchObject({ nodes: [2], hint: `mq config unset --broker 2 ${key}` })
    await cluster.json(['config', 'unset', '--broker', '2', key])
    expect((await cluster.json(['cluster', 'health', '--wait', '30s'])).findings).toEqual([])
  })

  it('finds a killed broker, and that it is back', async () => {
    await cluster.kill(3)
    try {
      await expect
        .poll(async () => codes(JSON.parse((await cluster.mq(['cluster', 'health', '--json'])).stdout)), {
          timeout: 60_000,
          interval: 500,
        })
        .toEqual(expect.arrayContaining(['under-replicated', 'at-min-isr']))
      const report = await cluster.json(['cluster', 'health'], 3)
      const found = (code: string) => report.findings.find((one: Found) => one.code === code)
      expect(found('under-replicated')).toMatchObject({ nodes: [3] })
      expect(found('under-replicated').partitions.length).toBeGreaterThanOrEqual(6)
      expect(codes(report)).toContain(cluster.kind === 'apache-3.9' ? 'broker-missing' : 'broker-fenced')
      const late = await cluster.json(['cluster', 'health', '--wait', '1s'], 5)
      expect(late.healthy).toBe(false)
    } finally {
      await cluster.start(3)
    }
    await cluster.settled()
    await cluster.json(['leaders', 'balance', '--yes'])
    const report = await cluster.json(['cluster', 'health', '--wait', '60s'])
    expect(report.findings).toEqual([])
  })
})
