/** `mq broker wipe`: removes the data of a stopped cluster. */
import { RefusedError } from '../../base/errors.ts'
import { clusterNameFlag } from '../../cli/broker-flags.ts'
import { dryRunFlag, integerFlag, yesFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import type { ClusterState } from '../../cluster/state.ts'
import { wipeCluster, type WipeResult, wipeTargets } from '../../cluster/wipe.ts'

const LOCK_WAIT_MS = 10_000
const REMOVE_TIMEOUT_MS = 60_000

export interface BrokerWipeResult {
  wiped: WipeResult[]
}

export default class BrokerWipe extends MqCommand<BrokerWipeResult> {
  static override summary = 'Remove the data of a stopped local cluster.'
  static override description =
    'Everything in its data directories goes, and mq forgets the cluster. Refused (exit 4) while it runs. In a directory ' +
    'that was given with --data or a config file only what Kafka keeps there is removed. With --node one node goes, for ' +
    'good, and the rest of the cluster runs on: its vote, its process, its registration, its data. Refused (exit 4) while ' +
    'it holds replicas; mq reassign drain moves them.'
  static override examples = [
    '<%= config.bin %> broker wipe',
    '<%= config.bin %> broker wipe --name test --yes',
    '<%= config.bin %> broker wipe --node 4',
  ]
  static override flags = {
    name: clusterNameFlag,
    node: integerFlag({ helpValue: 'ID', summary: 'Take this node out of the running cluster.' }),
    yes: yesFlag,
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<BrokerWipeResult> {
    const { flags } = await this.parse(BrokerWipe)
    const state = selectClusters({ name: flags.name, all: false })[0]
    if (state === undefined) {
      this.note('no local cluster, nothing to remove')
      return { wiped: [] }
    }
    if (flags.node !== undefined) return this.wipeNode(state, flags.node, flags)
    const { directories } = wipeTargets(state.name)
    this.note(`${flags['dry-run'] ? 'would remove' : 'this removes'} the data of ${state.name}:`)
    for (const directory of directories) this.note(`  ${directory}`)
    if (flags['dry-run']) return { wiped: [] }
    await this.confirm(`Remove all data of the cluster ${state.name}?`, { danger: state.name, yes: flags.yes })
    const result = await wipeCluster(state.name, LOCK_WAIT_MS)
    for (const directory of result.kept) this.warning(`${directory} stays: it holds files that are not Kafka's`)
    this.note(`${state.name} is removed`)
    return { wiped: [result] }
  }
  private async wipeNode(
    state: ClusterState,
    node: number,
    flags: { readonly yes: boolean | undefined; readonly 'dry-run': boolean | undefined },
  ): Promise<BrokerWipeResult> {
    checkNodes([state], [node])
    if (state.nodes.length === 1) {
      throw new RefusedError(`node ${node} is all there is of ${state.name}`, `mq broker wipe --name ${state.name}`)
    }
    const { checkRemoval, removeNode } = await import('../../ops/nodes/remove-node.ts')
    const { dataDirs } = await checkRemoval(state, node)
    this.note(`${flags['dry-run'] ? 'would take' : 'this takes'} node ${node} out of ${state.name}, and its data:`)
    for (const directory of dataDirs) this.note(`  ${directory}`)
    if (flags['dry-run']) return { wiped: [] }
    await this.confirm(`Remove node ${node} of ${state.name}?`, { yes: flags.yes })
    const result = await removeNode({
      name: state.name,
      node,
      timeoutMs: this.timeoutMs ?? REMOVE_TIMEOUT_MS,
      signal: this.aborter.signal,
      note: (text) => this.note(text),
    })
    for (const directory of result.kept) this.warning(`${directory} stays: it holds files that are not Kafka's`)
    this.note(`node ${node} is removed`)
    return { wiped: [result] }
  }
}
