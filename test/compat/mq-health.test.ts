/** `mq cluster info` and `mq cluster health` on three nodes, the same expectations on every engine. */
import { expect, it } from 'vitest'
import { describeClusters } from './support/clusters.ts'

describeClusters('mq cluster health', ['bundled', 'apache', 'apache-3.9'], (cluster) => {
  it('shows the nodes with their racks', async () => {
    const info = await cluster.json(['cluster', 'info'])
    expect(info.clusterId).toBe(cluster.clusterId)
    expect(info.brokers.map(({ id, rack }: { id: number; rack: string }) => [id, rack])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
  })
})
