/**
 * Facts about processes: is it alive, is it still the one that was started, what is it. The start token tells a process
 * from a later one that got the same pid, which is what makes it safe to signal a recorded pid. Never signals by itself.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Text that stays the same for the life of a process and differs for the next one on that pid; undefined when gone. */
export function processToken(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = linuxStat(pid)
    return stat === undefined || hasEnded(stat) ? undefined : `${bootId()}:${stat.startTicks}`
  }
  if (!answersSignalZero(pid)) return undefined
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' })
  const started = status === 0 ? stdout.trim() : ''
  return started === '' ? undefined : started
}

/** True while `pid` is the process that `token` was taken from. */
export function isSameProcess(pid: number, token: string): boolean {
  return processToken(pid) === token
}

/** What runs as `pid`, for messages: `java` or `nginx: master`; undefined when it cannot be told. */
export function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    if (process.platform === 'linux') return undefined
  }
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}

interface LinuxStat {
  readonly state: string
  readonly threads: number
  readonly startTicks: string
}

/**
 * A killed process shows as a zombie as soon as its first thread is gone; while others are still ending, its ports and files are
 * still held.
 */
function hasEnded({ state, threads }: LinuxStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1)
}

/** After the last `)` of /proc/PID/stat come field 3 (state) and on: 20 is the number of threads, 22 the start in ticks. */
function linuxStat(pid: number): LinuxStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, threads: Number(fields[17]), startTicks: fields[19]! }
  } catch {
    return undefined
  }
}

let boot: string | undefined

function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    boot = 'unknown-boot'
  }
  return boot
}

function answersSignalZero(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
