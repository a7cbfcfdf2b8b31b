/**
 * Records written straight into the bytes of their batch, with no object for each: for load generators, which send millions a
 * second. `PackedRecords` takes them while there is room; `PackedBatch` is what the producer sends, with the times at which
 * its records were handed over, so that a latency can be told for each of them.
 */
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../base/bytes.ts'
import { BATCH_OVERHEAD, type Compression } from '../protocol/records/batch.ts'
import { compress } from '../protocol/records/compression.ts'
import { decodeBatch, sealBatch } from '../protocol/records/record.ts'
import { Batch, type ProducerIdentity } from './producer-queue.ts'

/** Bytes somewhere in a larger buffer. */
export interface Slice {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Shorter pieces are copied byte by byte, which is quicker than a call. */
const CALL_BYTES_MIN = 256
/** What a record takes besides its key and value, at most. */
export const RECORD_BYTES_MAX = 32

/** Records of one batch, in its layout. */
export class PackedRecords {
  readonly buffer: Buffer
  /** Where the next record goes; the header's place is kept free. */
  position = BATCH_OVERHEAD
  count = 0
  /** Bytes of keys and values. */
  payloadBytes = 0
  baseTimestamp = 0
  maxTimestamp = 0
  /** Times on the clock of performance.now(), each with the number of records that were handed over then. */
  readonly times: number[] = []
  readonly counts: number[] = []

  constructor(capacityBytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(capacityBytes, BATCH_OVERHEAD + RECORD_BYTES_MAX))
  }

  /** Whether a record with so many bytes of key and value has room; the first one must be made room for by the capacity. */
  hasRoom(payloadBytes: number): boolean {
    return this.position + payloadBytes + RECORD_BYTES_MAX <= this.buffer.length
  }

  /** Writes one record, for which there is room. `timestamp`: ms since the epoch; `nowMs`: performance.now(). */
  add(key: Slice | null, value: Slice, timestamp: number, nowMs: number): void {
    if (this.count === 0) this.baseTimestamp = timestamp
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    const delta = timestamp - this.baseTimestamp
    const keyBytes = key === null ? 0 : key.end - key.start
    const valueBytes = value.end - value.start
    const body =
      1 +
      varlongSize(delta) +
      varintSize(this.count) +
      (key === null ? 1 : varintSize(keyBytes) + keyBytes) +
      varintSize(valueBytes) +
      valueBytes +
      1
    const target = this.buffer
    let at = writeVarint(target, this.position, body)
    target[at++] = 0
    at = writeVarlong(target, at, delta)
    at = writeVarint(target, at, this.count)
    if (key === null) at = writeVarint(target, at, -1)
    else at = copy(target, writeVarint(target, at, keyBytes), key, keyBytes)
    at = copy(target, writeVarint(target, at, valueBytes), value, valueBytes)
    target[at] = 0
    this.position = at + 1
    this.count++
    this.payloadBytes += keyBytes + valueBytes
    const last = this.times.length - 1
    if (last >= 0 && this.times[last] === nowMs) this.counts[last]!++
    else {
      this.times.push(nowMs)
      this.counts.push(1)
    }
  }

  /** Empty again, to be filled anew: only once nobody will read the bytes any more. */
  clear(): void {
    this.position = BATCH_OVERHEAD
    this.count = 0
    this.payloadBytes = 0
    this.maxTimestamp = 0
    this.times.length = 0
    this.counts.length = 0
  }
}

function copy(target: Buffer, at: number, { bytes, start, end }: Slice, length: number): number {
  if (length >= CALL_BYTES_MIN) bytes.copy(target, at, start, end)
  else for (let from = start, to = at; from < end; ) target[to++] = bytes[from++]!
  return at + length
}

/** A batch of packed records, in the order of its partition. */
export class PackedBatch extends Batch {
  readonly packed: PackedRecords
  #whole: Buffer | undefined

  /** `first`: the number of the first record in its partition. */
  constructor(first: number, packed: PackedRecords) {
    super(first, [], packed.position)
    this.packed = packed
  }

  override get count(): number {
    return this.packed.count
  }

  override get payloadBytes(): number {
    return this.packed.payloadBytes
  }

  override encode(compression: Compression, identity: ProducerIdentity | undefined): Buffer {
    this.#whole ??= this.#seal(compression, identity)
    return this.#whole
  }

  #seal(compression: Compression, identity: ProducerIdentity | undefined): Buffer {
    const { buffer, position, count, baseTimestamp, maxTimestamp } = this.packed
    const plain = buffer.subarray(0, position)
    const whole =
      compression === 'none'
        ? plain
        : Buffer.concat([plain.subarray(0, BATCH_OVERHEAD), compress(compression, plain.subarray(BATCH_OVERHEAD))])
    const order = identity === undefined ? {} : { ...identity, baseSequence: this.first % 2 ** 31 }
    sealBatch(
      whole,
      { compression, ...order },
      { baseOffset: 0, lastOffsetDelta: count - 1, baseTimestamp, maxTimestamp, recordCount: count },
    )
    return whole
  }

  override halves(): [PackedBatch, PackedBatch] {
    // Sealed without compression its records can be read back, whatever was sent.
    sealBatch(
      this.packed.buffer.subarray(0, this.packed.position),
      {},
      {
        baseOffset: 0,
        lastOffsetDelta: this.count - 1,
        baseTimestamp: this.packed.baseTimestamp,
        maxTimestamp: this.packed.maxTimestamp,
        recordCount: this.count,
      },
    )
    const records = decodeBatch(this.packed.buffer.subarray(0, this.packed.position))
    const times = this.packed.times.flatMap((time, index) => new Array<number>(this.packed.counts[index]!).fill(time))
    const middle = records.length >> 1
    const part = (from: number, to: number): PackedBatch => {
      const packed = new PackedRecords(this.packed.position)
      for (let i = from; i < to; i++) {
        const { key, value, timestamp } = records[i]!
        packed.add(key === null ? null : whole(key), whole(value ?? Buffer.alloc(0)), timestamp, times[i]!)
      }
      const half = new PackedBatch(this.first + from, packed)
      half.firstSentMs = this.firstSentMs
      return half
    }
    return [part(0, middle), part(middle, records.length)]
  }
}

function whole(bytes: Buffer): Slice {
  return { bytes, start: 0, end: bytes.length }
}
