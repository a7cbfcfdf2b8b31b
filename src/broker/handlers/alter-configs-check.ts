/**
 * What a broker checks of a change of configuration before it asks the controller: resources named twice, keys named
 * twice, missing values, kinds of resource that do not exist, and dynamic broker settings, whose meaning only a broker
 * knows. The rest of the request goes on; the answers come back in the order of the request.
 */
import { checkDynamicBroker } from '../../config/dynamic-rules.ts'
import { ApiError, toApiError } from '../../protocol/errors.ts'
import { configScopeOf } from '../metadata/configs.ts'
import type { BrokerServices, RequestContext } from './context.ts'
import { requireOwnNode } from './describe-configs.ts'

const CORDONED = 'cordoned.log.dirs'
/** metadata.version 4.3-IV0. */
const CORDONED_VERSION = 30

export interface AlteredResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

export interface AlterResult {
  readonly resourceType: number
  readonly resourceName: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

/**
 * Splits the resources into those to hand on and those refused here. `mayBeNull` tells the entries that need no value;
 * `brokerEntries` gives the settings that a broker, or all brokers, would have after the change.
 */
export function checkAlterations<R extends AlteredResource>(
  services: BrokerServices,
  resources: readonly R[],
  rules: {
    readonly mayBeNull: (config: R['configs'][number]) => boolean
    /** Asked as a controller, perhaps by a broker about itself: then settings of other brokers pass too. */
    readonly asController: boolean
    readonly isForwarded: boolean
    /** Changes levels of loggers, which no controller knows of; absent where the request cannot. Throws ApiError. */
    readonly alterLoggers?: (resource: R) => void
    readonly brokerEntries: (resource: R, current: ReadonlyMap<string, string>) => ReadonlyMap<string, string>
  },
): { readonly accepted: R[]; readonly done: Set<R>; readonly refused: Map<R, ApiError> } {
  const refused = new Map<R, ApiError>()
  const accepted: R[] = []
  const done = new Set<R>()
  for (const resource of resources) {
    const isTwice = resources.some((other) => other !== resource && keyOf(other) === keyOf(resource))
    try {
      if (isTwice) throw new ApiError('INVALID_REQUEST', 'Each resource must appear at most once.')
      checkOne(services, resource, rules)
      if (configScopeOf(resource.resourceType) === 'broker-logger') done.add(resource)
      else accepted.push(resource)
    } catch (error) {
      if (!(error instanceof ApiError)) services.log.error(`Checking configs of ${resource.resourceName} failed`, error)
      refused.set(resource, toApiError(error))
    }
  }
  return { accepted, done, refused }
}

function checkOne<R extends AlteredResource>(
  services: BrokerServices,
  resource: R,
  rules: Parameters<typeof checkAlterations<R>>[2],
): void {
  const { resourceType, resourceName, configs } = resource
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    throw new ApiError('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  const empty = configs.filter((config) => config.value === null && !rules.mayBeNull(config))
  if (empty.length > 0) {
    throw new ApiError('INVALID_REQUEST', `Null value not supported for : ${empty.map(({ name }) => name).join(', ')}`)
  }
  const scope = configScopeOf(resourceType)
  switch (scope) {
    case 'topic':
    case 'client-metrics':
    case 'group':
      return
    case 'broker': {
      if (rules.asController && !rules.isForwarded) refuseCordoning(services, resource, rules.brokerEntries)
      const isOthers = rules.asController && /^\d+$/.test(resourceName) && Number(resourceName) !== services.nodeId
      // What such a setting means only that broker knows; it has checked it before it passed the request on.
      if (isOthers) return
      if (resourceName !== '') requireOwnNode(services, resourceName)
      const own = String(services.nodeId)
      const { configs: set } = services.image
      checkDynamicBroker({
        start: services.startConfig,
        current: services.config,
        scope: resourceName === '' ? 'cluster' : 'broker',
        entries: rules.brokerEntries(resource, set.get('broker', resourceName)),
        others: set.get('broker', resourceName === '' ? own : ''),
      })
      return
    }
    case 'broker-logger':
      if (rules.alterLoggers === undefined) {
        throw new ApiError('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
      }
      rules.alterLoggers(resource)
      return
    case undefined:
      throw new ApiError('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
  }
}

/** Only a broker knows its directories: who asks a controller may take some off the list (KIP-1066), and adds none. */
function refuseCordoning<R extends AlteredResource>(
  { image }: BrokerServices,
  resource: R,
  entriesAfter: (resource: R, current: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
): void {
  // Before 4.3-IV0 the controller refuses the key itself.
  if (image.features.metadataVersion < CORDONED_VERSION) return
  if (!resource.configs.some(({ name }) => name === CORDONED)) return
  const current = image.configs.get('broker', resource.resourceName)
  const listed = (entries: ReadonlyMap<string, string>) => (entries.get(CORDONED) ?? '').split(',').filter(Boolean)
  const before = listed(current)
  if (listed(entriesAfter(resource, current)).every((directory) => before.includes(directory))) return
  throw new ApiError(
    'INVALID_CONFIG',
    `When updating ${CORDONED} via controllers,  the new value must be a subset of the current configuration value.`,
  )
}

/** Answers for all resources of the request, in its order. */
export function assembleResults<R extends AlteredResource>(
  resources: readonly R[],
  { refused, done }: { readonly refused: ReadonlyMap<R, ApiError>; readonly done: ReadonlySet<R> },
  answers: readonly Partial<AlterResult>[],
): AlterResult[] {
  const byKey = new Map(answers.map((answer) => [`${answer.resourceType}:${answer.resourceName}`, answer]))
  return resources.map((resource) => {
    const { resourceType, resourceName } = resource
    const refusal = refused.get(resource)
    const answer = byKey.get(keyOf(resource))
    if (refusal !== undefined) {
      return { resourceType, resourceName, errorCode: refusal.errorCode, errorMessage: refusal.message }
    }
    if (done.has(resource)) return { resourceType, resourceName, errorCode: 0, errorMessage: null }
    if (answer === undefined) {
      return { resourceType, resourceName, errorCode: -1, errorMessage: 'the controller gave no answer for it' }
    }
    return {
      resourceType,
      resourceName,
      errorCode: answer.errorCode ?? 0,
      errorMessage: answer.errorMessage ?? null,
    }
  })
}

function keyOf({ resourceType, resourceName }: AlteredResource): string {
  return `${resourceType}:${resourceName}`
}

/** Whether the request came in through a listener of controllers. */
export function isAsController({ config }: BrokerServices, { listenerName }: RequestContext): boolean {
  return config.controllerListenerNames.includes(listenerName)
}
