/** ListGroups, versions 0 to 5: the groups this broker coordinates. v4 filters by state, v5 by type (KIP-518, KIP-848). */
import type { Handler } from './context.ts'

export const listGroupsHandler: Handler<'ListGroups'> = {
  handle: (request, _context, services) => services.groups.listGroups(request),
}
