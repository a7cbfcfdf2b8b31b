/**
 * Rules of single keys that no bound or list of choices can say: the throttled replica lists of topics and where a
 * share group begins to read. Each gives the reason for a refusal, or undefined.
 */

/** `*`, or `partition:broker` pairs. */
export function throttledReplicasReason(value: unknown, name: string): string | undefined {
  const entries = value as readonly string[]
  if (entries.length === 0 || (entries.length === 1 && (entries[0] === '*' || entries[0] === ''))) return undefined
  if (entries.every((entry) => entry === '' || /^\d+:\d+$/.test(entry))) return undefined
  return (
    `${name} must be the literal '*' or a list of replicas in the following format: ` +
    '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
  )
}

const DURATION = /^P(?!$)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/i

/** `earliest`, `latest` or `by_duration:` with an ISO-8601 duration that is not negative. */
export function offsetResetReason(value: unknown, name: string): string | undefined {
  const given = value as string
  if (given === 'earliest' || given === 'latest') return undefined
  if (given.startsWith('by_duration:') && DURATION.test(given.slice('by_duration:'.length))) return undefined
  return (
    `Invalid value \`${given}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the ` +
    "format 'by_duration:<PnDTnHnMn.nS>'."
  )
}
