/**
 * One log file: `name`, and `name.yyyy-MM-dd-HH` for the hours before, as Kafka's own configuration rolls them; an hour
 * that fills the file is cut into `….1`, `….2`. The oldest go beyond a fixed number. Lines that cannot be written (a full
 * disk) are kept up to a bound, the newest of them, and every line that was written stands whole on a line of its own.
 */
import { closeSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const ROLLED_FILES_MAX = 72
const FILE_BYTES_MAX = 100 << 20
const WAITING_BYTES_MAX = 1 << 20

export class RollingFile {
  readonly #directory: string
  readonly #name: string
  readonly #bytesMax: number
  #descriptor: number | undefined
  #hour: string | undefined
  #bytes = 0
  #lines: string[] = []
  #lost = 0

  constructor(directory: string, name: string, bytesMax = FILE_BYTES_MAX) {
    this.#directory = directory
    this.#name = name
    this.#bytesMax = bytesMax
    this.#hour = hourOfExisting(this.#path)
  }

  get #path(): string {
    return join(this.#directory, this.#name)
  }

  /** Queues a line. */
  add(line: string, now: Date): void {
    const hour = hourOf(now)
    if (this.#hour !== hour) {
      if (this.#hour !== undefined) this.#roll(this.#hour)
      this.#hour = hour
    }
    this.#lines.push(line)
  }

  /** Writes what is queued; false when some of it has to wait. */
  flush(): boolean {
    if (this.#lines.length === 0) return true
    if (this.#lost > 0) {
      this.#lines.unshift(`[${stamp(new Date())}] WARN ${this.#lost} lines could not be written (kafka.Kafka)\n`)
      this.#lost = 0
    }
    let bytes = Buffer.from(this.#lines.join(''))
    let written = 0
    try {
      if (this.#open()) bytes = Buffer.concat([Buffer.from('\n'), bytes])
      while (written < bytes.length) written += writeSync(this.#descriptor!, bytes, written)
    } catch {
      // A full or broken disk is reported by the storage that depends on it; here the lines wait.
      this.#keep(bytes.subarray(bytes.subarray(0, written).lastIndexOf(0x0a) + 1))
      return false
    }
    this.#lines = []
    this.#bytes += bytes.length
    if (this.#bytes >= this.#bytesMax && this.#hour !== undefined) this.#roll(this.#hour)
    return true
  }

  /** What was not written as a whole line waits for another try; what is too much is dropped, the oldest first. */
  #keep(rest: Buffer): void {
    this.#lines = rest
      .toString()
      .split(/(?<=\n)/)
      .filter((line) => line.trim() !== '')
    let size = rest.length
    while (size > WAITING_BYTES_MAX) {
      size -= this.#lines.shift()!.length
      this.#lost += 1
    }
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** True when the file ends in the middle of a line. */
  #open(): boolean {
    if (this.#descriptor !== undefined) return false
    const descriptor = openSync(this.#path, 'a+')
    this.#descriptor = descriptor
    this.#bytes = statSync(this.#path).size
    const last = Buffer.alloc(1)
    return this.#bytes > 0 && readSync(descriptor, last, 0, 1, this.#bytes - 1) === 1 && last[0] !== 0x0a
  }

  close(): void {
    this.flush()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #roll(hour: string): void {
    this.close()
    try {
      const rolled = readdirSync(this.#directory).filter((entry) => entry.startsWith(`${this.#name}.`))
      renameSync(this.#path, join(this.#directory, this.#rolledName(hour, rolled)))
      const oldest = inOrder(rolled).slice(0, Math.max(0, rolled.length + 1 - ROLLED_FILES_MAX))
      for (const entry of oldest) rmSync(join(this.#directory, entry))
    } catch {
      // Without a rename the lines go on in the same file.
    }
    this.#bytes = 0
  }

  #rolledName(hour: string, rolled: readonly string[]): string {
    const base = `${this.#name}.${hour}`
    const same = inOrder(rolled.filter((name) => name === base || name.startsWith(`${base}.`)))
    const newest = same.at(-1)
    return newest === undefined ? base : `${base}.${Number(newest.slice(base.length + 1)) + 1}`
  }
}

/** Names of rolled files, the oldest first. */
export function inOrder(names: readonly string[]): string[] {
  return [...names].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

function hourOfExisting(path: string): string | undefined {
  try {
    return hourOf(statSync(path).mtime)
  } catch {
    return undefined
  }
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

function hourOf(at: Date): string {
  return `${day(at)}-${two(at.getHours())}`
}

/** `yyyy-MM-dd HH:mm:ss,SSS`, local time. */
export function stamp(at: Date): string {
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${ms}`
}
