/**
 * Keeps the stack trace of a bug where a report can pick it up: `$MQ_HOME/crash/`, or the temporary directory when that
 * cannot be written. The file holds the stack, versions and nothing the user typed.
 */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDirectory } from '../platform/make-directory.ts'
import { mqHome } from '../platform/mq-home.ts'

/** Writes the trace and returns the path; undefined when no directory takes it. */
export function writeCrashFile(stack: string): string | undefined {
  const name = `crash-${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}.txt`
  const text = `node ${process.version} on ${process.platform} ${process.arch}\n${stack}\n`
  for (const directory of [join(mqHome(), 'crash'), tmpdir()]) {
    try {
      makeDirectory(directory)
      const path = join(directory, name)
      writeFileSync(path, text, { mode: 0o600 })
      return path
    } catch {
      // The next directory may do.
    }
  }
  return undefined
}
