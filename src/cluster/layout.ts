/**
 * Which nodes a local cluster has: those on record and those that a start adds, each with its role, ports, rack and data
 * directory. Brokers count from 1, controllers of their own from 1001; ports follow the first one. Looks at ports, changes
 * nothing.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { randomUuid } from '../base/uuid.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { freePort, portState } from '../platform/port-info.ts'
import type { NodeStart } from './node-start.ts'
import { type ClusterState, clusterDirectory, type NodeState } from './state.ts'

export type Role = 'broker' | 'controller'

/** One node of a cluster of several. */
export interface Member {
  readonly id: number
  readonly roles: readonly Role[]
  readonly rack: string | undefined
  /** Port for clients; of a controller alone, its only one. */
  readonly port: number
  readonly controllerPort: number | null
  /** Where its data go; undefined: as recorded. */
  readonly dataDir: string | undefined
  /** Undefined: it is new. */
  readonly recorded: NodeState | undefined
}

export interface Layout {
  readonly members: readonly Member[]
  /** `host:port,…` of the controllers, for controller.quorum.bootstrap.servers. */
  readonly controllers: string
  readonly brokers: number
}

/** Settings that belong to one node: they cannot be given for several at once. Value: what to use instead. */
export const ONE_NODE_KEYS: Readonly<Record<string, string>> = {
  'node.id': 'ids count from 1',
  'broker.id': 'ids count from 1',
  'process.roles': '--controllers M makes controllers of their own',
  listeners: '--port says where the first node listens',
  'advertised.listeners': '--port says where the first node listens',
  'controller.listener.names': 'leave it out',
  'log.dirs': '--data names the directory for all of them',
  'log.dir': '--data names the directory for all of them',
  'metadata.log.dir': '--data names the directory for all of them',
  'controller.quorum.voters': 'mq broker start makes the quorum',
  'controller.quorum.bootstrap.servers': 'mq broker start makes the quorum',
  'broker.rack': '--racks a,b,c',
}

const LOOPBACK = '127.0.0.1'
const DEFAULT_PORT = 9092
const FIRST_CONTROLLER_ID = 1001
/** Controllers stand apart from the brokers, whose ports count up from the first. */
const CONTROLLER_PORT_DISTANCE = 10_000
/** More voters make every change of the metadata slower and survive no more that matters on one machine. */
const COMBINED_CONTROLLERS_MAX = 5
const PICKS_MAX = 50
const PORT_MAX = 65_535

/** True when the request or the record speaks of more than one node. */
export function isSeveral(request: NodeStart, before: ClusterState | undefined): boolean {
  return (request.nodes ?? 1) > 1 || request.controllers !== undefined || (before?.nodes.length ?? 0) > 1
}

/** The cluster as it will be. Throws UsageError for what contradicts the record. */
export async function layOut(request: NodeStart, before: ClusterState | undefined): Promise<Layout> {
  const recorded = [...(before?.nodes ?? [])].sort((one, other) => one.id - other.id)
  const fresh = addedNodes(request, recorded)
  const ports = await PortChoice.make(request, recorded, fresh)
  const racks = new RackChoice(request.racks, recorded)
  const members: Member[] = recorded.map((node) => ({
    id: node.id,
    roles: node.roles,
    rack: racks.ofRecorded(node),
    port: node.port,
    controllerPort: node.controllerPort,
    dataDir: undefined,
    recorded: node,
  }))
  for (const { id, roles } of fresh) {
    const rack = roles.includes('broker') ? racks.ofNew(id) : undefined
    const dataDir = newDataDir(request, id)
    members.push({ id, roles, rack, ...(await ports.of(id, roles)), dataDir, recorded: undefined })
  }
  members.sort((one, other) => one.id - other.id)
  return {
    members,
    brokers: members.filter(({ roles }) => roles.includes('broker')).length,
    controllers: members
      .filter(({ controllerPort }) => controllerPort !== null)
      .map(({ controllerPort }) => `${LOOPBACK}:${controllerPort}`)
      .join(','),
  }
}

/** `--initial-controllers` for a quorum that begins with all controllers of the layout. */
export function foundingVoters(layout: Layout): string {
  const random = new NodeRandom()
  return layout.members
    .filter(({ controllerPort }) => controllerPort !== null)
    .map(({ id, controllerPort }) => `${id}@${LOOPBACK}:${controllerPort}:${randomUuid(random)}`)
    .join(',')
}

/** Whether no controller on record has a directory that was formatted: then there is no quorum to go on with. */
export function hasNoQuorum(before: ClusterState | undefined): boolean {
  return (before?.nodes ?? [])
    .filter(({ roles }) => roles.includes('controller'))
    .every(({ dataDirs }) => dataDirs.every((directory) => !existsSync(join(directory, 'meta.properties'))))
}

