/**
 * Starts the nodes of a cluster of several that do not run, all at once, and waits until each answers. The first start
 * founds the quorum: its voters are written down before any node runs, so that a start that was interrupted is gone on with.
 * Nodes added later join the quorum that is there.
 */
import { MqError, UsageError } from '../base/errors.ts'
import { randomUuid } from '../base/uuid.ts'
import { parseMetricsAddress } from '../config/metrics-address.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { foundingVoters, hasNoQuorum, type Layout, layOut, type Member } from './layout.ts'
import { planMember, refuseForeignLayout, sharedSettings, withoutOwn } from './member-plan.ts'
import { planMetrics } from './metrics-port.ts'
import type { NodePlan } from './node-plan.ts'
import { prepareNode, readRecorded } from './node-start.ts'
import { readConfigFile } from './preflight.ts'
import type { ClusterRecord } from './record.ts'
import type { ClusterState } from './state.ts'
import { awaitRecorded, awaitSpawned, noteStale, spawnPlanned, type StartRequest } from './start-node.ts'
import { isNodeAlive } from './status.ts'

interface Planned {
  readonly member: Member
  readonly plan: NodePlan
}

/** Returns the ids of the nodes that were started. */
export async function startSeveral(
  request: StartRequest,
  record: ClusterRecord,
  only: readonly number[] | undefined,
): Promise<number[]> {
  const before = record.state.nodes.length === 0 ? undefined : record.state
  const layout = await layOut(request, before)
  if (only !== undefined) checkOnly(request.name, only, layout, before)
  noteKept(request, layout)
  const wanted = layout.members.filter(({ id }) => only?.includes(id) !== false)
  const isRunning = ({ recorded }: Member) => recorded !== undefined && isNodeAlive(recorded)
  const planned = planAll(
    request,
    layout,
    wanted.filter((member) => !isRunning(member)),
  )
  for (const { member } of planned) if (member.recorded !== undefined) noteStale(request, member.recorded)
  for (const { plan } of planned) await prepareNode(plan, request.name)
  if (hasNoQuorum(before) && !layout.members.some(isRunning)) found(request, record, layout)
  const failed = new AbortController()
  const waiting = { ...request, signal: AbortSignal.any([request.signal, failed.signal]) }
  const runs = [
    ...(await spawnAll(waiting, record, layout, planned)),
    ...wanted.filter(isRunning).map((member) => awaitAnswering(waiting, record, member)),
  ]
  await settle(request, runs, failed)
  const { founders, nodes } = record.state
  if (
    founders !== undefined &&
    nodes.length === layout.members.length &&
    nodes.every((one) => one.phase === 'running')
  ) {
    record.setFounders(undefined)
  }
  return planned.map(({ member }) => member.id)
}

/** Throws UsageError where `only` names what the cluster has not, and where a quorum would begin without its voters. */
function checkOnly(name: string, only: readonly number[], { members }: Layout, before: ClusterState | undefined): void {
  const ids = members.map(({ id }) => id)
  const unknown = only.filter((id) => !ids.includes(id))
  if (unknown.length > 0) throw new UsageError(`no node ${unknown.join(', ')} in ${name}`, `known: ${ids.join(', ')}`)
  if (before === undefined) {
    throw new UsageError(`the first start of ${name} founds its quorum, with all nodes`, 'leave out --node')
  }
}

function planAll(request: StartRequest, layout: Layout, members: readonly Member[]): Planned[] {
  const file = request.configFile === undefined ? undefined : readConfigFile(request.configFile)
  const shared = sharedSettings(file, request.env, request.overrides)
  const [oldest] = layout.members.flatMap(({ recorded }) => (recorded === undefined ? [] : [recorded]))
  if (oldest !== undefined && layout.members.some(({ recorded }) => recorded === undefined)) {
    refuseForeignLayout(layout.members.find(({ id }) => id === oldest.id)!, readRecorded(oldest))
  }
  return members.map((member): Planned => {
    const source = member.recorded ?? oldest
    let recorded = source === undefined ? undefined : readRecorded(source)
    // A config file says everything that nodes share; what an earlier start said does not count beside it.
    if (file !== undefined && recorded !== undefined) recorded = ownOf(recorded)
    const plan = planMember({ member, layout, shared, recorded })
    if (plan.config.unknownKeys.length > 0 && member === members[0]) {
      request.note(`Kafka knows no setting ${plan.config.unknownKeys.join(', ')}; ignored`)
    }
    return { member, plan }
  })
}

