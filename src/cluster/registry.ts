/**
 * The question most commands have: which local cluster runs, and where? Answers from the recorded state and the process
 * table alone, so that a command without `--bootstrap-server` starts as fast as one with it.
 */
import { MqError, UsageError } from '../base/errors.ts'
import { bootstrapOf, isNodeAlive } from './status.ts'
import { type ClusterState, clusterNames, DEFAULT_CLUSTER, readCluster } from './state.ts'

/** The bootstrap addresses of the one running local cluster, or of cluster `name`. Errors say what to type instead. */
export function runningBootstrap(name: string | undefined): string {
  if (name !== undefined) {
    const state = readCluster(name)
    if (state === undefined) throw unknownCluster(name)
    if (!state.nodes.some(isNodeAlive)) {
      throw new MqError('MQ_NOT_RUNNING', `the local cluster ${name} is not running`, {
        hint: `mq broker start --name ${name}`,
      })
    }
    return bootstrapOf(state)
  }
  const running = runningClusters()
  if (running.length === 1) return bootstrapOf(running[0]!)
  if (running.length > 1) {
    throw new MqError('MQ_AMBIGUOUS', `several local clusters run: ${running.map((state) => state.name).join(', ')}`, {
      hint: 'say which one with --name, or give --bootstrap-server',
    })
  }
  throw new MqError('MQ_NO_BOOTSTRAP', 'no cluster to talk to: no --bootstrap-server, and no local cluster runs', {
    hint: 'mq broker start runs one; MQ_BOOTSTRAP_SERVER or --bootstrap-server name another',
  })
}

/** Every local cluster with a live node. A damaged state file of another cluster does not get in the way. */
export function runningClusters(): ClusterState[] {
  const running: ClusterState[] = []
  for (const name of clusterNames()) {
    let state: ClusterState | undefined
    try {
      state = readCluster(name)
    } catch {
      continue
    }
    if (state?.nodes.some(isNodeAlive) === true) running.push(state)
  }
  return running
}

/** No such local cluster; the hint lists those on record. */
export function unknownCluster(name: string): MqError {
  const known = clusterNames()
  return new MqError('MQ_UNKNOWN_CLUSTER', `there is no local cluster ${name}`, {
    hint: known.length === 0 ? 'mq broker start makes one' : `known: ${known.join(', ')}`,
  })
}

/**
 * The clusters that a `mq broker` command means: `--name`, all of them, or the only one there is; with several and no
 * name, `local` when it exists.
 */
export function selectClusters(options: { name: string | undefined; all: boolean }): ClusterState[] {
  if (options.name !== undefined) {
    const state = readCluster(options.name)
    if (state === undefined) throw unknownCluster(options.name)
    return [state]
  }
  const names = clusterNames()
  if (options.all) return names.map((name) => readCluster(name)!)
  const chosen = names.length === 1 ? names[0]! : names.includes(DEFAULT_CLUSTER) ? DEFAULT_CLUSTER : undefined
  if (chosen === undefined && names.length > 0) {
    throw new UsageError(`which cluster? There are ${names.join(', ')}`, 'say it with --name, or --all for every one')
  }
  return chosen === undefined ? [] : [readCluster(chosen)!]
}

/** Refuses ids of `--node` that none of the clusters has. */
export function checkNodes(states: readonly ClusterState[], ids: readonly number[] | undefined): void {
  const known = states.flatMap((state) => state.nodes.map((node) => node.id))
  const unknown = ids?.filter((id) => !known.includes(id)) ?? []
  if (unknown.length > 0) {
    throw new UsageError(
      `no node ${unknown.join(', ')} in ${states.map((state) => state.name).join(', ') || 'any cluster'}`,
      `known: ${known.join(', ') || 'none'}`,
    )
  }
}
