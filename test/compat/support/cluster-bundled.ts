/**
 * Three bundled nodes for the compat suites, as users run them: `mq broker start --nodes 3` under an MQ_HOME of its own. Nodes are
 * killed by the pids that `mq broker status` tells, and started again one by one.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mq } from './bundled.ts'
import { clusterProperties } from './cluster-apache.ts'
import type { ClusterOptions, ClusterPlace, StartedCluster } from './clusters.ts'
import { eventually, type Finished } from './process.ts'

const START_MS = 120_000

interface NodeStatus {
  readonly id: number
  readonly state: string
  readonly pid: number | null
  readonly controllerPort: number
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** More log directories beside the first, in which the metadata stay. */
function addDirectories(propertiesFile: string, count: number): void {
  const text = readFileSync(propertiesFile, 'utf8')
  const first = /^log\.dirs=(.*)$/m.exec(text)?.[1] ?? ''
  const more = Array.from({ length: count - 1 }, (_, at) => `${first}-${at + 2}`)
  const edited = text.replace(/^log\.dirs=.*$/m, `log.dirs=${[first, ...more].join(',')}`)
  writeFileSync(propertiesFile, `${edited}metadata.log.dir=${first}\n`)
}

/** Starts the nodes of `place`; resolves when each serves. */
export async function startBundledCluster(place: ClusterPlace, options: ClusterOptions): Promise<StartedCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'compat-cluster-bundled-'))
  const run = async (...args: string[]): Promise<Finished> => {
    const done = await mq(args, { env: { MQ_HOME: folder, MQ_BOOTSTRAP_SERVER: undefined }, timeoutMs: START_MS })
    if (done.code !== 0) throw new Error(`mq ${args.join(' ')} ended with ${done.code}\n${done.stdout}\n${done.stderr}`)
    return done
  }
  const status = async (): Promise<{ clusterId: string; nodes: NodeStatus[] }> => {
    const { stdout } = await run('broker', 'status', '--name', 'local', '--json')
    return JSON.parse(stdout).clusters[0]
  }
  const overrides = Object.entries(clusterProperties(options)).flatMap(([key, value]) => [
    '--override',
    `${key}=${value}`,
  ])
  const shape = ['--nodes', String(place.ids.length), '--racks', place.racks.join(',')]
  const begin = (...more: string[]) => run('broker', 'start', '--name', 'local', '--timeout', '100s', ...more)
  const fileOf = (id: number) => join(folder, 'clusters', 'local', `node-${id}`, 'server.properties')
  const pids = new Map<number, number>()
  const readPids = async (): Promise<string> => {
    const { clusterId, nodes } = await status()
    pids.clear()
    for (const { id, pid } of nodes) if (pid !== null) pids.set(id, pid)
    return clusterId
  }
  const pid = (id: number): number => {
    const found = pids.get(id)
    if (found === undefined) throw new Error(`node ${id} does not run`)
    return found
  }
  const gone = (id: number, killed: number): Promise<boolean> =>
    eventually(`node ${id} is gone`, async () => !isAlive(killed), 60_000)
  const kill = async (id: number): Promise<void> => {
    const killed = pid(id)
    process.kill(killed, 'SIGKILL')
    await gone(id, killed)
    pids.delete(id)
  }
  const destroy = async (): Promise<void> => {
    for (const id of [...pids.keys()]) await kill(id)
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', () => {
    for (const left of pids.values()) if (isAlive(left)) process.kill(left, 'SIGKILL')
  })
  let clusterId: string
  let controllerPorts: number[]
  try {
    await begin('--port', String(place.clientPorts[0]), '--metrics-port', 'off', ...shape, ...overrides)
    if ((options.logDirs ?? 1) > 1) {
      // as an operator adds directories: the node is stopped, and its file says more
      await run('broker', 'stop', '--name', 'local')
      for (const id of place.ids) addDirectories(fileOf(id), options.logDirs ?? 1)
      await begin()
    }
    clusterId = await readPids()
    controllerPorts = (await status()).nodes.map(({ controllerPort }) => controllerPort)
  } catch (error) {
    await readPids().catch(() => undefined) // what cannot be asked for was not started
    await destroy()
    throw error
  }
  return {
    clusterId,
    folder,
    kill,
    async stop(id) {
      const stopped = pid(id)
      await run('broker', 'stop', '--name', 'local', '--node', String(id))
      await gone(id, stopped)
      pids.delete(id)
    },
    async start(id) {
      // `broker start` would start every node that is missing
      await run('broker', 'restart', '--name', 'local', '--node', String(id), '--timeout', '100s')
      await readPids()
    },
    controllers: controllerPorts.map((port) => `127.0.0.1:${port}`),
    pid,
    logDirs(id) {
      return (/^log\.dirs=(.*)$/m.exec(readFileSync(fileOf(id), 'utf8'))?.[1] ?? '').split(',')
    },
    destroy,
  }
}