function ownOf(settings: Readonly<Record<string, string>>): Record<string, string> {
  const shared = withoutOwn(settings)
  return Object.fromEntries(Object.entries(settings).filter(([key]) => shared[key] === undefined))
}

/** Writes down who begins the quorum, and the id that all nodes are formatted with. */
function found(request: StartRequest, record: ClusterRecord, layout: Layout): void {
  record.setFounders(foundingVoters(layout))
  record.setClusterId(request.clusterId ?? record.state.clusterId ?? randomUuid(new NodeRandom()))
}

async function spawnAll(
  request: StartRequest,
  record: ClusterRecord,
  layout: Layout,
  planned: readonly Planned[],
): Promise<Promise<number>[]> {
  const { founders, clusterId } = record.state
  const runs: Promise<number>[] = []
  for (const { member, plan } of planned) {
    const isFounder = founders?.split(',').some((voter) => voter.startsWith(`${member.id}@`)) === true
    const quorum = isFounder ? ['--initial-controllers', founders!] : ['--no-initial-controllers']
    const args = ['--local-brokers', String(layout.brokers), ...(member.controllerPort === null ? [] : quorum)]
    const metrics = await planMetrics(metricsFor(request, member), plan.port, member.recorded?.metricsPort ?? null)
    const started = spawnPlanned({ request, plan, metrics, record, clusterId: clusterId ?? undefined, args })
    runs.push(
      awaitSpawned(request, plan, started).then(() => {
        record.put({ ...started.node, phase: 'running' })
        return member.id
      }),
    )
  }
  return runs
}

async function awaitAnswering(request: StartRequest, record: ClusterRecord, member: Member): Promise<number> {
  const node = member.recorded!
  if (node.phase === 'starting') {
    await awaitRecorded(request, node)
    record.put({ ...node, phase: 'running' })
  }
  return node.id
}

/** Waits for all; the first failure ends the wait for the others, which go on by themselves, and is thrown. */
async function settle(request: StartRequest, runs: readonly Promise<number>[], failed: AbortController): Promise<void> {
  let done = 0
  const tell = () => request.onProgress?.(`starting ${request.name}: ${done} of ${runs.length} nodes answer`)
  tell()
  const watched = runs.map(async (run) => {
    await run
    done++
    tell()
  })
  try {
    await Promise.all(watched)
  } catch (error) {
    failed.abort()
    await Promise.allSettled(watched)
    if (error instanceof MqError && error.code === 'MQ_START_FAILED' && runs.length > 1) {
      request.note('the other nodes go on; mq broker start again starts what is missing')
    }
    throw error
  }
}

/** `--metrics-port` names the port of the first node; the others follow. */
function metricsFor(request: StartRequest, { id, recorded }: Member): string | undefined {
  if (request.metrics === undefined) return recorded?.metricsAsked
  const address = parseMetricsAddress(request.metrics)
  if (address === undefined || address.port === 0) return request.metrics
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port + ((id - 1) % 1000)}`
}

function noteKept(request: StartRequest, { members, brokers }: Layout): void {
  const recorded = members.flatMap(({ recorded }) => (recorded === undefined ? [] : [recorded]))
  if (recorded.length === 0) return
  const { name } = request
  if (request.nodes !== undefined && request.nodes < brokers) {
    request.note(`${name} has ${brokers} brokers and keeps them; mq broker wipe --node ID removes one`)
  }
  const first = recorded.find(({ roles }) => roles.includes('broker'))
  if (first !== undefined && request.port !== undefined && request.port !== 0 && request.port !== first.port) {
    request.note(`${name} keeps its ports, ${first.port} and the ones that follow`)
  }
  const running = recorded.filter(isNodeAlive)
  if (running.length > 0 && (request.configFile !== undefined || Object.keys(request.overrides).length > 0)) {
    request.note(`node ${running.map(({ id }) => id).join(', ')} runs: its settings stay until it is stopped`)
  }
  if (request.dataDir !== undefined) request.note('nodes on record keep their directories; --data counts for new ones')
}
