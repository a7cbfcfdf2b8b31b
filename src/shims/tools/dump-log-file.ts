/**
 * kafka-dump-log for files of records: segments and snapshots of the metadata log. Reads piece by piece, so that large segments cost
 * no memory; a line for each batch, and for each record where that is asked for.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { BATCH_OVERHEAD, type BatchHeader, checkBatchCrc, readBatchHeader } from '../../protocol/records/batch.ts'
import { decodeBatch, type KafkaRecord } from '../../protocol/records/record.ts'
import type { ShimIo } from '../tool.ts'
import { controlText, type Decoder } from './dump-decoders.ts'

export interface DumpOptions {
  readonly deep: boolean
  /** Undefined: keys and values are not printed. */
  readonly decoder: Decoder | undefined
  readonly skipMetadata: boolean
  readonly maxBytes: number
}

/** A file whose batches are read one after the other. */
export class BatchFile {
  readonly path: string
  readonly bytes: number
  readonly #fd: number

  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, 'r')
    this.bytes = fstatSync(this.#fd).size
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** The header of the batch at `position`; undefined where there is none. */
  header(position: number): BatchHeader | undefined {
    const bytes = this.#read(position, BATCH_OVERHEAD)
    if (bytes.length < BATCH_OVERHEAD) return undefined
    try {
      return readBatchHeader(bytes, 0)
    } catch {
      // What is no batch ends the file, as far as a reader is concerned.
      return undefined
    }
  }

  batch(position: number, header: BatchHeader): Buffer {
    return this.#read(position, header.sizeBytes)
  }

  /** Batches that lie whole before `end`. */
  *batches(end: number): Generator<{ position: number; header: BatchHeader }, void, undefined> {
    for (let position = 0; ; ) {
      const header = this.header(position)
      if (header === undefined || position + header.sizeBytes > Math.min(end, this.bytes)) return
      yield { position, header }
      position += header.sizeBytes
    }
  }

  #read(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.bytes - position)))
    const count = buffer.length === 0 ? 0 : readSync(this.#fd, buffer, 0, buffer.length, position)
    return buffer.subarray(0, count)
  }
}

/** Offsets that do not follow each other, by file. */
export type Gaps = Map<string, [number, number][]>

/** Prints a segment or a snapshot. */
export function dumpLog(path: string, options: DumpOptions, gaps: Gaps, io: ShimIo): void {
  const file = new BatchFile(path)
  try {
    io.stdout(`${startOf(basename(path))}\n`)
    let lastOffset = -1
    let end = 0
    for (const { position, header } of file.batches(options.maxBytes)) {
      const batch = file.batch(position, header)
      io.stdout(`${batchLine(header, position, checkBatchCrc(batch, 0))}\n`)
      end = position + header.sizeBytes
      if (!options.deep) continue
      decodeBatch(batch).forEach((record, index) => {
        if (lastOffset >= 0 && record.offset !== lastOffset + 1) {
          gaps.set(path, [...(gaps.get(path) ?? []), [lastOffset, record.offset]])
        }
        lastOffset = record.offset
        io.stdout(`${recordLine(record, index, header, options)}\n`)
      })
    }
    const rest = file.bytes - end
    if (rest > 0 && options.maxBytes >= file.bytes)
      io.stdout(`Found ${rest} invalid bytes at the end of ${basename(path)}\n`)
  } finally {
    file.close()
  }
}

function startOf(name: string): string {
  if (name === 'bootstrap.checkpoint') return 'KRaft bootstrap snapshot'
  const [, offset, epoch] = /^(\d+)-(\d+)\.checkpoint$/.exec(name) ?? []
  if (offset !== undefined) return `Snapshot end offset: ${Number(offset)}, epoch: ${Number(epoch)}`
  return `Log starting offset: ${Number(name.slice(0, name.indexOf('.')))}`
}

function batchLine(header: BatchHeader, position: number, isValid: boolean): string {
  const { baseSequence, lastOffsetDelta } = header
  const lastSequence = baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta) % 2 ** 31
  const horizon = header.hasDeleteHorizon ? `OptionalLong[${header.baseTimestamp}]` : 'OptionalLong.empty'
  const parts: [string, string | number | boolean][] = [
    ['baseOffset', header.baseOffset],
    ['lastOffset', header.lastOffset],
    ['count', header.recordCount],
    ['baseSequence', baseSequence],
    ['lastSequence', lastSequence],
    ['producerId', header.producerId],
    ['producerEpoch', header.producerEpoch],
    ['partitionLeaderEpoch', header.partitionLeaderEpoch],
    ['isTransactional', header.isTransactional],
    ['isControl', header.isControl],
    ['deleteHorizonMs', horizon],
    ['position', position],
    [header.timestampType, header.maxTimestamp],
    ['size', header.sizeBytes],
    ['magic', header.magic],
    ['compresscodec', header.compression],
    ['crc', header.crc],
    ['isvalid', isValid],
  ]
  return parts.map(([name, value]) => `${name}: ${value}`).join(' ')
}

function recordLine(record: KafkaRecord, index: number, header: BatchHeader, options: DumpOptions): string {
  const parts: string[] = []
  if (!options.skipMetadata) {
    const { baseSequence } = header
    parts.push(`offset: ${record.offset} ${header.timestampType}: ${record.timestamp}`)
    parts.push(`keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}`)
    parts.push(`sequence: ${baseSequence < 0 ? -1 : (baseSequence + index) % 2 ** 31}`)
    parts.push(`headerKeys: [${record.headers.map(({ key }) => key).join(',')}]`)
    if (header.isControl) parts.push(controlText(record))
  }
  if (options.decoder !== undefined && !header.isControl) {
    const { key, payload } = options.decoder(record)
    if (key !== undefined) parts.push(`key: ${key}`)
    if (payload !== undefined) parts.push(`payload: ${payload}`)
  }
  return parts.length === 0 ? '' : `| ${parts.join(' ')}`
}
