/** What the codecs throw: bad data, and data beyond the caller's bound. */
import { ApiError } from '../errors.ts'
import type { Compression } from './batch.ts'

export function tooLarge(codec: Compression, maxBytes: number): ApiError {
  return new ApiError('MESSAGE_TOO_LARGE', `${codec} data is larger than ${maxBytes} bytes when decompressed`)
}

export function corruptData(codec: Compression, cause?: unknown): ApiError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new ApiError('CORRUPT_MESSAGE', `not valid ${codec} data${why}`, { cause })
}
