/** `mq broker restart`: stop, then start with the recorded settings. */
import { join } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { MqError } from '../../base/errors.ts'
import { allFlag, clusterNameFlag, nodeFlag } from '../../cli/broker-flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import { startCluster } from '../../cluster/start.ts'
import type { ClusterStatus } from '../../cluster/status.ts'
import { stopCluster } from '../../cluster/stop.ts'
import { formatDuration } from '../../output/units.ts'

const RESTART_TIMEOUT_MS = 60_000

export interface BrokerRestartResult {
  clusters: ClusterStatus[]
}

export default class BrokerRestart extends MqCommand<BrokerRestartResult> {
  static override summary = 'Stop a local cluster and start it again with the same settings.'
  static override description =
    'A cluster that is stopped is started. With --rolling one node after the other; a cluster of one node is away for ' +
    'the time of its restart either way.'
  static override examples = [
    '<%= config.bin %> broker restart',
    '<%= config.bin %> broker restart --name test --rolling',
  ]
  static override flags = {
    name: clusterNameFlag,
    all: allFlag,
    node: nodeFlag,
    rolling: Flags.boolean({ summary: 'One node at a time.' }),
  }

  override async run(): Promise<BrokerRestartResult> {
    const { flags } = await this.parse(BrokerRestart)
    const states = selectClusters({ name: flags.name, all: flags.all })
    checkNodes(states, flags.node)
    if (states.length === 0) {
      throw new MqError('MQ_UNKNOWN_CLUSTER', 'there is no local cluster to restart', {
        hint: 'mq broker start makes one',
      })
    }
    // The recorded settings count; variables that would have been settings of a new start do not.
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KAFKA_')))
    const clusters: ClusterStatus[] = []
    for (const { name } of states) {
      const shared = {
        name,
        timeoutMs: this.timeoutMs ?? RESTART_TIMEOUT_MS,
        signal: this.aborter.signal,
        note: (text: string) => this.note(text),
      }
      await stopCluster({ ...shared, nodes: flags.node })
      const request = {
        ...shared,
        port: undefined,
        dataDir: undefined,
        configFile: undefined,
        overrides: {},
        clusterId: undefined,
        metrics: undefined,
        env: environment,
        program: join(this.config.root, 'bin', 'broker.js'),
        version: this.config.version,
      }
      const result = await startCluster(request, flags.node)
      this.note(`${name} restarted in ${formatDuration(result.tookMs)}`)
      this.say(result.cluster.bootstrap)
      clusters.push(result.cluster)
    }
    return { clusters }
  }
}
