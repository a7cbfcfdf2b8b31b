/** ElectLeaders (43), versions 0 to 2: decided by the controller. Version 0 knows preferred leaders only. */
import type { Handler } from './context.ts'
import { forwarded } from './forward.ts'

export const electLeadersHandler: Handler<'ElectLeaders'> = forwarded('ElectLeaders', (_request, { errorCode }) => ({
  errorCode,
}))
