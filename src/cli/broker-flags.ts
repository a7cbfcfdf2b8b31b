/** Flags that every `mq broker` command shares, and what they print about a cluster. */
import * as Flags from '@oclif/core/flags'
import type { ClusterStatus, NodeStatus } from '../cluster/status.ts'
import { colours } from '../output/colours.ts'
import { renderTable } from '../output/table.ts'
import { formatDuration } from '../output/units.ts'
import { integerFlag } from './flags.ts'

export const clusterNameFlag = Flags.string({
  env: 'MQ_CLUSTER',
  summary: 'The local cluster; default: the only one, else "local".',
})
export const allFlag = Flags.boolean({ summary: 'Every local cluster.', exclusive: ['name'] })
export const nodeFlag = integerFlag({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'ID',
  summary: 'Only this node; repeatable.',
})

/** One row a node, clusters in order of name. */
export function renderClusters(clusters: readonly ClusterStatus[], nowMs: number): string {
  const rows = clusters.flatMap((cluster) => cluster.nodes.map((node) => ({ cluster, node })))
  return renderTable(
    [
      { header: 'CLUSTER', value: ({ cluster }) => cluster.name },
      { header: 'NODE', value: ({ node }) => node.id, align: 'right' },
      { header: 'STATE', value: ({ node }) => stateText(node) },
      { header: 'ADDRESS', value: ({ cluster, node }) => addressOf(cluster, node) },
      { header: 'PID', value: ({ node }) => node.pid, align: 'right' },
      {
        header: 'UPTIME',
        value: ({ node }) => (node.startedAt === null ? null : formatDuration(Math.max(0, nowMs - node.startedAt))),
        align: 'right',
      },
      { header: 'ROLES', value: ({ node }) => node.roles.join(',') },
      { header: 'DATA', value: ({ node }) => node.dataDir },
    ],
    rows,
  )
}

/** Where this node answers; the host of its cluster's brokers is the same for all of them. */
function addressOf(cluster: ClusterStatus, node: NodeStatus): string {
  const own = cluster.bootstrap.split(',').find((address) => address.endsWith(`:${node.port}`))
  return own ?? `127.0.0.1:${node.port}`
}

function stateText(node: NodeStatus): string {
  if (node.state === 'running') return colours.success(node.state)
  if (node.state === 'crashed') return colours.error(node.state)
  return node.state === 'starting' ? colours.warning(node.state) : colours.muted(node.state)
}
