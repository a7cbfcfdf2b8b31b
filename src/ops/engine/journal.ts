/**
 * The journal of one operation: a file that only grows, one entry a line (`CRC JSON`), each on stable storage before
 * `append` returns. A crash in the middle of an append leaves a torn last line, which is cut off when the journal is opened
 * again; damage anywhere else is an error, since what followed may have been done.
 */
import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from '../../base/disk.ts'
import { MqError } from '../../base/errors.ts'
import type { Json, Plan } from './plan.ts'

export type Outcome = 'done' | 'cancelled'

/** What can stand in a journal, in the order in which an operation writes it. */
export type JournalEntry =
  | { readonly type: 'begun'; readonly atMs: number; readonly operator: string; readonly plan: Plan }
  /** Written before the step changes anything; `before` is what undoing it needs, as it was before the first attempt. */
  | { readonly type: 'step'; readonly atMs: number; readonly step: string; readonly before: Json }
  | { readonly type: 'step-done'; readonly atMs: number; readonly step: string }
  | { readonly type: 'paused'; readonly atMs: number; readonly reason: string }
  | { readonly type: 'resumed'; readonly atMs: number; readonly operator: string }
  /** From here on steps are only undone. */
  | { readonly type: 'cancelling'; readonly atMs: number; readonly alsoDone: boolean }
  | { readonly type: 'step-undone'; readonly atMs: number; readonly step: string }
  /** What the step could not take away again; null: nothing is left of it. */
  | { readonly type: 'left'; readonly atMs: number; readonly step: string; readonly left: Json | null }
  | { readonly type: 'ended'; readonly atMs: number; readonly outcome: Outcome }

export class Journal {
  readonly #file: DiskFile
  readonly #entries: JournalEntry[]
  #endBytes: number

  private constructor(file: DiskFile, entries: JournalEntry[], endBytes: number) {
    this.#file = file
    this.#entries = entries
    this.#endBytes = endBytes
  }

  /** Opens or creates the journal for writing, and cuts off a torn tail. One writer at a time: the caller holds the lock. */
  static open(disk: Disk, directory: string): Journal {
    const path = journalPath(directory)
    const file = disk.open(path, 'create')
    try {
      const { entries, goodBytes } = parse(readAll(file), path)
      if (goodBytes < file.size()) {
        file.truncate(goodBytes)
        file.sync()
      }
      disk.syncDirectory(directory)
      return new Journal(file, entries, goodBytes)
    } catch (error) {
      file.close()
      throw error
    }
  }

  /** The entries of a journal that somebody else may be writing; a torn tail counts as not there. */
  static read(disk: Disk, directory: string): JournalEntry[] {
    const path = journalPath(directory)
    return disk.stat(path) === undefined ? [] : parse(disk.readFile(path), path).entries
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  /** Returns when the entry is on stable storage. After a failure nothing may be appended: the operation has to stop. */
  append(entry: JournalEntry): void {
    const line = encode(entry)
    this.#file.write(this.#endBytes, [line])
    this.#file.sync()
    this.#endBytes += line.length
    this.#entries.push(entry)
  }

  close(): void {
    this.#file.close()
  }
}

function journalPath(directory: string): string {
  return `${directory}/journal`
}

function encode(entry: JournalEntry): Buffer {
  const text = JSON.stringify(entry)
  return Buffer.from(`${checksum(text)} ${text}\n`)
}

function checksum(text: string | Buffer): string {
  return crc32(text).toString(16).padStart(8, '0')
}

function readAll(file: DiskFile): Buffer {
  const content = Buffer.alloc(file.size())
  return content.subarray(0, file.read(0, content, 0, content.length))
}

function parse(content: Buffer, path: string): { entries: JournalEntry[]; goodBytes: number } {
  const entries: JournalEntry[] = []
  let position = 0
  while (position < content.length) {
    const end = content.indexOf(10, position)
    const entry = end < 0 ? undefined : decode(content.subarray(position, end))
    if (entry === undefined) {
      if (holdsEntry(content, end)) {
        throw new MqError('MQ_JOURNAL', `${path} is damaged in the middle, after ${position} bytes`, {
          hint: 'what was done stands on the cluster: compare it with the plan beside the journal',
        })
      }
      break
    }
    entries.push(entry)
    position = end + 1
  }
  return { entries, goodBytes: position }
}

/** Whether a whole entry stands after a line that is none: then that line is not a torn tail. */
function holdsEntry(content: Buffer, from: number): boolean {
  for (let end = from; end >= 0 && end + 1 < content.length; ) {
    const next = content.indexOf(10, end + 1)
    if (next < 0) return false
    if (decode(content.subarray(end + 1, next)) !== undefined) return true
    end = next
  }
  return false
}

function decode(line: Buffer): JournalEntry | undefined {
  const text = line.subarray(9)
  if (line.length < 10 || line.subarray(0, 8).toString('latin1') !== checksum(text)) return undefined
  return JSON.parse(text.toString()) as JournalEntry
}
