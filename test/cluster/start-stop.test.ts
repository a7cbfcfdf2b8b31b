/** Starting and stopping a local cluster: each way to fail has its own message, and no stranger is ever signalled. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runningBootstrap } from '../../src/cluster/registry.ts'
import { startCluster } from '../../src/cluster/start.ts'
import { readCluster, writeCluster } from '../../src/cluster/state.ts'
import { clusterStatus } from '../../src/cluster/status.ts'
import { stopCluster } from '../../src/cluster/stop.ts'
import { processToken } from '../../src/platform/process-info.ts'
import { useHome } from './support/home.ts'

const home = useHome()

const stop = (timeoutMs = 10_000) =>
  stopCluster({
    name: 'local',
    nodes: undefined,
    timeoutMs,
    signal: new AbortController().signal,
    note: (text) => home.notes.push(text),
  })

/** Replaces what is recorded of the node. */
function record(change: { pid?: number; processToken?: string }) {
  const state = readCluster('local')!
  writeCluster({ ...state, nodes: state.nodes.map((node) => ({ ...node, ...change })) })
}

describe('start', () => {
  it('returns when the node answers, and is what commands talk to by default', async () => {
    const { cluster, started } = await startCluster(home.start())
    expect(started).toEqual([1])
    expect(cluster).toMatchObject({ name: 'local', clusterId: 'fake-cluster', engine: 'bundled' })
    expect(cluster.nodes[0]).toMatchObject({ id: 1, state: 'running', roles: ['broker', 'controller'] })
    expect(runningBootstrap(undefined)).toBe(cluster.bootstrap)
    expect(runningBootstrap('local')).toBe(cluster.bootstrap)
  })

  it('of what runs starts nothing', async () => {
    const first = await startCluster(home.start())
    const again = await startCluster(home.start({ port: undefined }))
    expect(again.started).toEqual([])
    expect(again.cluster.nodes[0]!.pid).toBe(first.cluster.nodes[0]!.pid)
  })

  it('twice at once makes one node', async () => {
    const results = await Promise.all([startCluster(home.start()), startCluster(home.start({ port: undefined }))])
    expect(results.map(({ started }) => started.length).sort()).toEqual([0, 1])
    expect(results[0]!.cluster.nodes[0]!.pid).toBe(results[1]!.cluster.nodes[0]!.pid)
  })

  it('keeps port and settings of the last time', async () => {
    const first = await startCluster(home.start({ overrides: { 'num.partitions': '6' } }))
    await stop()
    const second = await startCluster(home.start({ port: undefined }))
    expect(second.cluster.bootstrap).toBe(first.cluster.bootstrap)
    expect(readFileSync(readCluster('local')!.nodes[0]!.configFile, 'utf8')).toContain('num.partitions=6')
  })

  it('takes another port when told so', async () => {
    const first = await startCluster(home.start())
    await stop()
    const second = await startCluster(home.start({ port: 0 }))
    expect(second.cluster.bootstrap).not.toBe(first.cluster.bootstrap)
  })

  it('on a busy port says so and leaves nothing behind', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    )
    await expect(startCluster(home.start({ port }))).rejects.toMatchObject({
      code: 'MQ_PORT_BUSY',
      message: expect.stringContaining(`port ${port} is busy`),
      exitCode: 1,
    })
    server.close()
    expect(readCluster('local')).toBeUndefined()
  })

  it('repeats the last words of a node that dies', async () => {
    await expect(startCluster(home.start({}, 'die'))).rejects.toMatchObject({
      code: 'MQ_START_FAILED',
      message: expect.stringContaining('the directory is not ours'),
    })
  })

  it('that fails leaves nothing recorded, unless it has formatted a directory', async () => {
    await expect(startCluster(home.start({}, 'die'))).rejects.toMatchObject({ code: 'MQ_START_FAILED' })
    expect(readCluster('local')).toBeUndefined()
    await expect(startCluster(home.start({}, 'format-and-die'))).rejects.toMatchObject({ code: 'MQ_START_FAILED' })
    expect((await clusterStatus(readCluster('local')!)).nodes[0]!.state).toBe('stopped')
  })

  it('that fails leaves the settings of the last good start', async () => {
    const first = await startCluster(home.start({ overrides: { 'num.partitions': '6' } }))
    await stop()
    const other = join(home.path, 'other')
    const failing = { port: undefined, dataDir: other, overrides: { 'num.partitions': '9' } }
    await expect(startCluster(home.start(failing, 'die'))).rejects.toMatchObject({ code: 'MQ_START_FAILED' })
    const [node] = (await clusterStatus(readCluster('local')!)).nodes
    expect(node).toMatchObject({ state: 'stopped', pid: null, dataDir: first.cluster.nodes[0]!.dataDir })
    await startCluster(home.start({ port: undefined }))
    expect(readFileSync(readCluster('local')!.nodes[0]!.configFile, 'utf8')).toContain('num.partitions=6')
  })

  it('of what runs with another cluster id is an error', async () => {
    const { cluster } = await startCluster(home.start())
    const again = (clusterId: string) => startCluster(home.start({ port: undefined, clusterId }))
    await expect(again('another')).rejects.toMatchObject({
      code: 'MQ_CLUSTER_ID',
      exitCode: 1,
      message: expect.stringContaining('fake-cluster'),
    })
    expect((await again('fake-cluster')).cluster.nodes[0]!.pid).toBe(cluster.nodes[0]!.pid)
  })

  it('that takes too long leaves the node starting, exit 5, and stop ends it', async () => {
    await expect(startCluster(home.start({ timeoutMs: 300 }, 'silent'))).rejects.toMatchObject({ exitCode: 5 })
    expect((await clusterStatus(readCluster('local')!)).nodes[0]!.state).toBe('starting')
    const { cluster } = await stop()
    expect(cluster.nodes[0]!.state).toBe('stopped')
  })

  it('names the key and the reason of a bad setting', async () => {
    const file = join(home.path, 'bad.properties')
    writeFileSync(file, 'num.partitions=many\n')
    await expect(startCluster(home.start({ configFile: file }))).rejects.toMatchObject({
      code: 'MQ_CONFIG',
      message: expect.stringContaining('num.partitions'),
    })
  })

  it('says when the config file is not there', async () => {
    await expect(startCluster(home.start({ configFile: join(home.path, 'none') }))).rejects.toMatchObject({
      message: expect.stringContaining('no such file'),
    })
  })

  it('refuses --port beside the listeners of a file', async () => {
    const file = join(home.path, 'server.properties')
    writeFileSync(
      file,
      'listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\ncontroller.listener.names=CONTROLLER\n',
    )
    await expect(startCluster(home.start({ configFile: file, port: 5000 }))).rejects.toMatchObject({ exitCode: 2 })
  })

  it('refuses a directory that is a file, and one that another cluster uses', async () => {
    const file = join(home.path, 'file')
    writeFileSync(file, '')
    await expect(startCluster(home.start({ dataDir: file }))).rejects.toMatchObject({ code: 'MQ_DIRECTORY' })
    const first = await startCluster(home.start())
    const dataDir = first.cluster.nodes[0]!.dataDir
    await expect(startCluster(home.start({ name: 'other', dataDir }))).rejects.toMatchObject({
      code: 'MQ_DIRECTORY_LOCKED',
      message: expect.stringContaining('the local cluster local'),
    })
  })

  it.skipIf(process.getuid?.() === 0)('refuses a directory that it may not write', async () => {
    const dataDir = join(home.path, 'read-only')
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o500)
    await expect(startCluster(home.start({ dataDir }))).rejects.toMatchObject({
      message: expect.stringContaining('no permission'),
    })
  })
})

