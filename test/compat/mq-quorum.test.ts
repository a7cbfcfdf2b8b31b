/** Voters, features and registrations on three nodes, the same expectations on every engine. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeClusters, type TestCluster } from './support/clusters.ts'

const AUTO_JOIN = 'controller.quorum.auto.join.enable'
const JOINS = `${AUTO_JOIN}=true`
const ENGINES = ['bundled', 'apache', 'apache-3.9'] as const

function ids(voters: { id: number }[]): number[] {
  return voters.map(({ id }) => id)
}

describeClusters(
  'mq cluster quorum',
  ENGINES,
  (cluster) => {
    const quorum = () => cluster.json(['cluster', 'quorum'])

    it('shows who votes, and the roles of the nodes', async () => {
      const shown = await quorum()
      expect(ids(shown.voters)).toEqual([1, 2, 3])
      expect(shown.observers).toEqual([])
      const info = await cluster.json(['cluster', 'info'])
      expect(info.controller).toBe(shown.leader)
      expect(info.brokers.map(({ roles }: { roles: string[] }) => roles.join())).toEqual(
        Array.from({ length: 3 }, () => 'broker,controller'),
      )
      expect(info.controllers.filter(({ active }: { active: boolean }) => active)).toMatchObject([{ id: shown.leader }])
    })

    it('removes a voter and adds it again', async () => {
      const { leader } = await quorum()
      const other = leader === 3 ? '2' : '3'
      expect((await cluster.failure(['cluster', 'quorum', 'remove', other], 4)).message).toContain(
        'none of them may fail',
      )
      const dry = await cluster.json(['cluster', 'quorum', 'remove', other, '--dry-run'])
      expect(dry).toMatchObject({ changed: false, dryRun: true })
      const removed = await cluster.json(['cluster', 'quorum', 'remove', other, '--yes'])
      expect(ids(removed.voters)).toEqual([1, 2, 3].filter((id) => id !== Number(other)))
      await expect.poll(async () => ids((await quorum()).observers), { timeout: 60_000 }).toEqual([Number(other)])
      expect((await cluster.failure(['cluster', 'quorum', 'remove', other, '--yes'], 1)).code).toBe('VOTER_NOT_FOUND')

      const added = await cluster.json(['cluster', 'quorum', 'add', other])
      expect(ids(added.voters)).toEqual([1, 2, 3])
      expect(added.voter).toEqual(removed.voter)
      expect(await cluster.json(['cluster', 'quorum', 'add', other])).toMatchObject({ changed: false })
    })

    it('removes the leader, and another one leads', async () => {
      const { leader, epoch } = await quorum()
      const removed = await cluster.json(['cluster', 'quorum', 'remove', String(leader), '--yes'])
      expect(removed.voters).toHaveLength(2)
      await expect.poll(async () => (await quorum()).leader, { timeout: 60_000 }).not.toBe(leader)
      expect((await quorum()).epoch).toBeGreaterThan(epoch)
      await expect.poll(async () => ids((await quorum()).observers), { timeout: 60_000 }).toEqual([leader])
      expect(ids((await cluster.json(['cluster', 'quorum', 'add', String(leader)])).voters)).toEqual([1, 2, 3])
    })

    it('works through controllers too', async () => {
      const via = { env: { MQ_BOOTSTRAP_SERVER: undefined, MQ_BOOTSTRAP_CONTROLLER: cluster.bootstrapController } }
      expect(ids((await cluster.json(['cluster', 'quorum'], 0, via)).voters)).toEqual([1, 2, 3])
      expect((await cluster.json(['cluster', 'info'], 0, via)).brokers).toHaveLength(3)
    })

    it('refuses what would stop the quorum, and ids that make no sense', async () => {
      expect((await cluster.failure(['cluster', 'quorum', 'add', 'three'], 2)).code).toBe('MQ_USAGE')
      expect((await cluster.failure(['cluster', 'quorum', 'add', '77'], 1)).code).toBe('MQ_UNKNOWN_CONTROLLER')
      expect((await cluster.failure(['cluster', 'quorum', 'add'], 2)).code).toBe('MQ_USAGE')
      const { leader } = await quorum()
      const down = [1, 2, 3].find((id) => id !== leader)!
      const third = [1, 2, 3].find((id) => id !== leader && id !== down)!
      await cluster.json(['topics', 'create', 'held', '--replica-assignment', `${leader}:${down}`])
      await cluster.kill(down)
      try {
        // nothing but a fresh sign of life counts, so that a voter killed just now is none
        const refused = await cluster.failure(['cluster', 'quorum', 'remove', String(third), '--yes'], 4)
        expect(refused.message).toContain('would stop')
        await unregisters(cluster, down)
        joinsByItself(cluster, down)
      } finally {
        await cluster.start(down)
      }
      await cluster.settled()
    })

    // Kafka before 4.2 does not know the setting.
    it.skipIf(cluster.kind === 'apache-3.9')('takes no vote that would be back at once', async () => {
      const [joining] = cluster.ids.filter((id) => readFileSync(settingsOf(cluster, id), 'utf8').includes(JOINS))
      const refused = await cluster.failure(['cluster', 'quorum', 'remove', String(joining), '--yes'], 4)
      expect(refused.message).toContain('would vote again by itself')
      expect(ids((await quorum()).voters)).toEqual([1, 2, 3])
    })

    it('checks feature levels before it changes them', async () => {
      const { features } = await cluster.json(['cluster', 'features'])
      const metadata = features.find(({ feature }: { feature: string }) => feature === 'metadata.version')
      const same = await cluster.json(['cluster', 'features', 'upgrade', `metadata.version=${metadata.finalized}`])
      expect(same.changes).toEqual([])
      const lower = `metadata.version=${metadata.finalized - 1}`
      expect((await cluster.failure(['cluster', 'features', 'upgrade', lower], 2)).code).toBe('MQ_USAGE')
      expect((await cluster.failure(['cluster', 'features', 'upgrade', 'no.such=1'], 1)).code).toBe(
        'MQ_UNKNOWN_FEATURE',
      )
      const dry = await cluster.json(['cluster', 'features', 'downgrade', 'kraft.version=1', '--dry-run'])
      expect(dry.changes).toEqual([])
    })
  },
  { properties: { [AUTO_JOIN]: 'false' } },
)

function settingsOf(cluster: TestCluster, id: number): string {
  const nodes = cluster.kind === 'bundled' ? join(cluster.folder, 'clusters', 'local') : cluster.folder
  return join(nodes, `node-${id}`, 'server.properties')
}

/** From its next start on. */
function joinsByItself(cluster: TestCluster, id: number): void {
  const file = settingsOf(cluster, id)
  writeFileSync(file, readFileSync(file, 'utf8').replace(`${AUTO_JOIN}=false`, JOINS))
}

