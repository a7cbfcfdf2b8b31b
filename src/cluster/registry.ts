/**
 * The question most commands have: which local cluster runs, and where? Answers from the recorded state and the process
 * table alone, so that a command without `--bootstrap-server` starts as fast as one with it.
 */
import { MqError } from '../base/errors.ts'
import { bootstrapOf, isNodeAlive } from './status.ts'
import { type ClusterState, clusterNames, readCluster } from './state.ts'

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