function addedNodes(request: NodeStart, recorded: readonly NodeState[]): { id: number; roles: readonly Role[] }[] {
  const brokers = recorded.filter(({ roles }) => roles.includes('broker'))
  const alone = recorded.filter(({ roles }) => !roles.includes('broker'))
  const isSeparate = request.controllers !== undefined || alone.length > 0
  if (request.controllers !== undefined && brokers.some(({ roles }) => roles.includes('controller'))) {
    throw new UsageError(
      `the brokers of ${request.name} are its controllers too: it takes no controllers of their own`,
      'start another cluster with another --name',
    )
  }
  const taken = new Set(recorded.map(({ id }) => id))
  const added: { id: number; roles: readonly Role[] }[] = []
  const add = (from: number, roles: readonly Role[]) => {
    let id = from
    while (taken.has(id)) id++
    taken.add(id)
    added.push({ id, roles })
  }
  let controllers = recorded.filter(({ roles }) => roles.includes('controller')).length
  for (let count = alone.length; count < (request.controllers ?? 0); count++) add(FIRST_CONTROLLER_ID, ['controller'])
  for (let count = brokers.length; count < (request.nodes ?? (brokers.length || 1)); count++) {
    const isCombined = !isSeparate && controllers < COMBINED_CONTROLLERS_MAX
    if (isCombined) controllers++
    add(1, isCombined ? ['broker', 'controller'] : ['broker'])
  }
  return added
}

function newDataDir(request: NodeStart, id: number): string {
  // As seen from here: the node runs in a directory of its own.
  if (request.dataDir !== undefined) return resolve(request.dataDir, `node-${id}`)
  return join(clusterDirectory(request.name), `node-${id}`, 'data')
}

/** Ports of new nodes: they follow the first; any free ones where nobody has said where that is. */
class PortChoice {
  readonly #base: number
  readonly #mayDiffer: boolean
  readonly #taken: Set<number>

  static async make(
    request: NodeStart,
    recorded: readonly NodeState[],
    fresh: readonly { id: number; roles: readonly Role[] }[],
  ): Promise<PortChoice> {
    const taken = new Set(recorded.flatMap(({ port, controllerPort }) => [port, controllerPort ?? port]))
    const first = recorded.find(({ roles }) => roles.includes('broker'))
    if (first !== undefined) return new PortChoice(first.port - (first.id - 1), true, taken)
    if (request.port !== 0) return new PortChoice(request.port ?? DEFAULT_PORT, false, taken)
    const offsets = fresh.map(({ id }) => offsetOf(id))
    return new PortChoice(await freeRun(offsets), true, taken)
  }

  private constructor(base: number, mayDiffer: boolean, taken: Set<number>) {
    this.#base = base
    this.#mayDiffer = mayDiffer
    this.#taken = taken
  }

  async of(id: number, roles: readonly Role[]): Promise<{ port: number; controllerPort: number | null }> {
    const isController = roles.includes('controller')
    const apart = this.#base + CONTROLLER_PORT_DISTANCE + offsetOf(id)
    const controllerPort = isController ? await this.#choose(apart, true) : null
    if (!roles.includes('broker')) return { port: controllerPort!, controllerPort }
    return { port: await this.#choose(this.#base + offsetOf(id), this.#mayDiffer), controllerPort }
  }

  async #choose(wanted: number, mayDiffer: boolean): Promise<number> {
    let port = wanted
    const isUsable = async () =>
      port > 0 && port <= PORT_MAX && !this.#taken.has(port) && (await portState(LOOPBACK, port)) === 'free'
    while (mayDiffer && !(await isUsable())) port = await freePort(LOOPBACK)
    if (port > PORT_MAX) throw new UsageError(`there is no port ${port} for another node`, 'begin lower with --port')
    this.#taken.add(port)
    return port
  }
}

/** Node 1 stands at the first port; so does the first controller of its own, among the ports of controllers. */
function offsetOf(id: number): number {
  return id >= FIRST_CONTROLLER_ID ? id - FIRST_CONTROLLER_ID : id - 1
}

/** A port from which all these offsets are free. */
async function freeRun(offsets: readonly number[]): Promise<number> {
  for (let pick = 0; pick < PICKS_MAX; pick++) {
    const base = await freePort(LOOPBACK)
    const states = await Promise.all(offsets.map((offset) => portState(LOOPBACK, base + offset)))
    if (states.every((state) => state === 'free')) return base
  }
  return freePort(LOOPBACK)
}

/** Racks go round; a node added later takes the one with the fewest brokers. */
class RackChoice {
  readonly #given: readonly string[] | undefined
  readonly #used = new Map<string, number>()

  constructor(given: readonly string[] | undefined, recorded: readonly NodeState[]) {
    this.#given = given
    for (const { rack } of recorded) if (rack !== undefined) this.#count(rack)
  }

  ofRecorded(node: NodeState): string | undefined {
    if (this.#given === undefined || !node.roles.includes('broker')) return node.rack
    return this.#given[(node.id - 1) % this.#given.length]
  }

  ofNew(id: number): string | undefined {
    if (this.#given !== undefined) return this.#given[(id - 1) % this.#given.length]
    const [least] = [...this.#used].sort(([one, few], [other, more]) => few - more || (one < other ? -1 : 1))
    if (least !== undefined) this.#count(least[0])
    return least?.[0]
  }

  #count(rack: string): void {
    this.#used.set(rack, (this.#used.get(rack) ?? 0) + 1)
  }
}
