/**
 * Tells when nobody reads a pipe any more although nothing is being written to it. Node polls a pipe only while a write waits,
 * so this looks under /proc who holds the reading end and whether they still do. Linux only; readers that cannot be seen
 * (another user's, another namespace's) are never taken for gone. Elsewhere the next write finds out.
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LOOK_MS = 100
const ACCESS_MODE = 0o3
const WRITE_ONLY = 0o1

/** A descriptor of a process, as /proc names it: `/proc/12/fd/0`. */
type Reader = string

/** Calls `onGone` once, some 200 ms after the last reader of the pipe `fd` has gone. Returns what ends the watch. */
export function watchPipeReaders(fd: number, onGone: () => void): () => void {
  const pipe = pipeName(fd)
  if (pipe === undefined) return () => {}
  // Looked for at once: a short output may be read, and its reader gone, before the first tick.
  let readers = readersOf(pipe)
  if (readers.length === 0) return () => {}
  let looks = 0
  const timer = setInterval(() => {
    if (readers.some((reader) => mayRead(reader, pipe))) {
      looks = 0
      return
    }
    // Those known are gone; they may have handed it on, and a process that begins is not to be seen for a moment.
    const left = readersOf(pipe)
    if (left.length > 0) {
      readers = left
      looks = 0
    } else if (++looks === 2) {
      clearInterval(timer)
      onGone()
    }
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** `pipe:[4711]`; undefined where the descriptor is no pipe or there is no /proc. */
function pipeName(fd: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return fstatSync(fd).isFIFO() ? readlinkSync(`/proc/self/fd/${fd}`) : undefined
  } catch {
    // A closed descriptor, or no /proc: nothing can be watched.
    return undefined
  }
}

/** Whether this descriptor is still the pipe, or can no longer be looked at although its process lives. */
function mayRead(reader: Reader, pipe: string): boolean {
  try {
    return readlinkSync(reader) === pipe
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

function readersOf(pipe: string): Reader[] {
  const found: Reader[] = []
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue
    for (const fd of list(`/proc/${pid}/fd`)) {
      if (link(`/proc/${pid}/fd/${fd}`) === pipe && canRead(pid, fd)) found.push(`/proc/${pid}/fd/${fd}`)
    }
  }
  return found
}

function canRead(pid: string, fd: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))
    return flags !== null && (Number.parseInt(flags[1]!, 8) & ACCESS_MODE) !== WRITE_ONLY
  } catch {
    // Its process ended meanwhile.
    return false
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // Another user's process, or one that ended.
    return []
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile.
    return undefined
  }
}
