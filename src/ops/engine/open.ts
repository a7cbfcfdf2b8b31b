/**
 * The engine for a real cluster: its record under MQ_HOME, this process's name for others, and both locks. Everything that works on a
 * cluster as a whole opens it here, so that any two of them keep each other out.
 */
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { mqHome } from '../../platform/mq-home.ts'
import { NodeClock } from '../../platform/node-clock.ts'
import { NodeDisk } from '../../platform/node-disk.ts'
import { GroupClusterLock, SESSION_MS } from './cluster-lock.ts'
import { Engine, type EngineOptions } from './engine.ts'
import { KafkaLockGroup } from './lock-group.ts'
import { StopControl } from './stop-control.ts'
import { OperationStore } from './store.ts'

const ALIVE_MS = 60_000

export interface OpenOptions {
  /** The id of the cluster. */
  readonly cluster: string
  /** The command, for the journal and for other operators: `mq reassign run`. */
  readonly work: string
  readonly warn: (text: string) => void
  /** How long the cluster's lock is waited for; default 30 s. */
  readonly takeMs?: number | undefined
  readonly onStep?: NonNullable<EngineOptions['onStep']>
}

export interface OpenEngine {
  readonly engine: Engine
  readonly store: OperationStore
  readonly clock: NodeClock
}

/** Opens nothing on the cluster yet: the lock is taken with the first operation. */
export function openEngine(client: ClusterClient, { cluster, work, warn, takeMs, onStep }: OpenOptions): OpenEngine {
  const clock = new NodeClock()
  const store = new OperationStore(new NodeDisk(), join(mqHome(), 'ops'), cluster)
  const group = new KafkaLockGroup(client, SESSION_MS)
  const clusterLock = new GroupClusterLock({ group, clock, work, warn, takeMs, memory: store.seatMemory() })
  const operator = `${userInfo().username}@${hostname()} (pid ${process.pid})`
  const engine = new Engine({ store, clock, operator, clusterLock, hold, ...(onStep === undefined ? {} : { onStep }) })
  return { engine, store, clock }
}

/** Does `work`, which needs no journal, while nobody else works on the cluster; throws RefusedError while somebody does. */
export async function whileAlone<T>(
  client: ClusterClient,
  options: Omit<OpenOptions, 'cluster' | 'onStep'>,
  work: () => Promise<T>,
): Promise<T> {
  const { clusterId } = await client.metadata()
  const { engine, clock } = openEngine(client, { cluster: clusterId ?? 'unknown', ...options })
  return engine.exclusively(new StopControl(clock), work)
}

function hold(): () => void {
  const alive = setInterval(() => {}, ALIVE_MS)
  return () => clearInterval(alive)
}
