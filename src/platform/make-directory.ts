/**
 * Makes a directory and what is missing above it. Node's own recursive form never returns where the file system refuses
 * new entries with ENOENT (`/proc`), so the way up is walked here, one step at a time.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Returns when `path` is a directory. Throws the system's error otherwise (EEXIST: it is a file). */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
    return
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || existsSync(parent)) throw error
    makeDirectory(parent)
  }
  mkdirSync(path)
}
