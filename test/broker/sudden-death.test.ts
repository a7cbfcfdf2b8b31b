/** Nodes whose process dies: how soon the next one serves. Time is virtual. */
import { afterEach, describe, expect, it } from 'vitest'
import { MortalCluster } from './mortal-nodes.ts'

let cluster: MortalCluster
afterEach(async () => {
  await cluster.stopAll()
  expect(cluster.fatal).toEqual([])
})

const voters = (...ids: number[]) => ({
  'controller.quorum.voters': ids.map((id) => `${id}@127.0.0.1:${9100 + id}`).join(','),
})

describe('a node that is all of its cluster', () => {
  it('serves again at once after its process was killed: nobody else can be meant by its registration', async () => {
    cluster = new MortalCluster(voters(1))
    const first = await cluster.until(cluster.start(1))
    await cluster.createTopic(first, 'kept')
    cluster.kill(1)
    const diedMs = cluster.clock.monotonicMs()
    const second = await cluster.until(cluster.start(1))
    expect(cluster.clock.monotonicMs() - diedMs).toBeLessThan(2000)
    await cluster.while(() => second.services.image.topics.get('kept')!.partitions[0]!.leader !== 1, 2000)
  })
})
