/** kafka-dump-log for what stands beside a segment: offset, time and transaction indexes, and snapshots of producers. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { JavaError } from '../failures.ts'
import type { ShimIo } from '../tool.ts'
import { BatchFile } from './dump-log-file.ts'

export interface IndexOptions {
  readonly sanityOnly: boolean
  readonly verifyOnly: boolean
}

/** What does not agree with the log, told at the end of everything. */
export interface Mismatches {
  readonly index: Map<string, [number, number][]>
  readonly time: Map<string, [number, number][]>
  readonly order: Map<string, [number, number][]>
  readonly missing: Map<string, [number, number][]>
}

export const noMismatches = (): Mismatches => ({
  index: new Map(),
  time: new Map(),
  order: new Map(),
  missing: new Map(),
})

/** The first offset of a segment, from a file's name. Throws JavaError. */
export function baseOffsetOf(path: string): number {
  const name = basename(path).split('.')[0] ?? ''
  if (!/^\d+$/.test(name)) throw new JavaError('java.lang.NumberFormatException', `For input string: "${name}"`)
  return Number(name)
}

const logBeside = (path: string) => path.replace(/\.(time)?index$/, '.log')

const add = (to: Map<string, [number, number][]>, path: string, pair: [number, number]) =>
  to.set(path, [...(to.get(path) ?? []), pair])

const OFFSET_ENTRY = 8

/** Prints an offset index and compares it with the log. */
export function dumpIndex(path: string, options: IndexOptions, found: Mismatches, io: ShimIo): void {
  const base = baseOffsetOf(path)
  const bytes = readFileSync(path)
  if (bytes.length % OFFSET_ENTRY !== 0) throw corrupt('offset', path, `its size is not a multiple of ${OFFSET_ENTRY}`)
  if (options.sanityOnly) {
    io.stdout(`${path} passed sanity check.\n`)
    return
  }
  const log = existsSync(logBeside(path)) ? new BatchFile(logBeside(path)) : undefined
  try {
    for (let at = 0; at < bytes.length; at += OFFSET_ENTRY) {
      const [offset, position] = [base + bytes.readInt32BE(at), bytes.readInt32BE(at + 4)]
      const last = log?.header(position)?.lastOffset
      if (at > 0 && offset === base) return
      if (last !== undefined && last !== offset) add(found.index, resolve(path), [offset, last])
      if (!options.verifyOnly) io.stdout(`offset: ${offset} position: ${position}\n`)
    }
  } finally {
    log?.close()
  }
}

const TIME_ENTRY = 12

/** Prints a time index and compares it with the log. */
export function dumpTimeIndex(path: string, options: IndexOptions, found: Mismatches, io: ShimIo): void {
  const base = baseOffsetOf(path)
  const bytes = readFileSync(path)
  if (bytes.length % TIME_ENTRY !== 0) throw corrupt('time', path, `its size is not a multiple of ${TIME_ENTRY}`)
  if (options.sanityOnly) {
    checkLastTime(path, bytes)
    io.stdout(`${path} passed sanity check.\n`)
    return
  }
  const log = existsSync(logBeside(path)) ? new BatchFile(logBeside(path)) : undefined
  try {
    const batches = log === undefined ? [] : [...log.batches(log.bytes)].map(({ header }) => header)
    let [previous, next, highest] = [-1, 0, -1]
    for (let at = 0; at < bytes.length; at += TIME_ENTRY) {
      const [timestamp, offset] = [Number(bytes.readBigInt64BE(at)), base + bytes.readInt32BE(at + 8)]
      if (at > 0 && offset === base) return
      for (; next < batches.length && highest !== timestamp; next++) {
        highest = Math.max(highest, batches[next]!.maxTimestamp)
        if (batches[next]!.lastOffset >= offset) break
      }
      if (log !== undefined && highest !== timestamp) add(found.time, resolve(path), [timestamp, highest])
      if (previous >= timestamp) add(found.order, resolve(path), [timestamp, previous])
      if (!options.verifyOnly) io.stdout(`timestamp: ${timestamp} offset: ${offset}\n`)
      previous = timestamp
    }
  } finally {
    log?.close()
  }
}

function checkLastTime(path: string, bytes: Buffer): void {
  if (bytes.length < TIME_ENTRY) return
  const [first, last] = [Number(bytes.readBigInt64BE(0)), Number(bytes.readBigInt64BE(bytes.length - TIME_ENTRY))]
  if (last >= first) return
  throw corrupt(
    'time',
    path,
    `non-zero size but the last timestamp is ${last} which is less than the first timestamp ${first}`,
  )
}

function corrupt(kind: string, path: string, why: string): JavaError {
  return new JavaError(
    'org.apache.kafka.storage.internals.log.CorruptIndexException',
    `Corrupt ${kind} index found, ${kind} index file (${resolve(path)}) has ${why}`,
  )
}

const TXN_ENTRY = 34

/** Prints the aborted transactions of a segment. */
export function dumpTxnIndex(path: string, io: ShimIo): void {
  const bytes = readFileSync(path)
  for (let at = 0; at + TXN_ENTRY <= bytes.length; at += TXN_ENTRY) {
    const [producerId, first, last, stable] = [2, 10, 18, 26].map((place) => bytes.readBigInt64BE(at + place))
    io.stdout(
      `version: ${bytes.readInt16BE(at)} producerId: ${producerId} firstOffset: ${first} lastOffset: ${last} lastStableOffset: ${stable}\n`,
    )
  }
}

const SNAPSHOT_HEADER = 10
const SNAPSHOT_ENTRY = 46

/** Prints the producers that a snapshot knows: version, checksum, count, then 46 bytes for each. */
export function dumpProducerSnapshot(path: string, io: ShimIo): void {
  const bytes = readFileSync(path)
  const count = bytes.length < SNAPSHOT_HEADER ? 0 : bytes.readInt32BE(6)
  for (let index = 0; index < count; index++) {
    const at = SNAPSHOT_HEADER + index * SNAPSHOT_ENTRY
    if (at + SNAPSHOT_ENTRY > bytes.length) return
    const [lastSequence, offsetDelta, coordinatorEpoch] = [10, 22, 34].map((place) => bytes.readInt32BE(at + place))
    const [producerId, lastOffset, timestamp, firstOffset] = [0, 14, 26, 38].map((place) =>
      bytes.readBigInt64BE(at + place),
    )
    const open = firstOffset! < 0n ? 'OptionalLong.empty' : `OptionalLong[${firstOffset}]`
    io.stdout(
      `producerId: ${producerId} producerEpoch: ${bytes.readInt16BE(at + 8)} coordinatorEpoch: ${coordinatorEpoch} currentTxnFirstOffset: ${open} lastTimestamp: ${timestamp} ` +
        (lastSequence! >= 0
          ? `firstSequence: ${lastSequence! - offsetDelta!} lastSequence: ${lastSequence} lastOffset: ${lastOffset} offsetDelta: ${offsetDelta} timestamp: ${timestamp}`
          : '') +
        '\n',
    )
  }
}