/** While it is down: it has a replica of `held`; without that it is forgotten, until it starts again. */
async function unregisters(cluster: TestCluster, down: number): Promise<void> {
  const running = cluster.ids.filter((id) => id !== down)
  const runs = await cluster.failure(['cluster', 'unregister', String(running[0])], 4)
  expect(runs.message).toBe(`broker ${running[0]} runs`)
  await expect
    .poll(async () => (await cluster.failure(['cluster', 'unregister', String(down)], 4)).message, {
      timeout: 60_000,
      interval: 500,
    })
    .toBe(`broker ${down} has replicas of 1 partition (held-0)`)
  await cluster.json(['topics', 'delete', 'held', '--yes'])
  await expect
    .poll(async () => (await cluster.failure(['cluster', 'unregister', String(down)], 4)).hint, { timeout: 60_000 })
    .toBe('add --yes to go ahead')
  const done = await cluster.json(['cluster', 'unregister', String(down), '--yes'])
  expect(done).toMatchObject({ broker: down, replicas: 0, alive: false, unregistered: true, voter: true })
  const left = await cluster.json(['cluster', 'info'])
  expect(left.brokers.map(({ id }: { id: number }) => id)).toEqual(running)
}

describeClusters(
  'mq cluster quorum, static voters',
  ['apache'],
  (cluster) => {
    it('cannot change its voters, and says why', async () => {
      for (const verb of ['add', 'remove']) {
        const refused = await cluster.failure(['cluster', 'quorum', verb, '3', '--yes'], 1)
        expect(refused).toMatchObject({ code: 'UNSUPPORTED_VERSION', message: expect.stringContaining('static') })
      }
    })
  },
  { quorum: 'static' },
)
