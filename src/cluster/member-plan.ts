/**
 * What one node of a cluster of several will be: the settings that all share (file, environment, overrides, or what is
 * recorded) with what makes it this node, its id, roles, listeners and directory, and where the quorum is. Pure.
 */
import { UsageError } from '../base/errors.ts'
import { envToProperties } from '../config/broker-config.ts'
import { type Layout, type Member, ONE_NODE_KEYS } from './layout.ts'
import { finishPlan, loopbackListeners, makeAbsolute, type NodePlan } from './node-plan.ts'

type Settings = Readonly<Record<string, string>>

export interface MemberRequest {
  readonly member: Member
  readonly layout: Layout
  /** What all nodes were given: config file, environment, overrides. */
  readonly shared: Settings
  /** What this node was last started with, or, of a new node, what another one was. */
  readonly recorded: Settings | undefined
}

/** What a start says about all nodes. Throws UsageError for a setting that only one can have. */
export function sharedSettings(
  file: Settings | undefined,
  env: Readonly<Record<string, string | undefined>>,
  overrides: Settings,
): Settings {
  const shared = { ...file, ...envToProperties(env), ...overrides }
  const own = Object.keys(shared).find((key) => ONE_NODE_KEYS[key] !== undefined)
  if (own !== undefined) {
    throw new UsageError(`${own} belongs to one node, and this cluster has several`, ONE_NODE_KEYS[own])
  }
  return shared
}

/** The settings of a node that others can have as well. */
export function withoutOwn(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => ONE_NODE_KEYS[key] === undefined))
}

/** The plan. Throws ConfigError for settings that do not fit together. */
export function planMember({ member, layout, shared, recorded }: MemberRequest): NodePlan {
  const base: Record<string, string> = { ...recorded }
  if (member.recorded !== undefined) makeAbsolute(base, member.recorded.logDir)
  const properties: Record<string, string> = {
    'group.initial.rebalance.delay.ms': '0',
    // a new node becomes a voter by itself, unless an override says otherwise
    'controller.quorum.auto.join.enable': 'true',
    ...(member.recorded === undefined ? withoutOwn(base) : base),
    ...shared,
    'node.id': String(member.id),
    'process.roles': member.roles.join(','),
    listeners: listenersOf(member),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': layout.controllers,
  }
  if (member.dataDir !== undefined) properties['log.dirs'] = member.dataDir
  if (member.rack !== undefined) properties['broker.rack'] = member.rack
  return finishPlan(properties)
}

/** Refuses to make a cluster of a node whose listeners or quorum mq has not chosen: others could not follow it. */
export function refuseForeignLayout(member: Member, recorded: Settings): void {
  const isOurs =
    recorded['controller.quorum.voters'] === undefined &&
    (recorded.listeners === listenersOf(member) || recorded['controller.quorum.auto.join.enable'] === 'true')
  if (isOurs) return
  throw new UsageError(
    `node ${member.id} has listeners or a quorum of its own: mq adds nodes only to what it laid out itself`,
    'start another cluster with another --name, or each node with --foreground --config',
  )
}

function listenersOf({ roles, port, controllerPort }: Member): string {
  if (!roles.includes('broker')) return `CONTROLLER://127.0.0.1:${controllerPort}`
  return controllerPort === null ? `PLAINTEXT://127.0.0.1:${port}` : loopbackListeners(port, controllerPort)
}
