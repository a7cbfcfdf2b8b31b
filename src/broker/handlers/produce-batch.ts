/**
 * The checks of a produce request on its record bytes that need no log: exactly one batch of format 2, a codec that the
 * request's version may carry, no control records. Reads a few fixed fields of the batch header in place.
 */
import { ApiError } from '../../protocol/errors.ts'

const LENGTH_AT = 8
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
/** Base offset and length: what stands before the bytes that the length counts. */
const LOG_OVERHEAD_BYTES = 12
const HEADER_TO_MAGIC_BYTES = 17
/** A length below this is not even a record of the oldest format. */
const RECORD_MIN_BYTES = 14
const CURRENT_MAGIC = 2
const CODEC_MASK = 0x07
const ZSTD = 4
const TRANSACTIONAL = 0x10
const FIRST_VERSION_WITH_ZSTD = 7

/** The one batch of a partition's records; throws the error for the client. Bytes behind it that are no batch are left. */
export function batchOf(
  records: Buffer | null,
  request: { readonly version: number; readonly transactionalId: string | null },
): Buffer {
  const sizeBytes = records === null ? undefined : batchSizeAt(records, 0)
  if (records === null || sizeBytes === undefined) {
    throw new ApiError('INVALID_RECORD', 'a produce request must have a record batch for each partition')
  }
  if (records[MAGIC_AT] !== CURRENT_MAGIC) {
    throw new ApiError('INVALID_RECORD', `record batches must have magic ${CURRENT_MAGIC}, not ${records[MAGIC_AT]}`)
  }
  const attributes = records.readInt16BE(ATTRIBUTES_AT)
  if ((attributes & CODEC_MASK) === ZSTD && request.version < FIRST_VERSION_WITH_ZSTD) {
    throw new ApiError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs produce version ${FIRST_VERSION_WITH_ZSTD} or later`)
  }
  if ((attributes & TRANSACTIONAL) !== 0) {
    if (request.transactionalId === null) throw new ApiError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    throw new ApiError('INVALID_TXN_STATE', 'this broker serves no transactions')
  }
  if (sizeBytes === records.length) return records
  if (batchSizeAt(records, sizeBytes) !== undefined) {
    throw new ApiError('INVALID_RECORD', 'a produce request must have exactly one record batch for each partition')
  }
  return records.subarray(0, sizeBytes)
}

/** Throws CORRUPT_MESSAGE when `records` begin with something that is no batch; few or no bytes are no reason. */
export function checkFirstBatch(records: Buffer | null): void {
  if (records !== null) batchSizeAt(records, 0)
}

/** Size of the complete batch at `position`; undefined when there is none. Throws CORRUPT_MESSAGE. */
function batchSizeAt(records: Buffer, position: number): number | undefined {
  const remaining = records.length - position
  if (remaining < LOG_OVERHEAD_BYTES) return undefined
  const length = records.readInt32BE(position + LENGTH_AT)
  if (length < RECORD_MIN_BYTES)
    throw new ApiError(
      'CORRUPT_MESSAGE',
      `Record size ${length} is less than the minimum record overhead (${RECORD_MIN_BYTES})`,
    )
  if (remaining < HEADER_TO_MAGIC_BYTES) return undefined
  const magic = records[position + MAGIC_AT]!
  if (magic > CURRENT_MAGIC) throw new ApiError('CORRUPT_MESSAGE', `Invalid magic found in record: ${magic}`)
  const sizeBytes = LOG_OVERHEAD_BYTES + length
  return sizeBytes > remaining || sizeBytes <= ATTRIBUTES_AT + 1 ? undefined : sizeBytes
}
