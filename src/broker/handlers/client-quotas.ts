/**
 * DescribeClientQuotas (48) and AlterClientQuotas (49), versions 0 and 1 (KIP-546): which limits are set for users,
 * clients and addresses. They are stored and told; no request is held back for them yet.
 */
import type { RequestOf } from '../../protocol/apis.ts'
import { ApiError, toApiError } from '../../protocol/errors.ts'
import { isAddress, notFound } from '../controller/client-quotas.ts'
import type { QuotaEntity } from '../metadata/security.ts'
import type { Handler } from './context.ts'
import { askController } from './forward.ts'

type Filter = RequestOf<'DescribeClientQuotas'>
type Component = Filter['components'][number]

const EXACT = 0
const DEFAULT = 1
const SPECIFIED = 2

export const describeClientQuotasHandler: Handler<'DescribeClientQuotas'> = {
  handle(request, _context, { image }) {
    try {
      const filter = parseFilter(request)
      const entries = [...image.quotas.values()]
        .filter(({ entity }) => matches(entity, filter, request.strict))
        .map(({ entity, values }) => ({
          entity: entity.map(({ entityType, entityName }) => ({ entityType, entityName })),
          values: [...values].map(([key, value]) => ({ key, value })),
        }))
      return { errorCode: 0, errorMessage: '', entries }
    } catch (error) {
      const { errorCode, message } = toApiError(error)
      return { errorCode, errorMessage: message, entries: null }
    }
  },
}

/** What each kind of name must be: a name, null for the default, undefined for any. */
type Wanted = ReadonlyMap<string, string | null | undefined>

function parseFilter({ components }: Filter): Wanted {
  const wanted = new Map<string, string | null | undefined>()
  for (const component of components) {
    const { entityType } = component
    if (entityType === '') throw new ApiError('INVALID_REQUEST', 'Invalid empty entity type.')
    if (wanted.has(entityType)) {
      throw new ApiError('INVALID_REQUEST', `Entity type ${entityType} cannot appear more than once in the filter.`)
    }
    if (!['user', 'client-id', 'ip'].includes(entityType)) {
      throw new ApiError('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`)
    }
    wanted.set(entityType, nameWanted(component))
  }
  if (wanted.has('ip') && wanted.size > 1) {
    throw new ApiError(
      'INVALID_REQUEST',
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
    )
  }
  return wanted
}

function nameWanted({ matchType, match }: Component): string | null | undefined {
  const refuseName = (kind: string): void => {
    if (match !== null) {
      throw new ApiError('INVALID_REQUEST', `Request specified ${kind}, but also specified a match string.`)
    }
  }
  switch (matchType) {
    case EXACT:
      if (match === null) {
        throw new ApiError('INVALID_REQUEST', 'Request specified MATCH_TYPE_EXACT, but set match string to null.')
      }
      return match
    case DEFAULT:
      refuseName('MATCH_TYPE_DEFAULT')
      return null
    case SPECIFIED:
      refuseName('MATCH_TYPE_SPECIFIED')
      return undefined
    default:
      throw new ApiError('INVALID_REQUEST', `Unknown match type ${matchType}`)
  }
}

/** `strict`: the entity has just these kinds of names and no others. */
function matches(entity: QuotaEntity, wanted: Wanted, strict: boolean): boolean {
  if (strict && entity.length !== wanted.size) return false
  return [...wanted].every(([type, name]) => {
    const part = entity.find(({ entityType }) => entityType === type)
    return part !== undefined && (name === undefined || part.entityName === name)
  })
}

type Alteration = RequestOf<'AlterClientQuotas'>

/** Limits of hosts by name: the names are looked up here, since a controller's decision waits for nothing. */
export const alterClientQuotasHandler: Handler<'AlterClientQuotas'> = {
  async handle(request, context, services) {
    const names = [...new Set(request.entries.flatMap(hostsOf))]
    const found = await Promise.all(names.map((name) => services.isHost?.(name) ?? false))
    const lost = new Set(names.filter((_, index) => found[index] === false))
    const failed = (entry: Alteration['entries'][number]): boolean => hostsOf(entry).some((name) => lost.has(name))
    const refused = request.entries.filter(failed).map(({ entity }) => {
      const { errorCode, message } = notFound(entity.at(-1)!.entityName ?? '')
      return { errorCode, errorMessage: message, entity: entity.slice(-1) }
    })
    const entries = request.entries.filter((entry) => !failed(entry))
    if (entries.length === 0 && refused.length > 0) return { entries: refused }
    const answer = await askController('AlterClientQuotas', { ...request, entries }, context, services, (error) => ({
      entries: entries.map(({ entity }) => ({ errorCode: error.errorCode, errorMessage: error.message, entity })),
    }))
    return { ...answer, entries: [...(answer.entries ?? []), ...refused] }
  },
}

/** The names of hosts that an entry limits, where it is an entry of a host and nothing else. */
function hostsOf({ entity, ops }: Alteration['entries'][number]): string[] {
  // the controller refuses limits that stand twice before it looks at the host
  if (new Set(ops.map(({ key }) => key)).size < ops.length) return []
  // of a kind of name that stands twice the last counts
  const only = entity.at(-1)
  if (only === undefined || entity.some(({ entityType }) => entityType !== 'ip')) return []
  return only.entityName === null || only.entityName === '' || isAddress(only.entityName) ? [] : [only.entityName]
}
