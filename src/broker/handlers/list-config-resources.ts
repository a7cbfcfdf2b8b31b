/**
 * ListConfigResources (74): names of what can be configured (KIP-1142).
 *
 * v0  client metrics subscriptions.  v1  any kinds of resources; none named means all.
 */
import { errorCode } from '../../protocol/errors.ts'
import { CONFIG_RESOURCE_TYPES, type ConfigScope, configScopeOf } from '../metadata/configs.ts'
import type { BrokerServices, Handler } from './context.ts'

const ALL: readonly ConfigScope[] = ['group', 'client-metrics', 'broker-logger', 'broker', 'topic']

export const listConfigResourcesHandler: Handler<'ListConfigResources'> = {
  handle(request, context, services) {
    const asked = context.version === 0 ? [CONFIG_RESOURCE_TYPES['client-metrics']] : request.resourceTypes
    const scopes = asked.length === 0 ? ALL : asked.map(configScopeOf)
    if (scopes.some((scope) => scope === undefined)) {
      return { errorCode: errorCode('UNSUPPORTED_VERSION'), configResources: [] }
    }
    return {
      errorCode: 0,
      configResources: ALL.filter((scope) => scopes.includes(scope)).flatMap((scope) =>
        namesOf(services, scope).map((resourceName) => ({ resourceName, resourceType: CONFIG_RESOURCE_TYPES[scope] })),
      ),
    }
  },
}

function namesOf({ image }: BrokerServices, scope: ConfigScope): string[] {
  switch (scope) {
    case 'topic':
      return [...image.topics.values()].map(({ name }) => name)
    case 'broker':
    case 'broker-logger':
      return [...image.brokers.keys()].map(String)
    default:
      return [...image.configs.names(scope)]
  }
}
