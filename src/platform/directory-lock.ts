/**
 * Kafka's `.lock` without `flock`, which Node does not have. The holder writes its process id and start time into the
 * file; who comes later asks the system whether that very process still runs. A stale entry is taken over under a second
 * file that can only be created by one. A running Apache Kafka is seen by its POSIX lock in `/proc/locks` where the
 * system has it; Kafka, in turn, does not see ours.
 */
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { type DirectoryLock, DiskError } from '../base/disk.ts'

interface Owner {
  readonly pid: number
  /** Clock ticks since boot at its start; empty where the system does not tell. */
  readonly started: string
}

/** Directories that this process holds: one set for all copies of this module in it. */
const HELD = Symbol.for('mq.locked-directories')
const registry = globalThis as { [HELD]?: Set<string> }
registry[HELD] ??= new Set()
const held = registry[HELD]

/** Takes the lock; throws DiskError ELOCKED, naming the owner, when it is held. */
export function lockDirectory(directory: string): DirectoryLock {
  const path = `${realpathSync(directory)}/.lock`
  if (held.has(path)) throw lockedBy(directory, `this process (${process.pid})`)
  closeSync(openSync(path, 'a'))
  const foreign = posixLockOwner(path)
  if (foreign !== undefined) throw lockedBy(directory, foreign)
  withTakeover(path, directory, () => {
    const owner = readOwner(path)
    if (owner !== undefined && isRunning(owner)) throw lockedBy(directory, `process ${owner.pid}`)
    writeFileSync(path, render(self()))
  })
  held.add(path)
  return {
    release: () => {
      if (!held.delete(path)) return
      // Only our own entry: the directory may have been taken over by force.
      if (existsSync(path) && readOwner(path)?.pid === process.pid) writeFileSync(path, '')
    },
  }
}

function lockedBy(directory: string, owner: string): DiskError {
  return new DiskError('lock', directory, 'ELOCKED', {
    hint: `${owner} uses the directory; stop it first, or give this node another directory`,
    cause: new Error(`held by ${owner}`),
  })
}

function self(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '' }
}

function render(owner: Owner): string {
  return `${owner.pid} ${owner.started}\n`
}

function readOwner(path: string): Owner | undefined {
  const match = /^(\d+) (\d*)\n$/.exec(readFileSync(path, 'utf8'))
  return match === null ? undefined : { pid: Number(match[1]), started: match[2]! }
}

/** Whether the process that wrote the entry still runs: the same id and, where known, the same start. */
function isRunning(owner: Owner): boolean {
  // What this process holds is in `held`: an entry with its id is from an earlier process that had the same.
  if (owner.pid === process.pid) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (isDefunct(owner.pid)) return false
  const started = startOf(owner.pid)
  return started === undefined || owner.started === '' || started === owner.started
}

/** Ended, and only not yet waited for by its parent: in a container nobody may ever do that. */
function isDefunct(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** Field 22 of `/proc/<pid>/stat`; undefined where there is no such file. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; it is field 2.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Runs `work` while no other process can be doing the same for this lock. */
function withTakeover(path: string, directory: string, work: () => void): void {
  const guard = `${path}.takeover`
  const mine = `${path}.${process.pid}`
  try {
    writeFileSync(mine, render(self()))
    linkExclusively(mine, guard, directory)
    try {
      work()
    } finally {
      unlinkSync(guard)
    }
  } finally {
    // On a full disk it may be there without a byte in it, or not at all.
    rmSync(mine, { force: true })
  }
}

function linkExclusively(mine: string, guard: string, directory: string): void {
  for (let tries = 0; ; tries += 1) {
    try {
      linkSync(mine, guard)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    let owner: Owner | undefined
    try {
      owner = readOwner(guard)
    } catch {
      continue
    }
    if (tries > 2 || (owner !== undefined && isRunning(owner))) {
      throw lockedBy(directory, owner === undefined ? 'another process' : `process ${owner.pid}, which is starting,`)
    }
    // Its owner died between two system calls.
    try {
      unlinkSync(guard)
    } catch {
      // Somebody else was faster; the next try tells who.
    }
  }
}

/** Who holds a POSIX lock on the file, as Apache Kafka does; undefined when nobody does or the system does not tell. */
function posixLockOwner(path: string): string | undefined {
  let table: string
  try {
    table = readFileSync('/proc/locks', 'utf8')
  } catch {
    return undefined
  }
  const { ino, dev } = statSync(path)
  const device = deviceText(dev)
  for (const line of table.split('\n')) {
    const match = /POSIX\s+\S+\s+WRITE\s+(-?\d+)\s+([0-9a-f]+:[0-9a-f]+):(\d+)/.exec(line)
    if (match === null || Number(match[3]) !== ino) continue
    const pid = Number(match[1])
    if (match[2] !== device && !hasOpen(pid, path)) continue
    return pid > 0 ? `process ${pid} (${commandOf(pid)})` : 'a process outside of this container'
  }
  return undefined
}

/** Device numbers as `/proc/locks` prints them: `08:01`. */
function deviceText(dev: number): string {
  const major = Math.floor(dev / 256) & 0xfff
  const minor = (dev & 0xff) | (Math.floor(dev / 0x100000) << 8)
  return `${major.toString(16).padStart(2, '0')}:${minor.toString(16).padStart(2, '0')}`
}

/** Some file systems give `stat` another device number than the lock table: then the open files decide. */
function hasOpen(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === path
      } catch {
        return false
      }
    })
  } catch {
    return false
  }
}

function commandOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.some((word) => word === 'kafka.Kafka') ? 'Apache Kafka' : (words[0]?.split('/').at(-1) ?? 'unknown')
  } catch {
    return 'unknown'
  }
}
