/**
 * Kafka's rules across broker keys for KRaft: roles against listeners, voters and ids, and the pairs of numbers that
 * must fit together. Each refusal names the key to change and says why.
 */
import { ConfigError } from '../base/errors.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerKey } from './broker-keys.ts'

function need(holds: boolean, key: BrokerKey, reason: string, hint?: string): void {
  if (!holds) throw new ConfigError(key, reason, hint)
}

/** Throws ConfigError on the first rule that does not hold. */
export function checkBroker(config: BrokerConfig): void {
  checkIds(config)
  checkVoters(config)
  if (config.roles.includes('controller')) checkControllerListeners(config)
  if (config.roles.includes('broker')) checkBrokerListeners(config)
  checkNumbers(config)
}

function checkIds(config: BrokerConfig): void {
  const brokerId = config.get('broker.id')
  need(
    brokerId === -1 || brokerId === config.nodeId,
    'node.id',
    `You must set \`node.id\` to the same value as \`broker.id\` (node.id=${config.nodeId}, broker.id=${brokerId}).`,
    'Leave broker.id out: node.id replaces it.',
  )
}

function checkVoters(config: BrokerConfig): void {
  const voters = config.quorumVoters
  const text = config.get('controller.quorum.voters').join(',')
  need(
    voters.length > 0 || config.bootstrapServers.length > 0,
    'controller.quorum.voters',
    'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers ' +
      'or controller.quorum.voters must contain a parseable set of controllers.',
    'For one node: controller.quorum.voters=1@localhost:9093 with its own node.id and controller port.',
  )
  need(
    new Set(voters.map((voter) => voter.id)).size === voters.length,
    'controller.quorum.voters',
    `The same node id stands twice in controller.quorum.voters=${text}`,
  )
  if (voters.length === 0) return
  const listed = voters.some((voter) => voter.id === config.nodeId)
  if (config.roles.includes('controller')) {
    need(
      listed,
      'controller.quorum.voters',
      `If process.roles contains the 'controller' role, the node id ${config.nodeId} must be included in the set of ` +
        `voters controller.quorum.voters=${text}`,
    )
  } else {
    need(
      !listed,
      'node.id',
      `If process.roles contains just the 'broker' role, the node id ${config.nodeId} must not be included in the set ` +
        `of voters controller.quorum.voters=${text}`,
    )
  }
}

function checkControllerListeners(config: BrokerConfig): void {
  const names = config.listeners.map((listener) => listener.name)
  const missing = config.controllerListenerNames.filter((name) => !names.includes(name))
  need(
    missing.length === 0,
    'controller.listener.names',
    `controller.listener.names must only contain values appearing in the 'listeners' configuration when running the ` +
      `KRaft controller role: ${missing.join(', ')} not in listeners`,
    `Add ${missing[0]}://:9093 to listeners, or name another listener.`,
  )
  if (config.roles.includes('broker')) return
  const others = names.filter((name) => !config.controllerListenerNames.includes(name))
  need(
    others.length === 0,
    'listeners',
    `The listeners config must only contain KRaft controller listeners from controller.listener.names when ` +
      `process.roles=controller: ${others.join(', ')}`,
  )
}

function checkBrokerListeners(config: BrokerConfig): void {
  const controllers = config.controllerListenerNames
  if (!config.roles.includes('controller')) {
    const wrong = config.listeners.filter((listener) => controllers.includes(listener.name))
    need(
      wrong.length === 0,
      'controller.listener.names',
      "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running " +
        `KRaft with just the broker role: ${wrong.map((listener) => listener.name).join(', ')}`,
    )
  }
  const advertised = config.advertisedListeners.map((endpoint) => endpoint.name)
  need(
    advertised.length > 0,
    'advertised.listeners',
    'There must be at least one broker advertised listener.',
    'Add a listener that is not in controller.listener.names, for example PLAINTEXT://:9092.',
  )
  need(
    advertised.includes(config.interBrokerListenerName),
    'inter.broker.listener.name',
    `inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on ` +
      `currently configured listeners are ${advertised.join(',')} (it is ${config.interBrokerListenerName})`,
  )
  const bound = config.listeners.map((listener) => listener.name)
  const unbound = advertised.filter((name) => !bound.includes(name))
  need(
    unbound.length === 0,
    'advertised.listeners',
    `advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ` +
      `${unbound.join(',')}; the valid options are ${bound.join(',')}`,
  )
}

function checkNumbers(config: BrokerConfig): void {
  const get = config.get.bind(config)
  const compression = get('offsets.topic.compression.codec')
  need(
    compression >= 0 && compression <= 4,
    'offsets.topic.compression.codec',
    'offsets.topic.compression.codec must be 0 to 4',
  )
  need(
    get('group.max.session.timeout.ms') >= get('group.min.session.timeout.ms'),
    'group.max.session.timeout.ms',
    'group.max.session.timeout.ms must be at least group.min.session.timeout.ms',
  )
  need(
    get('replica.fetch.wait.max.ms') <= get('replica.socket.timeout.ms'),
    'replica.socket.timeout.ms',
    'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts',
  )
  need(
    get('replica.fetch.wait.max.ms') <= get('replica.lag.time.max.ms'),
    'replica.fetch.wait.max.ms',
    'replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent ' +
      'changes in ISR',
  )
  need(
    get('broker.heartbeat.interval.ms') * 2 <= get('broker.session.timeout.ms'),
    'broker.heartbeat.interval.ms',
    'broker.heartbeat.interval.ms must be less than or equal to half of the broker.session.timeout.ms',
  )
  for (const kind of ['consumer', 'share', 'streams'] as const) checkGroupTimes(config, kind)
}

function checkGroupTimes(config: BrokerConfig, kind: 'consumer' | 'share' | 'streams'): void {
  for (const what of ['heartbeat.interval.ms', 'session.timeout.ms'] as const) {
    const key = `group.${kind}.${what}` as const
    const value = config.get(key)
    const least = `group.${kind}.min.${what}` as const
    const most = `group.${kind}.max.${what}` as const
    need(value >= config.get(least), key, `${key} must be greater than or equal to ${least}`)
    need(value <= config.get(most), key, `${key} must be less than or equal to ${most}`)
  }
}
