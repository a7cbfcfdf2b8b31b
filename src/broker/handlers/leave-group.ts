/** LeaveGroup, versions 0 to 5: giving up membership. The group coordinator has all of it. */
import type { Handler } from './context.ts'

export const leaveGroupHandler: Handler<'LeaveGroup'> = {
  handle: (request, context, services) => services.groups.leaveGroup(request, context),
}
