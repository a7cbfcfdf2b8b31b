/**
 * DescribeClientQuotas (48) and AlterClientQuotas (49), versions 0 and 1 (KIP-546): which limits are set for users,
 * clients and addresses. They are stored and told; no request is held back for them yet.
 */
import type { RequestOf } from '../../protocol/apis.ts'
import { ApiError, toApiError } from '../../protocol/errors.ts'
import type { QuotaEntity } from '../metadata/security.ts'
import type { Handler } from './context.ts'
import { forwarded } from './forward.ts'

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

export const alterClientQuotasHandler: Handler<'AlterClientQuotas'> = forwarded(
  'AlterClientQuotas',
  (request, error) => ({ entries: request.entries.map(({ entity }) => ({ ...error, entity })) }),
)
