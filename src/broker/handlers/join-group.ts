/** JoinGroup, versions 0 to 9: becoming a member of a group. The group coordinator has all of it. */
import type { Handler } from './context.ts'

export const joinGroupHandler: Handler<'JoinGroup'> = {
  handle: (request, context, services) => services.groups.joinGroup(request, context),
}
