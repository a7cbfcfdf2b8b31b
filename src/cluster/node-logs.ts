/**
 * The lines of a node's logs, the last N and then what is added: Kafka's format, one entry being a line and the stack
 * lines below it. Follows through rotation (a smaller or replaced file is read from its start).
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOG_LEVELS, type LogLevel } from '../base/log.ts'
import { inOrder } from '../platform/rolling-file.ts'

const TAIL_BYTES = 8 << 20
const CHUNK_BYTES = 64 << 10
const POLL_MS = 200
const ENTRY_START = /^\[[^\]]+\] (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) /

/** Keeps the entries of `level` and above; lines that continue an entry (stack traces) share its fate. */
export class LevelFilter {
  private passing: boolean
  private readonly least: number

  constructor(level: LogLevel | undefined) {
    this.least = level === undefined ? 0 : LOG_LEVELS.indexOf(level)
    this.passing = this.least === 0
  }

  keeps(line: string): boolean {
    const start = ENTRY_START.exec(line)
    if (start !== null) this.passing = LOG_LEVELS.indexOf(start[1] as LogLevel) >= this.least
    return this.passing
  }
}

/** The last `count` lines that pass, from the last 8 MiB of the file, and the position after them. */
export function lastLines(path: string, count: number, filter: LevelFilter): { lines: string[]; position: number } {
  const file = openSync(path, 'r')
  try {
    const sizeBytes = fstatSync(file).size
    const from = Math.max(0, sizeBytes - TAIL_BYTES)
    const buffer = Buffer.alloc(sizeBytes - from)
    const got = readSync(file, buffer, 0, buffer.length, from)
    const end = buffer.lastIndexOf(0x0a, got - 1) + 1
    const lines = end === 0 ? [] : buffer.toString('utf8', 0, end - 1).split('\n')
    if (from > 0) lines.shift()
    const passing = lines.filter((line) => filter.keeps(line))
    return { lines: count === 0 ? [] : passing.slice(-count), position: from + end }
  } finally {
    closeSync(file)
  }
}

/**
 * The last `count` lines of `level` and above, from the file and, as far as it has too few, from the rolled ones before it;
 * and the position after the file's last line.
 */
export function lastLinesWithRolled(
  path: string,
  count: number,
  level: LogLevel | undefined,
): { lines: string[]; position: number } {
  const newest = lastLines(path, count, new LevelFilter(level))
  let { lines } = newest
  for (const rolled of rolledFiles(path).reverse()) {
    if (lines.length >= count) break
    try {
      lines = [...lastLines(rolled, count - lines.length, new LevelFilter(level)).lines, ...lines]
    } catch {
      // It was removed as too old between the two looks.
    }
  }
  return { lines, position: newest.position }
}

/** The rolled files of a log, the oldest first. */
function rolledFiles(path: string): string[] {
  const name = basename(path)
  const rolled = readdirSync(dirname(path)).filter((entry) => entry.startsWith(`${name}.`))
  return inOrder(rolled).map((entry) => join(dirname(path), entry))
}

/** Yields whole lines as they are written after `position`, until `signal` aborts. */
export async function* followLines(path: string, position: number, signal: AbortSignal): AsyncGenerator<string> {
  const followed = new FollowedFile(path, position)
  try {
    while (!signal.aborted) {
      const lines = followed.next()
      // Ended by the signal, the sleep rejects; the loop sees the signal itself.
      if (lines === undefined) await sleep(POLL_MS, undefined, { signal }).catch(() => {})
      else yield* lines
    }
  } finally {
    followed.close()
  }
}

/** A file that is read on. It stays open: what was written right before it was rolled is still read from it. */
class FollowedFile {
  private readonly path: string
  private file: number | undefined
  private position: number
  /** The beginning of a line that is not finished. */
  private rest: Buffer = Buffer.alloc(0)

  constructor(path: string, position: number) {
    this.path = path
    this.position = position
    this.open()
  }

  /** The lines of the next piece, possibly none yet; undefined when there is nothing more for now. */
  next(): string[] | undefined {
    if (this.file === undefined && !this.open()) return undefined
    const file = this.file!
    const { size, ino } = fstatSync(file)
    if (size < this.position) this.beginAt(0)
    if (size > this.position) return this.read(file, size)
    const current = inodeOf(this.path)
    if (current === undefined || current === ino) return undefined
    // Rolled, and read to its end.
    this.close()
    this.beginAt(0)
    return []
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }

  private open(): boolean {
    try {
      this.file = openSync(this.path, 'r')
      return true
    } catch {
      // Between the end of one file and the beginning of the next there is none.
      return false
    }
  }

  private beginAt(position: number): void {
    this.position = position
    this.rest = Buffer.alloc(0)
  }

  private read(file: number, sizeBytes: number): string[] {
    const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, sizeBytes - this.position))
    const got = readSync(file, buffer, 0, buffer.length, this.position)
    this.position += got
    // Cut at a newline, so that no character is split.
    const bytes = Buffer.concat([this.rest, buffer.subarray(0, got)])
    const end = bytes.lastIndexOf(0x0a) + 1
    this.rest = bytes.subarray(end)
    return end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n')
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}
