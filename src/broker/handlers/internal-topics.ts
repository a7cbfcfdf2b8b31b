/**
 * Creation of topics that nobody asked for by CreateTopics: the coordinators' internal ones with the settings of their
 * own, and others with the broker's defaults. The request goes to the controller like any other.
 */
import type { InputOf } from '../../protocol/schema.ts'
import type { CreateTopicsRequest } from '../../protocol/messages/create-topics.ts'
import type { BrokerServices, RequestContext } from './context.ts'

type NewTopic = NonNullable<InputOf<typeof CreateTopicsRequest>['topics']>[number]

const CREATE_TOPICS_VERSION = 7

/** How a topic of this name is made when it is needed and missing. */
export function automaticTopic(services: BrokerServices, name: string): NewTopic {
  const { config } = services
  switch (name) {
    case '__consumer_offsets':
      return {
        name,
        numPartitions: config.get('offsets.topic.num.partitions'),
        replicationFactor: config.get('offsets.topic.replication.factor'),
        configs: entries({
          'compression.type': 'producer',
          'cleanup.policy': 'compact',
          'segment.bytes': config.get('offsets.topic.segment.bytes'),
        }),
      }
    case '__transaction_state':
      return {
        name,
        numPartitions: config.get('transaction.state.log.num.partitions'),
        replicationFactor: config.get('transaction.state.log.replication.factor'),
        configs: entries({
          'unclean.leader.election.enable': 'false',
          'compression.type': 'uncompressed',
          'cleanup.policy': 'compact',
          'min.insync.replicas': config.get('transaction.state.log.min.isr'),
          'segment.bytes': config.get('transaction.state.log.segment.bytes'),
        }),
      }
    case '__share_group_state':
      return {
        name,
        numPartitions: config.get('share.coordinator.state.topic.num.partitions'),
        replicationFactor: config.get('share.coordinator.state.topic.replication.factor'),
        configs: entries({
          'cleanup.policy': 'delete',
          'compression.type': 'producer',
          'min.insync.replicas': config.get('share.coordinator.state.topic.min.isr'),
          'segment.bytes': config.get('share.coordinator.state.topic.segment.bytes'),
          'retention.ms': '-1',
        }),
      }
    default:
      return {
        name,
        numPartitions: config.get('num.partitions'),
        replicationFactor: config.get('default.replication.factor'),
      }
  }
}

function entries(configs: Readonly<Record<string, string | number>>): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value: String(value) }))
}

/**
 * Asks the controller for the topics. Resolves when it answered, whatever the answer: the metadata shows whether they
 * exist. Failures are logged.
 */
export function createAutomatically(
  services: BrokerServices,
  context: RequestContext,
  names: readonly string[],
): Promise<void> {
  const topics = names.map((name) => automaticTopic(services, name))
  const timeoutMs = services.config.get('request.timeout.ms')
  return services.controller
    .send('CreateTopics', CREATE_TOPICS_VERSION, { topics, timeoutMs }, context)
    .then((response) => {
      for (const { name, errorCode, errorMessage } of response.topics) {
        if (errorCode === 0 || errorCode === TOPIC_ALREADY_EXISTS) continue
        services.log.warn(`Topic ${name} could not be created automatically: error ${errorCode} ${errorMessage ?? ''}`)
      }
    })
    .catch((error: unknown) => {
      services.log.warn(`Topics ${names.join(', ')} could not be created automatically`, error)
    })
}

const TOPIC_ALREADY_EXISTS = 36
