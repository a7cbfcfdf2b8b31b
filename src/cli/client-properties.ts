/**
 * What `-X` takes: a key that nearly is a client property is a slip and refused, since a security setting that is
 * silently passed over is worse than an error; any other unknown key gets a warning.
 */
import { UsageError } from '../base/errors.ts'
import { similarText } from '../base/similar.ts'
import { clientKeys } from '../config/client-keys.ts'

/** Settings below a listener's or a mechanism's name, which no table can list. */
const OPEN_PREFIX = /^(listener\.name\.|config\.providers\.|sasl\.oauthbearer\.|metric|interceptor)/

/** A remark about a key that no client knows; undefined for a good one. Throws UsageError for a slip. */
export function unknownProperty(key: string): string | undefined {
  if (clientKeys.includes(key) || OPEN_PREFIX.test(key)) return undefined
  const near = similarText(key, clientKeys)
  if (near !== undefined) throw new UsageError(`there is no client property ${key}`, `did you mean ${near}?`)
  return `-X ${key}: no Kafka client knows this property`
}
