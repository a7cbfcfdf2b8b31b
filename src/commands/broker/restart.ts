/** `mq broker restart`: stop, then start with the recorded settings; with --rolling one node after the other. */
import { join } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { EXIT, MqError, RefusedError, UsageError } from '../../base/errors.ts'
import { allFlag, clusterNameFlag, nodeFlag } from '../../cli/broker-flags.ts'
import { InterruptedError } from '../../cli/failure.ts'
import { dryRunFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { LocalNodeDriver } from '../../cluster/node-driver.ts'
import { checkNodes, selectClusters } from '../../cluster/registry.ts'
import { startCluster } from '../../cluster/start.ts'
import { type ClusterState, readCluster } from '../../cluster/state.ts'
import { bootstrapOf, type ClusterStatus, clusterStatus, isNodeAlive } from '../../cluster/status.ts'
import { stopCluster } from '../../cluster/stop.ts'
import type { RollingSession } from '../../ops/rolling/session.ts'
import { formatDuration } from '../../output/units.ts'

const RESTART_TIMEOUT_MS = 60_000

export interface RollingReport {
  name: string
  hash: string
  /** In the order of the restarts. */
  nodes: number[]
  /** Null: only looked at, with --dry-run. */
  operation: { id: string; outcome: string; findings: readonly string[] } | null
}

export interface BrokerRestartResult {
  clusters: ClusterStatus[]
  /** With --rolling: what was done one node at a time. */
  rolling?: RollingReport[]
}

/** What the engine's control offers to whoever interrupts it. */
interface Stoppable {
  request(reason: string): void
  abandon(): void
}

export default class BrokerRestart extends MqCommand<BrokerRestartResult> {
  static override summary = 'Stop a local cluster and start it again with the same settings.'
  static override description =
    'A cluster that is stopped is started. With --rolling one node after the other, the active controller last: each goes ' +
    'down in an orderly way, and the next one follows when every partition has all its replicas in sync again. Refused ' +
    '(exit 4) when a partition would be offline or under its minimum of in-sync replicas. One interrupt stops when the node ' +
    'under way is back, a second one at once; the same command goes on, also after a kill, and --cancel gives it up. A ' +
    'cluster of one node is away for the time of its restart either way.'
  static override examples = [
    '<%= config.bin %> broker restart',
    '<%= config.bin %> broker restart --rolling',
    '<%= config.bin %> broker restart --node 2',
  ]
  static override flags = {
    name: clusterNameFlag,
    all: allFlag,
    node: nodeFlag,
    rolling: Flags.boolean({ summary: 'One node at a time.' }),
    cancel: Flags.boolean({ dependsOn: ['rolling'], summary: 'Give up a rolling restart that was stopped.' }),
    'dry-run': dryRunFlag,
    // Of commands that talk to any cluster: whoever types one here means nodes that this command cannot restart.
    'bootstrap-server': Flags.string({ char: 'b', hidden: true }),
    cluster: Flags.string({ hidden: true }),
    profile: Flags.string({ hidden: true }),
  }

  private stoppable: Stoppable | undefined
  private isStopping = false

  override async run(): Promise<BrokerRestartResult> {
    const { flags } = await this.parse(BrokerRestart)
    if (flags['dry-run'] === true && !flags.rolling) {
      throw new UsageError('--dry-run shows the plan of a rolling restart', 'add --rolling')
    }
    if (flags['bootstrap-server'] !== undefined || flags.cluster !== undefined || flags.profile !== undefined) {
      throw notLocal()
    }
    const states = selectClusters({ name: flags.name, all: flags.all })
    checkNodes(states, flags.node)
    if (states.length === 0) {
      throw new MqError('MQ_UNKNOWN_CLUSTER', 'there is no local cluster to restart', {
        hint: 'mq broker start makes one',
      })
    }
    const clusters: ClusterStatus[] = []
    const rolling: RollingReport[] = []
    for (const state of states) {
      const isRolling = flags.rolling && state.nodes.length > 1 && state.nodes.some(isNodeAlive)
      if (isRolling) rolling.push(await this.roll(state, flags))
      else if (flags.cancel) this.refuseCancel(state)
      else if (flags['dry-run'] === true) this.note(`${state.name} would be restarted all at once`)
      else await this.restart(state, flags.node)
      clusters.push(await clusterStatus(readCluster(state.name)!))
    }
    return { clusters, ...(flags.rolling ? { rolling } : {}) }
  }

  /** Giving up restarts nothing, whatever the cluster is. */
  private refuseCancel({ name, nodes }: ClusterState): void {
    if (nodes.some(isNodeAlive)) {
      this.note(`no rolling restart of ${name} has stopped half way`)
      return
    }
    throw new MqError('MQ_NOT_RUNNING', `no node of ${name} runs`, {
      hint: `mq broker start --name ${name}, then mq broker restart --rolling --cancel`,
    })
  }

  private shared(name: string) {
    return {
      name,
      timeoutMs: this.timeoutMs ?? RESTART_TIMEOUT_MS,
      note: (text: string) => this.note(text),
    }
  }

  /** The request that starts what is on record, as it was. */
  private recordedStart(name: string) {
    // The recorded settings count; variables that would have been settings of a new start do not.
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('KAFKA_')))
    return {
      ...this.shared(name),
      port: undefined,
      dataDir: undefined,
      configFile: undefined,
      overrides: {},
      clusterId: undefined,
      metrics: undefined,
      env,
      program: join(this.config.root, 'bin', 'broker.js'),
      version: this.config.version,
    }
  }

  private async restart({ name }: ClusterState, nodes: readonly number[] | undefined): Promise<void> {
    const { signal } = this.aborter
    await stopCluster({ ...this.shared(name), signal, nodes })
    const result = await startCluster({ ...this.recordedStart(name), signal }, nodes)
    this.note(`${name} restarted in ${formatDuration(result.tookMs)}`)
    this.say(result.cluster.bootstrap)
  }

  private async roll(
    state: ClusterState,
    flags: { node: number[] | undefined; cancel: boolean; 'dry-run': boolean | undefined },
  ): Promise<RollingReport> {
    const { name } = state
    const startedMs = performance.now()
    const progress = await this.progress('looking at the cluster')
    let stepText = ''
    const session = await this.session(state, (title, index, count) => {
      stepText = `${title}, ${index + 1} of ${count}`
      if (process.stderr.isTTY !== true) this.note(stepText)
      progress.update(stepText)
    })
    const open = session.unfinished()
    if (flags.cancel && open === undefined) {
      progress.stop()
      this.note(`no rolling restart of ${name} has stopped half way`)
    }
    const wanted = state.nodes.filter(({ id }) => flags.node?.includes(id) !== false)
    const fresh = open === undefined ? await session.plan(state.nodes, wanted) : undefined
    const plan = open?.state.plan ?? fresh!
    const nodes = (plan.body as { nodes: { id: number }[] }).nodes.map(({ id }) => id)
    if (open !== undefined && flags.node !== undefined && !flags.cancel) {
      const isSame = nodes.length === flags.node.length && nodes.every((id) => flags.node?.includes(id))
      if (!isSame) throw anotherPlan(open.id, nodes)
    }
    const report = { name, hash: plan.hash, nodes }
    if (flags['dry-run'] === true || (flags.cancel && open === undefined)) {
      if (flags['dry-run'] === true) {
        if (fresh !== undefined) await session.check(fresh)
        progress.stop()
        this.say(`${name}: node ${nodes.join(', then ')}`)
      }
      return { ...report, operation: null }
    }
    const control = session.control()
    control.onProgress = ({ text }) => progress.update(`${stepText}: ${text}`)
    this.stoppable = control
    if (open !== undefined) this.note(`${open.id} was stopped half way; ${flags.cancel ? 'giving it up' : 'going on'}`)
    try {
      const result = await (open === undefined
        ? session.run(fresh!, control)
        : flags.cancel
          ? session.cancel(open.id, control)
          : session.resume(open.id, control))
      progress.stop()
      if (result.outcome === 'paused') {
        throw new InterruptedError('stopped at a safe point, all nodes run; mq broker restart --rolling goes on')
      }
      const took = formatDuration(performance.now() - startedMs)
      this.note(result.outcome === 'done' ? `${name} restarted node by node in ${took}` : `${result.id} is given up`)
      for (const finding of result.findings) this.warning(finding)
      if (result.findings.length > 0) this.finishWith(EXIT.finding)
      this.say(bootstrapOf(state))
      return { ...report, operation: result }
    } finally {
      this.stoppable = undefined
      progress.stop()
    }
  }

  private async session(
    state: ClusterState,
    onStep: (title: string, index: number, count: number) => void,
  ): Promise<RollingSession> {
    const { RollingSession } = await import('../../ops/rolling/session.ts')
    const { ClusterClient } = await import('../../client/cluster-client.ts')
    const { resolveClientOptions } = await import('../../client/options.ts')
    const client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: bootstrapOf(state) }))
    this.defer(() => client.close())
    const driver = new LocalNodeDriver(this.recordedStart(state.name))
    return RollingSession.open(client, driver, {
      warn: (text) => this.warning(text),
      onStep: ({ title }, index, count) => onStep(title, index, count),
    })
  }

  protected override stop(reason: Error): void {
    if (this.stoppable !== undefined && reason instanceof InterruptedError && !this.isStopping) {
      this.isStopping = true
      this.stoppable.request('interrupted')
      this.note('stopping when the node under way is back; interrupt again to stop at once')
      return
    }
    this.stoppable?.abandon()
    super.stop(reason)
  }

  protected override interruptMessage(): string {
    if (this.stoppable === undefined || !this.isStopping) return super.interruptMessage()
    return 'stopped at once: a node may be down; mq broker restart --rolling goes on, with --cancel that node is started'
  }

  protected override deadlineMessage(timeoutMs: number): string {
    return this.stoppable === undefined
      ? `not done after ${formatDuration(timeoutMs)}; mq broker status shows what runs`
      : `not done after ${formatDuration(timeoutMs)}; mq broker status shows what runs, mq broker restart --rolling goes on`
  }
}

/** A broker can be told to go down by nobody but its machine. */
function notLocal(): RefusedError {
  return new RefusedError(
    'mq broker restart restarts local clusters, which mq broker start has made; it cannot start the nodes of any other again',
    'restart them where they run, one at a time: mq cluster health --wait 5m says when the next one may go down; --name picks a local one',
  )
}

/** Whoever names nodes does not want those of an earlier restart. */
function anotherPlan(id: string, nodes: readonly number[]): RefusedError {
  return new RefusedError(
    `${id}, of node ${nodes.join(', ')}, was stopped half way; nothing was restarted`,
    'mq broker restart --rolling goes on with it, with --cancel it is given up',
  )
}
