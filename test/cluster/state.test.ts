/** The record of clusters and its lock. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withClusterLock } from '../../src/cluster/lock.ts'
import { runningBootstrap, selectClusters } from '../../src/cluster/registry.ts'
import {
  checkClusterName,
  type ClusterState,
  clusterNames,
  readCluster,
  writeCluster,
} from '../../src/cluster/state.ts'
import { useHome } from './support/home.ts'

const home = useHome()
const cluster = (name: string): ClusterState => ({ format: 1, name, clusterId: null, engine: 'bundled', nodes: [] })

describe('the record', () => {
  it('reads back what was written, and lists it in order', () => {
    for (const name of ['zeta', 'alpha']) writeCluster(cluster(name))
    expect(clusterNames()).toEqual(['alpha', 'zeta'])
    expect(readCluster('zeta')).toEqual(cluster('zeta'))
    expect(readCluster('none')).toBeUndefined()
  })

  it('that is damaged names its file', () => {
    writeCluster(cluster('local'))
    writeFileSync(join(home.path, 'clusters', 'local', 'cluster.json'), '{"format":')
    expect(() => readCluster('local')).toThrow(/cluster\.json is not a cluster state/)
  })

  it.each(['../up', '', 'a/b', '-x', 'a b', 'x'.repeat(65)])('refuses the name %j', (name) =>
    expect(() => checkClusterName(name)).toThrow(expect.objectContaining({ exitCode: 2 })))

  it('without a running cluster says what to type', () => {
    expect(() => runningBootstrap(undefined)).toThrow(expect.objectContaining({ code: 'MQ_NO_BOOTSTRAP' }))
    writeCluster(cluster('local'))
    expect(() => runningBootstrap('local')).toThrow(expect.objectContaining({ code: 'MQ_NOT_RUNNING' }))
  })
})

describe('the cluster that a command means', () => {
  const names = (name: string | undefined, all = false) => selectClusters({ name, all }).map((state) => state.name)

  it('is the only one, else local, else must be said', () => {
    expect(names(undefined)).toEqual([])
    writeCluster(cluster('one'))
    expect(names(undefined)).toEqual(['one'])
    writeCluster(cluster('two'))
    expect(() => names(undefined)).toThrow(expect.objectContaining({ exitCode: 2 }))
    expect(names('two')).toEqual(['two'])
    expect(names(undefined, true)).toEqual(['one', 'two'])
    writeCluster(cluster('local'))
    expect(names(undefined)).toEqual(['local'])
    expect(() => names('three')).toThrow(expect.objectContaining({ code: 'MQ_UNKNOWN_CLUSTER' }))
  })
})

describe('the lock', () => {
  it('lets one in at a time', async () => {
    let inside = 0
    let most = 0
    const work = () =>
      withClusterLock('local', 10_000, async () => {
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      })
    await Promise.all([work(), work(), work()])
    expect(most).toBe(1)
  })

  it('of a holder that is gone is taken over', async () => {
    mkdirSync(join(home.path, 'clusters', 'local'), { recursive: true })
    writeFileSync(join(home.path, 'clusters', 'local', 'lock'), JSON.stringify({ pid: process.pid, token: 'before' }))
    expect(await withClusterLock('local', 1000, async () => 'mine')).toBe('mine')
  })

  it('that stays taken ends the wait with exit 5', async () => {
    await withClusterLock('local', 1000, async () => {
      await expect(withClusterLock('local', 60, async () => {})).rejects.toMatchObject({ exitCode: 5 })
    })
  })
})
