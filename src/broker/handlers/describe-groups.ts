/**
 * DescribeGroups, versions 0 to 6. v3 tells on request what the client may do (KIP-430). v6 answers GROUP_ID_NOT_FOUND
 * for a group that does not exist (KIP-1043), where older versions show it as Dead.
 */
import { allGroupOperations } from './authorized-operations.ts'
import type { Handler } from './context.ts'

export const describeGroupsHandler: Handler<'DescribeGroups'> = {
  handle: (request, context, services) =>
    services.groups.describeGroups(request.groups, context).then((groups) => {
      if (context.version < 3 || !request.includeAuthorizedOperations) return { groups }
      return {
        groups: groups.map((group) =>
          (group.errorCode ?? 0) === 0 ? { ...group, authorizedOperations: allGroupOperations } : group,
        ),
      }
    }),
}
