/** UpdateFeatures (57), versions 0 to 2: decided by the controller. */
import type { Handler } from './context.ts'
import { forwarded } from './forward.ts'

export const updateFeaturesHandler: Handler<'UpdateFeatures'> = forwarded('UpdateFeatures', (_request, error) => error)
