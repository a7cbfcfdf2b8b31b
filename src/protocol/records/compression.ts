/**
 * Kafka's record compression, synchronous in both directions. Each codec's library is loaded on first use. Nothing is
 * decompressed before its size is known to be within the caller's bound; bad data gives ApiError CORRUPT_MESSAGE, data
 * beyond the bound MESSAGE_TOO_LARGE.
 */
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { ApiError } from '../errors.ts'
import type { Compression } from './batch.ts'
import { corruptData, tooLarge } from './compression-errors.ts'
import { lz4Compress, lz4Decompress } from './lz4.ts'
import { snappyCompress, snappyDecompress } from './snappy.ts'
import { zstdCompress, zstdDecompress } from './zstd.ts'

/** `level`: effort, in the codec's own range; default: the library's own choice. Snappy and this lz4 have none. */
export function compress(codec: Compression, data: Buffer, level?: number): Buffer {
  switch (codec) {
    case 'none':
      return data
    case 'gzip':
      return level === undefined ? gzipSync(data) : gzipSync(data, { level })
    case 'snappy':
      return snappyCompress(data)
    case 'lz4':
      return lz4Compress(data)
    case 'zstd':
      return zstdCompress(data, level)
  }
}

/** `maxBytes` bounds the result, and so the memory taken. */
export function decompress(codec: Compression, data: Buffer, maxBytes: number): Buffer {
  try {
    switch (codec) {
      case 'none':
        return data
      case 'gzip':
        return gunzipSync(data, { maxOutputLength: Math.max(1, maxBytes), finishFlush: constants.Z_FINISH })
      case 'snappy':
        return snappyDecompress(data, maxBytes)
      case 'lz4':
        return lz4Decompress(data, maxBytes)
      case 'zstd':
        return zstdDecompress(data, maxBytes)
    }
  } catch (error) {
    if (error instanceof ApiError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(codec, maxBytes)
    throw corruptData(codec, error)
  }
}

/** Loads every codec now, so that the first batch of a kind does not wait for its library. */
export async function loadCodecs(): Promise<void> {
  const sample = Buffer.from('mq')
  for (const codec of ['snappy', 'lz4', 'zstd'] as const) decompress(codec, compress(codec, sample), sample.length)
}
