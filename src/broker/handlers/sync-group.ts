/** SyncGroup, versions 0 to 5: fetching the assignment of a generation. The group coordinator has all of it. */
import type { Handler } from './context.ts'

export const syncGroupHandler: Handler<'SyncGroup'> = {
  handle: (request, context, services) => services.groups.syncGroup(request, context),
}
