/** The story of a quorum of three, as a trace to be read: election, replication, a leader lost and another found. */
import { expect, it } from 'vitest'
import { MemoryCluster } from './memory-cluster.ts'

it('three voters elect, replicate, lose their leader and go on', () => {
  const cluster = new MemoryCluster(3, 3)
  const story: string[] = []
  const tell = (line: string) => {
    story.push(...cluster.trace.splice(0).map((entry) => `  ${entry.trim().replace(/^\d+ /, '')}`), line)
  }
  cluster.start()
  tell('started')
  cluster.run(5_000)
  tell(`after 5 s ${cluster.leader()!.id} leads`)
  const first = cluster.leader()!
  cluster.propose(first, 'a')
  cluster.propose(first, 'b')
  cluster.run(1_000)
  tell(`committed everywhere: ${[...cluster.nodes.values()].map((node) => node.committed).join(' ')}`)
  cluster.crash(first.id)
  cluster.run(10_000)
  tell(`then ${cluster.leader()!.id} leads`)
  cluster.propose(cluster.leader()!, 'c')
  cluster.run(1_000)
  cluster.restart(first.id)
  cluster.run(5_000)
  tell(`log of the former leader: ${first.log.entries.map(({ text }) => text).join(', ')}`)
  expect(story.join('\n')).toMatchInlineSnapshot(`
    "  1 is unattached in epoch 0, leader -1
      2 is unattached in epoch 0, leader -1
      3 is unattached in epoch 0, leader -1
    started
      3 is prospective in epoch 0, leader -1
      3 is candidate in epoch 1, leader -1
      2 is unattached in epoch 1, leader -1
      1 is unattached in epoch 1, leader -1
      3 is leader in epoch 1, leader 3
      1 is follower in epoch 1, leader 3
      2 is follower in epoch 1, leader 3
    after 5 s 3 leads
      3 appends a
      3 appends b
    committed everywhere: 3 3 3
      3 crashes
      1 is prospective in epoch 1, leader 3
      2 is prospective in epoch 1, leader 3
      2 is candidate in epoch 2, leader -1
      1 is unattached in epoch 2, leader -1
      2 is leader in epoch 2, leader 2
      1 is follower in epoch 2, leader 2
    then 2 leads
      2 appends c
      3 restarts with 3 entries
      3 is resigned in epoch 1, leader 3
      3 is follower in epoch 2, leader 2
    log of the former leader: leader 3, a, b, leader 2, c"
  `)
})
