/** What stopping a node would do to a cluster, and what keeps a cluster from counting as whole. Pure. */
import type { ClusterView, PartitionView } from './world.ts'

/** Reasons not to stop the node now; none: it can be stopped. */
export function hazards(view: ClusterView, node: number, minIsr: ReadonlyMap<string, number>): string[] {
  const found = view.partitions.flatMap((one): string[] => {
    if (!one.isr.includes(node)) return []
    const left = one.isr.length - 1
    const name = nameOf(one)
    if (left === 0) return [`${name} would be offline: node ${node} is its only in-sync replica`]
    const needed = minIsr.get(one.topic) ?? 1
    if (left >= needed) return []
    return [`${name} would have ${left} in-sync ${left === 1 ? 'replica' : 'replicas'} of at least ${needed}`]
  })
  return [...found, ...quorumHazards(view, node)]
}

/** A quorum of one or two cannot do without any of its voters in any case; of more, a majority must stay. */
function quorumHazards({ quorum: { voters } }: ClusterView, node: number): string[] {
  if (voters.length <= 2 || !voters.some(({ id }) => id === node)) return []
  const left = voters.filter(({ id, isCaughtUp }) => id !== node && isCaughtUp).length
  const majority = Math.floor(voters.length / 2) + 1
  if (left >= majority) return []
  return [`the metadata quorum would have ${left} of ${voters.length} voters, and needs ${majority}`]
}

/** What is not as it should be while all of `nodes` run; none: the cluster is whole. */
export function unsettled(view: ClusterView, nodes: readonly { id: number; roles: readonly string[] }[]): string[] {
  const away = nodes
    .filter(({ id, roles }) => roles.includes('broker') && !view.brokers.includes(id))
    .map(({ id }) => `broker ${id} does not serve yet`)
  const partitions = view.partitions.flatMap((one): string[] => {
    if (one.leader === null) return [`${nameOf(one)} has no leader`]
    const missing = one.replicas.filter((id) => !one.isr.includes(id))
    return missing.length === 0 ? [] : [`${nameOf(one)} waits for ${missing.join(', ')}`]
  })
  const voters = view.quorum.voters
    .filter(({ id, isCaughtUp }) => !isCaughtUp && nodes.some((node) => node.id === id))
    .map(({ id }) => `controller ${id} is behind`)
  return [...away, ...voters, ...partitions]
}

/**
 * Why a voter that was restarted does not count as back: it has not had the quorum's log since `since`, a moment after its start by the
 * leader's clock. That it was caught up before it ended says nothing.
 */
export function notSince({ quorum: { leader, voters } }: ClusterView, node: number, since: number | null): string[] {
  const voter = voters.find(({ id }) => id === node)
  if (voter === undefined || node === leader || since === null) return []
  return voter.caughtUpMs !== null && voter.caughtUpMs > since ? [] : [`controller ${node} has not caught up yet`]
}

/** Brokers alone first, then controllers, the active one last: the quorum then changes its leader once. */
export function restartOrder<N extends { readonly id: number; readonly roles: readonly string[] }>(
  nodes: readonly N[],
  activeController: number | null,
): N[] {
  const rank = ({ id, roles }: N) => (id === activeController ? 2 : roles.includes('controller') ? 1 : 0)
  return [...nodes].sort((one, other) => rank(one) - rank(other) || one.id - other.id)
}

/** `first, and 3 more`. */
export function summary(reasons: readonly string[]): string {
  return reasons.length === 1 ? reasons[0]! : `${reasons[0]}, and ${reasons.length - 1} more`
}

function nameOf({ topic, partition }: PartitionView): string {
  return `${topic}-${partition}`
}
