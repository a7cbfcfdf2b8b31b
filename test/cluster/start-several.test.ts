/** Clusters of several nodes: what the first start founds, what a later one adds, and what is started again. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runForeground } from '../../src/cluster/foreground.ts'
import { startCluster } from '../../src/cluster/start.ts'
import { type NodeState, readCluster, writeCluster } from '../../src/cluster/state.ts'
import { isNodeAlive } from '../../src/cluster/status.ts'
import { stopCluster } from '../../src/cluster/stop.ts'
import { parseProperties } from '../../src/config/broker-config.ts'
import { useHome } from './support/home.ts'

const home = useHome()

const stop = (nodes?: readonly number[]) =>
  stopCluster({
    name: 'local',
    nodes,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    note: (text) => home.notes.push(text),
  })

const nodeOf = (id: number): NodeState => readCluster('local')!.nodes.find((node) => node.id === id)!
const settings = (id: number) => parseProperties(readFileSync(nodeOf(id).configFile, 'utf8'))
/** What the node's process was called with, as the fake broker wrote it down. */
const args = (id: number) => readFileSync(join(nodeOf(id).logDir, 'args.txt'), 'utf8')

describe('a start of some nodes', () => {
  it('adds one and leaves alone what is down', async () => {
    await startCluster(home.start({ nodes: 3 }))
    await stop([2])
    const { started } = await startCluster(home.start({ nodes: 4, port: undefined }), [4])
    expect(started).toEqual([4])
    expect(isNodeAlive(nodeOf(2))).toBe(false)
  })

  it('refuses ids that the cluster has not, and will not have', async () => {
    await expect(startCluster(home.start({ nodes: 3 }), [1])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('founds its quorum'),
    })
    await startCluster(home.start({ nodes: 3 }))
    await expect(startCluster(home.start({ port: undefined }), [4])).rejects.toMatchObject({
      exitCode: 2,
      message: 'no node 4 in local',
    })
  })
})

