/**
 * A consumer's properties in Java's names as settings of our member of a group, with Kafka's defaults, and the checks that Kafka's
 * consumer makes of them, in its words.
 */
import { randomUuid } from '../base/uuid.ts'
import { ASSIGNORS, type Assignor } from '../client/group-assignors.ts'
import type { GroupConsumerOptions } from '../client/group-consumer.ts'
import { NoOffsetError } from '../client/offset-reset.ts'
import type { IsolationLevel } from '../client/fetcher.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { ClientError } from './data-client.ts'
import { JavaError } from './failures.ts'

const ASSIGNOR_CLASSES: Readonly<Record<string, Assignor>> = {
  'org.apache.kafka.clients.consumer.RangeAssignor': 'range',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': 'roundrobin',
  'org.apache.kafka.clients.consumer.StickyAssignor': 'sticky',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': 'cooperative-sticky',
}

/** What Kafka's consumer takes in groups of one protocol only. */
const CLASSIC_ONLY = ['partition.assignment.strategy', 'session.timeout.ms', 'heartbeat.interval.ms'] as const
const NEWER_ONLY = ['group.remote.assignor'] as const

const CONFIG_EXCEPTION = 'org.apache.kafka.common.config.ConfigException'

export type Properties = Readonly<Record<string, string>>

/** What the properties say; the rest is the tool's. Throws JavaError or ClientError. */
export function groupSettings(properties: Properties, group: string) {
  const isNewer = usesNewerProtocol(properties)
  const number = (name: string, otherwise: number) => Number(properties[name] ?? otherwise)
  const instanceId = properties['group.instance.id'] ?? null
  if (instanceId === '') {
    throw new JavaError(
      CONFIG_EXCEPTION,
      'Invalid value  for configuration group.instance.id: String must be non-empty',
    )
  }
  const sessionTimeoutMs = number('session.timeout.ms', 45_000)
  const heartbeatIntervalMs = number('heartbeat.interval.ms', 3000)
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    const why = 'Heartbeat must be set lower than the session timeout'
    throw new ClientError('consumer', `java.lang.IllegalArgumentException: ${why}`)
  }
  return {
    group,
    instanceId,
    newer: isNewer
      ? { memberId: randomUuid(new NodeRandom()), assignor: properties['group.remote.assignor'] ?? null }
      : undefined,
    assignors: assignorsOf(properties['partition.assignment.strategy']),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs: number('max.poll.interval.ms', 300_000),
    maxPollRecords: number('max.poll.records', 500),
    reset: properties['auto.offset.reset'] ?? 'latest',
    isolation: (properties['isolation.level'] ?? 'read_uncommitted') as IsolationLevel,
    createsTopics: properties['allow.auto.create.topics'] !== 'false',
  } satisfies Partial<GroupConsumerOptions>
}

/** Whether groups are those of KIP-848. Throws JavaError for settings that do not go with the protocol. */
export function usesNewerProtocol(properties: Properties): boolean {
  const protocol = properties['group.protocol'] ?? 'classic'
  if (!/^(classic|consumer)$/i.test(protocol)) {
    throw new JavaError(
      CONFIG_EXCEPTION,
      `Invalid value ${protocol} for configuration group.protocol: String must be one of (case insensitive): CONSUMER, CLASSIC`,
    )
  }
  const isNewer = /^consumer$/i.test(protocol)
  const wrong = (isNewer ? CLASSIC_ONLY : NEWER_ONLY).find((name) => properties[name] !== undefined)
  if (wrong !== undefined) {
    throw new JavaError(CONFIG_EXCEPTION, `${wrong} cannot be set when group.protocol=${protocol.toUpperCase()}`)
  }
  return isNewer
}

/** Range before cooperative-sticky by default, so that a group takes the eager way as long as one member does. */
function assignorsOf(classes: string | undefined): readonly Assignor[] {
  if (classes === undefined) return ['range', 'cooperative-sticky']
  return classes
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const assignor = ASSIGNOR_CLASSES[name] ?? ASSIGNORS.find((one) => one === name)
      if (assignor === undefined) {
        const why = `${name} ClassNotFoundException exception occurred`
        throw new ClientError('consumer', `org.apache.kafka.common.KafkaException: ${why}`)
      }
      return assignor
    })
}

/** As Kafka's consumer tells it when there is neither a commit nor a rule where to begin. */
export function consumerFailure(error: unknown): unknown {
  if (!(error instanceof NoOffsetError)) return error
  return new JavaError('org.apache.kafka.clients.consumer.NoOffsetForPartitionException', error.message)
}
