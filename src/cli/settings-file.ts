/**
 * Settings from a Java properties file or from stdin: the way for secrets, since arguments show in the list of processes
 * and in the history of shells.
 */
import { UsageError } from '../base/errors.ts'
import { parseProperties } from '../config/properties.ts'
import { readInput } from '../platform/input-file.ts'

/** Keys with values, in the order of the file; `-` reads stdin to its end. Throws MqError. */
export async function readSettings(path: string): Promise<{ key: string; value: string }[]> {
  const settings = Object.entries(parseProperties(await readInput(path)))
  const from = path === '-' ? 'stdin' : path
  if (settings.length === 0) throw new UsageError(`${from} has no setting`, 'one KEY=VALUE a line')
  const bare = settings.findIndex(([key]) => key === '')
  // The line is not shown: it may be a secret.
  if (bare >= 0) throw new UsageError(`setting ${bare + 1} of ${from} has no key`, 'one KEY=VALUE a line')
  return settings.map(([key, value]) => ({ key, value }))
}
