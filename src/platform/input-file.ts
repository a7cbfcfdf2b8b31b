/**
 * Text that the user names by a path: `-` is stdin, read to its end. Whatever command it is for, a file that cannot be read
 * is said in the same words and is the same failure.
 */
import { readFileSync } from 'node:fs'
import { MqError } from '../base/errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'no permission',
  EISDIR: 'it is a directory',
}

export function cannotRead(path: string, cause: unknown, code = 'MQ_INPUT'): MqError {
  const { code: reason, message } = cause as NodeJS.ErrnoException
  return new MqError(code, `cannot read ${path}: ${REASONS[reason ?? ''] ?? message}`, { cause })
}

/** The whole of a file. Throws MqError with `code`. */
export function readTextFile(path: string, code?: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw cannotRead(path, error, code)
  }
}

/** The whole of a file, or of stdin. */
export async function readInput(path: string): Promise<string> {
  if (path !== '-') return readTextFile(path)
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}
