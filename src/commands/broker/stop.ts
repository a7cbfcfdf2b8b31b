/** `mq broker stop`: ends what `mq broker start` began, and waits for it. */
import { allFlag, clusterNameFlag, nodeFlag } from '../../cli/broker-flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import type { ClusterStatus } from '../../cluster/status.ts'
import { stopCluster } from '../../cluster/stop.ts'

const STOP_TIMEOUT_MS = 60_000

export interface BrokerStopResult {
  clusters: ClusterStatus[]
}

export default class BrokerStop extends MqCommand<BrokerStopResult> {
  static override summary = 'Stop a local cluster and wait until it is gone.'
  static override description =
    'Each node gets SIGTERM and closes its logs. Only processes that mq started are signalled: a recorded pid that now ' +
    'belongs to something else is left alone. Stopping what is stopped is done already. --timeout: default 60s.'
  static override examples = ['<%= config.bin %> broker stop', '<%= config.bin %> broker stop --all --timeout 10s']
  static override flags = { name: clusterNameFlag, all: allFlag, node: nodeFlag }

  override async run(): Promise<BrokerStopResult> {
    const { flags } = await this.parse(BrokerStop)
    const states = selectClusters({ name: flags.name, all: flags.all })
    checkNodes(states, flags.node)
    if (states.length === 0) this.note('no local cluster, nothing to stop')
    const clusters: ClusterStatus[] = []
    for (const { name } of states) {
      const result = await stopCluster({
        name,
        nodes: flags.node,
        timeoutMs: this.timeoutMs ?? STOP_TIMEOUT_MS,
        signal: this.aborter.signal,
        note: (text) => this.note(text),
      })
      this.note(result.stopped.length > 0 ? `${name} stopped` : `${name} was not running`)
      clusters.push(result.cluster)
    }
    return { clusters }
  }

  protected override deadlineMessage(): string {
    return 'a node was told to stop and still runs; mq broker status shows when it is gone'
  }
}
