/**
 * DescribeConfigs, versions 1 to 4: every key of a topic, of this broker, of all brokers (empty name: what is set for
 * them), or of a group. v1 has synonyms, v3 types and documentation. Null or no keys mean all.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode, toApiError } from '../../protocol/errors.ts'
import { type BrokerLayers, describeConfig } from '../../config/describe.ts'
import { topicNameProblem } from '../controller/topic-names.ts'
import { configScopeOf } from '../metadata/configs.ts'
import { describeLoggers } from './broker-loggers.ts'
import { describeClientMetrics } from './client-metrics-configs.ts'
import type { BrokerServices, Handler } from './context.ts'
import { plainAnswer } from './plain-answers.ts'

type Resource = RequestOf<'DescribeConfigs'>['resources'][number]
type Result = NonNullable<ResponseInput<'DescribeConfigs'>['results']>[number]

interface Options {
  readonly names: readonly string[] | null
  readonly synonyms: boolean
  readonly documentation: boolean
}

export const describeConfigsHandler: Handler<'DescribeConfigs'> = {
  handle: (request, _context, services) => {
    // a kind of resource that does not exist fails the whole request
    if (request.resources.some(({ resourceType }) => configScopeOf(resourceType) === undefined)) return refuse(request)
    return {
      results: request.resources.map((resource) =>
        describe(services, resource, {
          names: resource.configurationKeys,
          synonyms: request.includeSynonyms,
          documentation: request.includeDocumentation,
        }),
      ),
    }
  },
}

function refuse({ resources }: RequestOf<'DescribeConfigs'>): ResponseInput<'DescribeConfigs'> {
  const failed = { errorCode: errorCode('INVALID_REQUEST'), errorMessage: plainAnswer('INVALID_REQUEST') }
  return { results: resources.map(({ resourceType, resourceName }) => ({ ...failed, resourceType, resourceName })) }
}

function describe(services: BrokerServices, resource: Resource, options: Options): Result {
  const { resourceType, resourceName } = resource
  try {
    return { resourceType, resourceName, configs: entries(services, resource, options), errorMessage: '' }
  } catch (error) {
    if (!(error instanceof ApiError)) services.log.error(`Describing configs of ${resourceName} failed`, error)
    const refusal = toApiError(error)
    return { resourceType, resourceName, errorCode: refusal.errorCode, errorMessage: refusal.message }
  }
}

function entries(services: BrokerServices, { resourceType, resourceName }: Resource, options: Options) {
  const { image } = services
  switch (configScopeOf(resourceType)) {
    case 'topic': {
      const problem = topicNameProblem(resourceName)
      if (problem !== undefined) throw new ApiError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${problem}`)
      if (image.topics.get(resourceName) === undefined) throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', '')
      return describeConfig('topic', image.configs.get('topic', resourceName), layersOf(services), options)
    }
    case 'broker': {
      if (resourceName === '') return describeConfig('broker-default', NONE, layersOf(services), options)
      requireOwnNode(services, resourceName, { kind: 'Broker', alternative: ' or empty string,' })
      return describeConfig('broker', NONE, layersOf(services), options)
    }
    case 'group':
      if (resourceName === '') throw new ApiError('INVALID_REQUEST', 'Group name must not be empty')
      return describeConfig('group', image.configs.get('group', resourceName), layersOf(services), options)
    case 'client-metrics':
      if (resourceName === '') {
        throw new ApiError('INVALID_REQUEST', 'Client metrics subscription name must not be empty')
      }
      return describeClientMetrics(image.configs.get('client-metrics', resourceName), options)
    case 'broker-logger':
      return describeLoggers(services, resourceName, options.names)
    case undefined:
      throw new ApiError('INVALID_REQUEST', plainAnswer('INVALID_REQUEST'))
  }
}

/** Throws INVALID_REQUEST unless `name` is the id of this node. */
export function requireOwnNode(
  services: BrokerServices,
  name: string,
  { kind = 'Node', alternative = '' }: { readonly kind?: string; readonly alternative?: string } = {},
): void {
  if (!/^-?\d+$/.test(name)) throw new ApiError('INVALID_REQUEST', `${kind} id must be an integer, but it is: ${name}`)
  if (Number(name) === services.nodeId) return
  const expected = `${services.nodeId}${alternative}`.replace(/,$/, '')
  throw new ApiError('INVALID_REQUEST', `Unexpected broker id, expected ${expected}, but received ${name}`)
}

function layersOf({ config, image, nodeId }: BrokerServices): BrokerLayers {
  return {
    config,
    dynamicBroker: image.configs.get('broker', String(nodeId)),
    dynamicDefault: image.configs.get('broker', ''),
  }
}

const NONE: ReadonlyMap<string, string> = new Map()