describe('a first start of several', () => {
  it('makes combined nodes that know each other, and a quorum of all of them', async () => {
    const { cluster, started } = await startCluster(home.start({ nodes: 3, racks: ['a', 'b'] }))
    expect(started).toEqual([1, 2, 3])
    expect(cluster.nodes.map(({ state, roles }) => [state, roles.join()])).toEqual(
      Array(3).fill(['running', 'broker,controller']),
    )
    const controllers = [1, 2, 3].map((id) => `127.0.0.1:${nodeOf(id).controllerPort}`).join(',')
    for (const id of [1, 2, 3]) {
      expect(settings(id)).toMatchObject({
        'node.id': String(id),
        'controller.quorum.bootstrap.servers': controllers,
        'controller.quorum.auto.join.enable': 'true',
        'broker.rack': ['a', 'b', 'a'][id - 1],
      })
    }
    const voters = /--initial-controllers (\S+)/.exec(args(1))![1]!
    expect(voters.split(',').map((voter) => voter.split('@')[0])).toEqual(['1', '2', '3'])
    for (const id of [1, 2, 3]) expect(args(id)).toContain(`--local-brokers 3 --initial-controllers ${voters}`)
    expect(cluster.bootstrap.split(',')).toHaveLength(3)
    expect(readCluster('local')).not.toHaveProperty('founders')
  })

  it('gives ports that follow the first', async () => {
    const { cluster } = await startCluster(home.start({ nodes: 2 }))
    const [first, second] = cluster.nodes
    expect(second!.port).toBe(first!.port + 1)
  })

  it('with controllers of their own counts them apart', async () => {
    const { cluster } = await startCluster(home.start({ nodes: 2, controllers: 3 }))
    expect(cluster.nodes.map(({ id, roles }) => `${id} ${roles}`)).toEqual([
      '1 broker',
      '2 broker',
      '1001 controller',
      '1002 controller',
      '1003 controller',
    ])
    expect(args(1)).not.toContain('--initial-controllers')
    expect(args(1001)).toContain('--initial-controllers 1001@')
    expect(cluster.bootstrap.split(',')).toHaveLength(2)
  })

  it('puts the data of each node into a directory of its own below --data', async () => {
    const data = join(home.path, 'mine')
    await startCluster(home.start({ nodes: 2, dataDir: data }))
    expect([nodeOf(1).dataDir, nodeOf(2).dataDir]).toEqual([join(data, 'node-1'), join(data, 'node-2')])
  })

  it('takes --data as it is seen from here', async () => {
    const data = relative(process.cwd(), join(home.path, 'mine'))
    await startCluster(home.start({ nodes: 2, dataDir: data }))
    expect(nodeOf(2).dataDir).toBe(join(home.path, 'mine', 'node-2'))
  })

  it.each(['node.id', 'listeners', 'log.dirs', 'broker.rack'])('refuses %s, which belongs to one node', async (key) => {
    await expect(startCluster(home.start({ nodes: 3, overrides: { [key]: '1' } }))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(key),
    })
    expect(readCluster('local')).toBeUndefined()
  })

  it('refuses a first port that leaves none for the others', async () => {
    await expect(startCluster(home.start({ nodes: 3, port: 65_534 }))).rejects.toMatchObject({ exitCode: 2 })
  })

  it('starts nothing when one port is busy', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    )
    await expect(startCluster(home.start({ nodes: 3, port: port - 1 }))).rejects.toMatchObject({
      code: 'MQ_PORT_BUSY',
    })
    server.close()
    expect(readCluster('local')).toBeUndefined()
  })

  it('that was interrupted goes on with the same voters', async () => {
    await expect(startCluster(home.start({ nodes: 3 }, 'die'))).rejects.toMatchObject({ code: 'MQ_START_FAILED' })
    await expect.poll(() => readCluster('local')!.nodes.some(isNodeAlive)).toBe(false)
    const { founders, clusterId } = readCluster('local')!
    expect(founders).toMatch(/^1@.*,2@.*,3@/)
    // One of them had got as far as formatting its directory.
    const { dataDir } = nodeOf(1)
    writeFileSync(join(dataDir, 'meta.properties'), `version=1\ncluster.id=${clusterId}\n`)
    await startCluster(home.start({ port: undefined }))
    expect(args(3)).toContain(founders)
  })
})

