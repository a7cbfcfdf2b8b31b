/** DeleteGroups, versions 0 to 2: removes empty groups with their offsets, each with an answer of its own. */
import type { Handler } from './context.ts'

export const deleteGroupsHandler: Handler<'DeleteGroups'> = {
  handle: (request, _context, services) =>
    services.groups.deleteGroups(request.groupsNames).then((results) => ({ results })),
}
