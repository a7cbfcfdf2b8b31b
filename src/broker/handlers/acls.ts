/**
 * DescribeAcls (29), CreateAcls (30) and DeleteAcls (31), versions 1 to 3: a node without an authorizer has no ACLs, and says so.
 * Codes for "unknown" make the request unreadable, which ends the connection, as in Kafka.
 */
import { errorCode } from '../../protocol/errors.ts'
import { CloseConnection, type Handler } from './context.ts'

const DISABLED = { errorCode: errorCode('SECURITY_DISABLED'), errorMessage: 'No Authorizer is configured.' }

/** What Java's tables of codes call unknown; higher codes than they know are let pass. */
const UNKNOWN = 0

interface Codes {
  readonly operation: number
  readonly permissionType: number
}

function requireKnown(resourceType: number, patternType: number, { operation, permissionType }: Codes): void {
  const known = [resourceType, patternType, operation, permissionType].every((code) => code !== UNKNOWN)
  if (!known) throw new CloseConnection('an ACL with an unknown resource, pattern, operation or permission')
}

export const describeAclsHandler: Handler<'DescribeAcls'> = {
  handle: (request) => {
    requireKnown(request.resourceTypeFilter, request.patternTypeFilter, request)
    return { ...DISABLED, errorMessage: 'No Authorizer is configured on the broker' }
  },
}

export const createAclsHandler: Handler<'CreateAcls'> = {
  handle: ({ creations }) => {
    for (const creation of creations) requireKnown(creation.resourceType, creation.resourcePatternType, creation)
    return { results: creations.map(() => DISABLED) }
  },
}

export const deleteAclsHandler: Handler<'DeleteAcls'> = {
  handle: ({ filters }) => {
    for (const filter of filters) requireKnown(filter.resourceTypeFilter, filter.patternTypeFilter, filter)
    return { filterResults: filters.map(() => DISABLED) }
  },
}
