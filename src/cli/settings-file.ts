/**
 * Settings from a Java properties file or from stdin: the way for secrets, since arguments show in the list of processes
 * and in the history of shells.
 */
import { readFile } from 'node:fs/promises'
import { UsageError } from '../base/errors.ts'
import { parseProperties } from '../config/properties.ts'

/** Keys with values, in the order of the file; `-` reads stdin to its end. Throws UsageError. */
export async function readSettings(path: string): Promise<{ key: string; value: string }[]> {
  const settings = Object.entries(parseProperties(path === '-' ? await readStdin() : await readText(path)))
  const from = path === '-' ? 'stdin' : path
  if (settings.length === 0) throw new UsageError(`${from} has no setting`, 'one KEY=VALUE a line')
  const bare = settings.findIndex(([key]) => key === '')
  // The line is not shown: it may be a secret.
  if (bare >= 0) throw new UsageError(`setting ${bare + 1} of ${from} has no key`, 'one KEY=VALUE a line')
  return settings.map(([key, value]) => ({ key, value }))
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'error'}`)
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}
