/** `mq logdirs` and `mq logdirs move` on three nodes with two directories each, the same expectations on every engine. */
import { expect, it } from 'vitest'
import { describeClusters } from './support/clusters.ts'

interface Directory {
  broker: number
  path: string
  replicas: { topic: string; partition: number; future: boolean }[]
}

describeClusters(
  'mq logdirs on a cluster',
  ['bundled', 'apache', 'apache-3.9'],
  (cluster) => {
    const placesOf = async (topic: string): Promise<[number, number, string][]> => {
      const { directories } = await cluster.json(['logdirs', '--topic', topic])
      return (directories as Directory[]).flatMap(({ broker, path, replicas }) =>
        replicas.map(({ partition }): [number, number, string] => [broker, partition, path]),
      )
    }

    it('shows every directory of every broker', async () => {
      const { directories } = await cluster.json(['logdirs'])
      expect(directories.map(({ broker, path }: Directory) => [broker, path])).toEqual(
        cluster.ids.flatMap((id) => [...cluster.logDirs(id)].sort().map((path) => [id, path])),
      )
    })

    it('moves the replica of the broker that is named, and no other', async () => {
      await cluster.json(['topics', 'create', 'moved', '--partitions', '2', '--replication-factor', '3'])
      await cluster.fill('moved', ['a', 'b', 'c'])
      const before = await placesOf('moved')
      expect(before).toHaveLength(6)
      const from = before.find(([broker, partition]) => broker === 2 && partition === 0)![2]
      const to = cluster.logDirs(2).find((path) => path !== from)!
      expect((await cluster.failure(['logdirs', 'move', 'moved:0', '--to', to, '--yes'], 2)).hint).toContain('1, 2, 3')
      const moved = await cluster.json(['logdirs', 'move', 'moved:0', '--broker', '2', '--to', to, '--yes'])
      expect(moved.replicas).toMatchObject([{ topic: 'moved', partition: 0, from, state: 'moved' }])
      const expected = before.map((place) => (place[0] === 2 && place[1] === 0 ? [2, 0, to] : place))
      expect((await placesOf('moved')).map(String).sort()).toEqual(expected.map(String).sort())
      expect((await cluster.json(['cluster', 'health', '--wait', '30s'])).healthy).toBe(true)
      const read = await cluster.mq(['consume', 'moved', '--from', 'earliest', '--until', 'latest'])
      expect(read.stdout.split('\n').filter(Boolean).sort()).toEqual(['a', 'b', 'c'])
    })
  },
  { logDirs: 2 },
)
