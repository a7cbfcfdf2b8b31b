/**
 * Kafka's checkpoint files: a version, a count, one line per entry. Offset checkpoints hold `topic partition offset`,
 * the leader epoch checkpoint `epoch startOffset`. An empty file is a checkpoint without entries.
 */
import type { Disk } from '../../base/disk.ts'
import { MqError } from '../../base/errors.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import { readFileIfPresent, replaceFile } from './atomic-file.ts'

const VERSION = 0

/** A checkpoint file that cannot be read as one. */
export class CheckpointError extends MqError {
  constructor(path: string, reason: string) {
    super('MQ_CHECKPOINT', `${path} is damaged: ${reason}`)
  }
}

function readLines(disk: Disk, path: string): string[][] {
  const text = readFileIfPresent(disk, path)?.toString('utf8') ?? ''
  if (text.length === 0) return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines[0] !== String(VERSION)) throw new CheckpointError(path, `version '${lines[0]}'`)
  const entries = lines.slice(2).map((line) => line.split(/\s+/))
  if (lines[1] !== String(entries.length)) {
    throw new CheckpointError(path, `${entries.length} entries where '${lines[1]}' are announced`)
  }
  return entries
}

function renderLines(lines: readonly string[]): string {
  return `${VERSION}\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`
}

function integer(path: string, text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) throw new CheckpointError(path, `'${text}' is not a number`)
  return Number(text)
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/** Offsets by `partitionKey`; empty when the file is missing. Throws CheckpointError when it is damaged. */
export function readOffsetCheckpoint(disk: Disk, path: string): Map<string, number> {
  const offsets = new Map<string, number>()
  for (const entry of readLines(disk, path)) {
    if (entry.length !== 3) throw new CheckpointError(path, `line '${entry.join(' ')}'`)
    offsets.set(partitionKey(entry[0]!, integer(path, entry[1])), integer(path, entry[2]))
  }
  return offsets
}

export function renderOffsetCheckpoint(offsets: readonly PartitionOffset[]): string {
  return renderLines(offsets.map((each) => `${each.topic} ${each.partition} ${each.offset}`))
}

export function writeOffsetCheckpoint(
  disk: Disk,
  directory: string,
  name: string,
  offsets: readonly PartitionOffset[],
  options: { sync: boolean },
): void {
  replaceFile(disk, directory, name, renderOffsetCheckpoint(offsets), options)
}

export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** Entries in file order. Throws CheckpointError when the file is damaged or its entries do not rise. */
export function readEpochCheckpoint(disk: Disk, path: string): EpochStart[] {
  const entries = readLines(disk, path).map((entry) => {
    if (entry.length !== 2) throw new CheckpointError(path, `line '${entry.join(' ')}'`)
    return { epoch: integer(path, entry[0]), startOffset: integer(path, entry[1]) }
  })
  for (let index = 1; index < entries.length; index++) {
    const before = entries[index - 1]!
    const entry = entries[index]!
    if (entry.epoch <= before.epoch || entry.startOffset < before.startOffset) {
      throw new CheckpointError(path, `epoch ${entry.epoch} does not follow ${before.epoch}`)
    }
  }
  return entries
}

export function renderEpochCheckpoint(entries: readonly EpochStart[]): string {
  return renderLines(entries.map((entry) => `${entry.epoch} ${entry.startOffset}`))
}
