/** Wiping removes Kafka's data and nothing else, and only of a stopped cluster. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startCluster } from '../../src/cluster/start.ts'
import { clusterNames, readCluster } from '../../src/cluster/state.ts'
import { stopCluster } from '../../src/cluster/stop.ts'
import { lockDirectory } from '../../src/platform/directory-lock.ts'
import { wipeCluster, wipeTargets } from '../../src/cluster/wipe.ts'
import { useHome } from './support/home.ts'

const home = useHome()
const stop = () =>
  stopCluster({
    name: 'local',
    nodes: undefined,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    note: () => {},
  })

it('a running cluster keeps its data: exit 4', async () => {
  await startCluster(home.start())
  expect(() => wipeTargets('local')).toThrow(expect.objectContaining({ exitCode: 4 }))
  await expect(wipeCluster('local', 1000)).rejects.toMatchObject({ exitCode: 4 })
})

it('a directory that somebody else runs on stays: exit 4', async () => {
  await startCluster(home.start())
  const { dataDir } = readCluster('local')!.nodes[0]!
  await stop()
  const lock = lockDirectory(dataDir)
  await expect(wipeCluster('local', 1000)).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining(`in use, held by this process`),
  })
  expect(existsSync(dataDir)).toBe(true)
  lock.release()
  expect(await wipeCluster('local', 1000)).toMatchObject({ removed: [dataDir] })
})

it('a stopped one is gone with its record', async () => {
  await startCluster(home.start())
  const { dataDir } = readCluster('local')!.nodes[0]!
  await stop()
  expect(await wipeCluster('local', 1000)).toMatchObject({ removed: [dataDir], kept: [] })
  expect(existsSync(dataDir)).toBe(false)
  expect(clusterNames()).toEqual([])
})

it('what an interrupted start has left goes too', async () => {
  const dataDir = join(home.path, 'mine')
  await startCluster(home.start({ dataDir }))
  await stop()
  for (const name of ['meta.properties.tmp', 'recovery-point-offset-checkpoint.tmp', '.lock.123', '.lock.takeover']) {
    writeFileSync(join(dataDir, name), '')
  }
  expect(await wipeCluster('local', 1000)).toMatchObject({ removed: [dataDir], kept: [] })
})

it('in a directory of the user only what is Kafka’s goes', async () => {
  const dataDir = join(home.path, 'mine')
  await startCluster(home.start({ dataDir }))
  await stop()
  for (const name of ['rawtrade-0', '__cluster_metadata-0', 'notes', 'photos-2020']) mkdirSync(join(dataDir, name))
  writeFileSync(join(dataDir, 'photos-2020', 'beach.jpg'), '')
  for (const name of ['recovery-point-offset-checkpoint', '.kafka_cleanshutdown', 'letter.txt']) {
    writeFileSync(join(dataDir, name), '')
  }
  expect(await wipeCluster('local', 1000)).toMatchObject({ removed: [], kept: [dataDir] })
  expect(
    ['rawtrade-0', '__cluster_metadata-0', 'meta.properties', '.kafka_cleanshutdown'].map((name) =>
      existsSync(join(dataDir, name)),
    ),
  ).toEqual([false, false, false, false])
  expect(['notes', 'photos-2020/beach.jpg', 'letter.txt'].every((name) => existsSync(join(dataDir, name)))).toBe(true)
})
