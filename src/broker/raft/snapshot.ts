/**
 * Snapshots of the metadata log (`<end offset>-<epoch>.checkpoint`) and the bootstrap files, which have the same form: a
 * control batch with the header (and in dynamic quorums kraft.version and voters), data batches, a control batch with
 * the footer. A file without its footer is incomplete and refused.
 */
import { MqError } from '../../base/errors.ts'
import { eachBatch } from '../../protocol/records/batch.ts'
import { decodeBatch, encodeBatch } from '../../protocol/records/record.ts'
import { type SnapshotFrameRecord, controlBatch, quorumControlRecord } from './control-batch.ts'
import type { OffsetAndEpoch } from './log.ts'
import type { ControlRecord } from './messages.ts'
import type { VoterSet } from './voters.ts'

const RECORDS_PER_BATCH = 1024

export interface SnapshotContents {
  /** Append time of the last record that the snapshot stands for; 0 in bootstrap files. */
  readonly lastContainedLogTimestamp: number
  /** 0 or absent: static quorum, nothing is written about voters. */
  readonly kraftVersion?: number
  readonly voters?: VoterSet
  readonly values: Iterable<Buffer>
}

export interface Snapshot {
  readonly lastContainedLogTimestamp: number
  readonly kraftVersion: number
  readonly voters: VoterSet | undefined
  readonly values: Buffer[]
}

/** `timestampMs` is put on every batch; offsets inside the file count from 0, as Kafka's do. */
export function encodeSnapshot(contents: SnapshotContents, place: { epoch: number; timestampMs: number }): Buffer {
  const { epoch, timestampMs } = place
  const header: (ControlRecord | SnapshotFrameRecord)[] = [
    { type: 'snapshotHeader', lastContainedLogTimestamp: contents.lastContainedLogTimestamp },
  ]
  if (contents.kraftVersion !== undefined && contents.kraftVersion > 0) {
    header.push({ type: 'kraftVersion', version: contents.kraftVersion })
    if (contents.voters !== undefined) header.push({ type: 'voters', voters: contents.voters })
  }
  const batches = [controlBatch(header, { baseOffset: 0, epoch, timestampMs })]
  let offset = header.length
  let pending: Buffer[] = []
  const flush = () => {
    if (pending.length === 0) return
    const records = pending.map((value) => ({ timestamp: timestampMs, key: null, value }))
    batches.push(encodeBatch({ baseOffset: offset, partitionLeaderEpoch: epoch }, records))
    offset += pending.length
    pending = []
  }
  for (const value of contents.values) {
    pending.push(value)
    if (pending.length === RECORDS_PER_BATCH) flush()
  }
  flush()
  batches.push(controlBatch([{ type: 'snapshotFooter' }], { baseOffset: offset, epoch, timestampMs }))
  return Buffer.concat(batches)
}

/** Reads a snapshot; throws MqError naming `path` when it is damaged or incomplete. */
export function decodeSnapshot(bytes: Buffer, path: string): Snapshot {
  let lastContainedLogTimestamp: number | undefined
  let kraftVersion = 0
  let voters: VoterSet | undefined
  let complete = false
  let end = 0
  const values: Buffer[] = []
  try {
    for (const { header, position } of eachBatch(bytes)) {
      end = position + header.sizeBytes
      for (const record of decodeBatch(bytes.subarray(position, end))) {
        if (!header.isControl) {
          if (record.value !== null) values.push(record.value)
          continue
        }
        const control = quorumControlRecord(record)
        if (control?.type === 'snapshotHeader') lastContainedLogTimestamp = control.lastContainedLogTimestamp
        else if (control?.type === 'snapshotFooter') complete = true
        else if (control?.type === 'kraftVersion') kraftVersion = control.version
        else if (control?.type === 'voters') voters = control.voters
      }
    }
  } catch (cause) {
    throw new MqError('MQ_SNAPSHOT', `${path} is damaged`, { cause })
  }
  if (lastContainedLogTimestamp === undefined || !complete || end !== bytes.length) {
    throw new MqError('MQ_SNAPSHOT', `${path} is not a complete snapshot`)
  }
  return { lastContainedLogTimestamp, kraftVersion, voters, values }
}

/** `00000000000000000123-0000000004.checkpoint` */
export function snapshotFileName(id: OffsetAndEpoch): string {
  return `${String(id.offset).padStart(20, '0')}-${String(id.epoch).padStart(10, '0')}.checkpoint`
}

/** The id in a file's name; undefined for names that are no snapshot's. */
export function parseSnapshotFileName(name: string): OffsetAndEpoch | undefined {
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
  return match === null ? undefined : { offset: Number(match[1]), epoch: Number(match[2]) }
}
