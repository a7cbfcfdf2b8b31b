/**
 * One change of a cluster at a time: two `mq broker start` at once must not both spawn a node. The lock is a file that
 * appears complete (linked into place) and names its holder; a holder that is gone loses it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TimeoutError } from '../base/errors.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { isSameProcess, processToken } from '../platform/process-info.ts'
import { clusterDirectory, homeError } from './state.ts'

const RETRY_MS = 50

/** Runs `work` while holding the lock of cluster `name`; waits for another holder at most `waitMs`, then exit 5. */
export async function withClusterLock<T>(name: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const release = await acquire(name, waitMs)
  try {
    return await work()
  } finally {
    release()
  }
}

async function acquire(name: string, waitMs: number): Promise<() => void> {
  const directory = clusterDirectory(name)
  const path = join(directory, 'lock')
  const own = `${path}.${process.pid}.${process.hrtime.bigint()}`
  try {
    makeDirectory(directory)
    writeFileSync(own, JSON.stringify({ pid: process.pid, token: processToken(process.pid) ?? '' }), { mode: 0o600 })
  } catch (error) {
    throw homeError(path, error)
  }
  const deadlineMs = performance.now() + waitMs
  try {
    for (;;) {
      try {
        linkSync(own, path)
        return () => rmSync(path, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw homeError(path, error)
      }
      const holder = readHolder(path)
      if (holder !== undefined && !isSameProcess(holder.pid, holder.token)) {
        breakLock(path, `${own}.dead`, holder.pid)
        continue
      }
      if (performance.now() > deadlineMs) {
        throw new TimeoutError(
          `another mq command (pid ${holder?.pid ?? 'unknown'}) is changing cluster ${name}`,
          'try again when it has finished',
        )
      }
      await sleep(RETRY_MS)
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Takes a dead holder's lock out of the way. Of several that see the same dead holder one rename succeeds; when it
 * caught a lock that somebody took meanwhile, that lock is put back.
 */
function breakLock(path: string, aside: string, deadPid: number): void {
  try {
    renameSync(path, aside)
    if (readHolder(aside)?.pid !== deadPid) linkSync(aside, path)
  } catch {
    // Somebody else was faster; the next round sees whose lock it is.
  }
  rmSync(aside, { force: true })
}

function readHolder(path: string): { pid: number; token: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; token: string }
  } catch {
    return undefined
  }
}
