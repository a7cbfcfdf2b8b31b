/** UnregisterBroker (64), version 0: the controller forgets a broker, which is to be down. */
import type { Handler } from './context.ts'
import { forwarded } from './forward.ts'

export const unregisterBrokerHandler: Handler<'UnregisterBroker'> = forwarded(
  'UnregisterBroker',
  (_request, error) => error,
)