describe('a start of a cluster on record', () => {
  it('starts what is missing, and only that', async () => {
    const first = await startCluster(home.start({ nodes: 3 }))
    process.kill(nodeOf(2).pid!, 'SIGKILL')
    await expect.poll(() => isNodeAlive(nodeOf(2))).toBe(false)
    const again = await startCluster(home.start({ port: undefined }))
    expect(again.started).toEqual([2])
    expect(again.cluster.nodes[0]!.pid).toBe(first.cluster.nodes[0]!.pid)
    expect(home.notes.join()).toContain('node 2')
  })

  it('twice at once starts each node once', async () => {
    const results = await Promise.all([
      startCluster(home.start({ nodes: 3 })),
      startCluster(home.start({ nodes: 3, port: undefined })),
    ])
    expect(results.map(({ started }) => started.length).sort()).toEqual([0, 3])
  })

  it('adds nodes, which join the quorum that is there', async () => {
    await startCluster(home.start({ nodes: 3, racks: ['a', 'b', 'c'], overrides: { 'num.partitions': '6' } }))
    const { started, cluster } = await startCluster(home.start({ nodes: 4, port: undefined }))
    expect(started).toEqual([4])
    expect(cluster.nodes).toHaveLength(4)
    expect(args(4)).toContain('--local-brokers 4 --no-initial-controllers')
    expect(settings(4)).toMatchObject({ 'num.partitions': '6', 'broker.rack': 'a', 'node.id': '4' })
    expect(settings(4)['log.dirs']).toContain('node-4')
  })

  it('makes a cluster of a single node', async () => {
    await startCluster(home.start())
    const { started } = await startCluster(home.start({ nodes: 3, port: undefined }))
    expect(started).toEqual([2, 3])
    expect(args(2)).toContain('--no-initial-controllers')
    expect(settings(2)['controller.quorum.bootstrap.servers']).toContain(String(nodeOf(1).controllerPort))
  })

  it('adds none to a node with listeners of its own', async () => {
    await startCluster(
      home.start({ overrides: { listeners: 'A://127.0.0.1:23990,CONTROLLER://127.0.0.1:23991' } }),
    ).catch(() => {})
    const properties = join(home.path, 'own.properties')
    writeFileSync(properties, 'listeners=PLAINTEXT://127.0.0.1:23992,CONTROLLER://localhost:23993\n')
    const own = 'controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=localhost:23993\n'
    writeFileSync(properties, own, { flag: 'a' })
    await startCluster(home.start({ port: undefined, configFile: properties }))
    await expect(startCluster(home.start({ port: undefined, nodes: 3 }))).rejects.toMatchObject({ exitCode: 2 })
  })

  it('is not taken over by one node in the foreground', async () => {
    await startCluster(home.start({ nodes: 2 }))
    await expect(runForeground(home.start({ port: undefined }))).rejects.toMatchObject({ exitCode: 2 })
    expect(readCluster('local')!.nodes).toHaveLength(2)
  })

  it('with fewer nodes than there are keeps them and says how to remove one', async () => {
    await startCluster(home.start({ nodes: 3 }))
    const { started } = await startCluster(home.start({ nodes: 2, port: undefined }))
    expect(started).toEqual([])
    expect(home.notes.join()).toContain('wipe --node')
  })

  it('of which one is stopped, restarted alone, leaves the others', async () => {
    await startCluster(home.start({ nodes: 3 }))
    await stop([1, 3])
    expect((await startCluster(home.start({ port: undefined }), [3])).started).toEqual([3])
    expect(isNodeAlive(nodeOf(1))).toBe(false)
  })

  it('whose directories are all gone begins a new quorum', async () => {
    await startCluster(home.start({ nodes: 3 }))
    await stop()
    for (const { dataDir } of readCluster('local')!.nodes) rmSync(dataDir, { recursive: true })
    await startCluster(home.start({ port: undefined }))
    expect(args(2)).toContain('--initial-controllers')
  })

  it('without the data of one has it join again', async () => {
    await startCluster(home.start({ nodes: 3 }))
    await stop()
    rmSync(nodeOf(2).dataDir, { recursive: true })
    await startCluster(home.start({ port: undefined }))
    expect(args(2)).toContain('--no-initial-controllers')
    expect(existsSync(nodeOf(2).dataDir)).toBe(true)
  })
})

describe('stop', () => {
  it('of all takes the nodes down together', async () => {
    await startCluster(home.start({ nodes: 3 }))
    const { stopped } = await stop()
    expect(stopped).toEqual([1, 2, 3])
    expect(readCluster('local')!.nodes.every((node) => node.pid === null)).toBe(true)
  })

  it('of a crashed node notes it and goes on', async () => {
    await startCluster(home.start({ nodes: 2 }))
    process.kill(nodeOf(1).pid!, 'SIGKILL')
    await expect.poll(() => isNodeAlive(nodeOf(1))).toBe(false)
    expect((await stop()).stopped).toEqual([2])
  })

  it('reads the record of a cluster that an earlier version made', async () => {
    await startCluster(home.start())
    const { founders: _, ...state } = readCluster('local')!
    writeCluster({ ...state, nodes: state.nodes.map(({ rack: __, ...node }) => node) })
    expect((await stop()).stopped).toEqual([1])
    expect((await startCluster(home.start({ port: undefined }))).started).toEqual([1])
  })
})