describe('after a crash', () => {
  it('the status says so, and start goes on with a note', async () => {
    const first = await startCluster(home.start())
    process.kill(first.cluster.nodes[0]!.pid!, 'SIGKILL')
    await expect.poll(async () => (await clusterStatus(readCluster('local')!)).nodes[0]!.state).toBe('crashed')
    expect(() => runningBootstrap(undefined)).toThrow(/no local cluster runs/)
    const second = await startCluster(home.start({ port: undefined }))
    expect(second.started).toEqual([1])
    expect(home.notes.join()).toContain('ended without a stop')
  })

  it('a stranger on the recorded pid is left alone by stop and by start', async () => {
    const first = await startCluster(home.start())
    process.kill(first.cluster.nodes[0]!.pid!, 'SIGKILL')
    await expect.poll(async () => (await clusterStatus(readCluster('local')!)).nodes[0]!.state).toBe('crashed')
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
    try {
      record({ pid: stranger.pid! })
      const { stopped } = await stop()
      expect(stopped).toEqual([])
      expect(home.notes.join()).toContain('is left alone')
      expect(processToken(stranger.pid!)).toBeDefined()
      record({ pid: stranger.pid!, processToken: 'an earlier life' })
      await startCluster(home.start({ port: undefined }))
      expect(processToken(stranger.pid!)).toBeDefined()
    } finally {
      stranger.kill('SIGKILL')
    }
  })
})

describe('stop', () => {
  it('waits until the process is gone', async () => {
    const { cluster } = await startCluster(home.start())
    const { stopped } = await stop()
    expect(stopped).toEqual([1])
    expect(processToken(cluster.nodes[0]!.pid!)).toBeUndefined()
  })

  it('of what is stopped is done already', async () => {
    await startCluster(home.start())
    await stop()
    expect((await stop()).stopped).toEqual([])
  })

  it('of a node that does not go ends with exit 5 and keeps the record', async () => {
    const { cluster } = await startCluster(home.start({}, 'deaf'))
    await expect(stop(200)).rejects.toMatchObject({ exitCode: 5 })
    expect(readCluster('local')!.nodes[0]!.pid).toBe(cluster.nodes[0]!.pid)
  })

  it('of an unknown cluster is an error that lists the known ones', async () => {
    await expect(
      stopCluster({
        name: 'none',
        nodes: undefined,
        timeoutMs: 100,
        signal: new AbortController().signal,
        note: () => {},
      }),
    ).rejects.toMatchObject({ code: 'MQ_UNKNOWN_CLUSTER' })
  })
})
