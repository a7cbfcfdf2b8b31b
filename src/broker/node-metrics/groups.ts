/** Kafka's metrics of the group coordinator: GroupMetadataManager and group-coordinator-metrics. */
import type { MetricRegistry } from '../../base/metrics.ts'
import type { GroupCensus, GroupCoordinator, GroupTotals } from '../coordinator/index.ts'

const MANAGER = { domain: 'kafka.coordinator.group', type: 'GroupMetadataManager' }
const COORDINATOR = { domain: 'kafka.server', type: 'group-coordinator-metrics', attribute: true }

export function registerGroupMetrics(registry: MetricRegistry, groups: GroupCoordinator): void {
  const manager = (name: string, help: string, read: (census: GroupCensus) => number): void =>
    registry.gauge({ ...MANAGER, name }, help, () => read(groups.census()))
  manager('NumGroups', 'Groups coordinated by this node', ({ byState }) => sum(Object.values(byState)))
  manager('NumGroupsEmpty', 'Groups without members', ({ byState }) => byState.Empty)
  manager('NumGroupsPreparingRebalance', 'Groups that wait for members', (census) => census.byState.PreparingRebalance)
  manager(
    'NumGroupsCompletingRebalance',
    'Groups that wait for assignments',
    (census) => census.byState.CompletingRebalance,
  )
  manager('NumGroupsStable', 'Groups at work', ({ byState }) => byState.Stable)
  manager('NumGroupsDead', 'Groups that are being removed', ({ byState }) => byState.Dead)
  manager('NumOffsets', 'Committed offsets', ({ offsets }) => offsets)

  const total = (name: string, help: string, read: (totals: Readonly<GroupTotals>) => number): void =>
    registry.gauge({ ...COORDINATOR, name }, help, () => read(groups.totals))
  total('offset-commit-count', 'Offsets committed since the start', (totals) => totals.offsetCommits)
  total('offset-deletion-count', 'Offsets deleted since the start', (totals) => totals.offsetDeletions)
  total('offset-expiration-count', 'Offsets that became too old since the start', (totals) => totals.offsetExpirations)
  total(
    'group-completed-rebalance-count',
    'Rebalances completed since the start',
    (totals) => totals.completedRebalances,
  )
  const now = (name: string, help: string, read: (census: GroupCensus) => number): void =>
    registry.gauge({ ...COORDINATOR, name }, help, () => read(groups.census()))
  now(
    'state-active-num-partitions',
    'Partitions of __consumer_offsets in service',
    (census) => census.partitions.active,
  )
  now('state-loading-num-partitions', 'Partitions of __consumer_offsets that are read', (one) => one.partitions.loading)
  now('protocol-classic-group-count', 'Groups of the classic protocol', ({ byState }) => sum(Object.values(byState)))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0)
}
