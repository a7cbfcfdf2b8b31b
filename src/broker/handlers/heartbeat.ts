/** Heartbeat, versions 0 to 4: staying a member. The group coordinator has all of it. */
import type { Handler } from './context.ts'

export const heartbeatHandler: Handler<'Heartbeat'> = {
  handle: (request, context, services) => services.groups.heartbeat(request, context),
}
