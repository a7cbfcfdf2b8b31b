/**
 * Snappy as Kafka's Java clients frame it: a 16-byte header, then blocks of 32 KiB, each with its length in front.
 * Reading accepts raw snappy as well, which other clients send. Lengths are checked before anything is decompressed.
 */
import { createRequire } from 'node:module'
import { readInt32, writeInt32 } from '../../base/bytes.ts'
import { corruptData, tooLarge } from './compression-errors.ts'

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const HEADER_BYTES = 16
const BLOCK_BYTES = 32 * 1024
/** A copy of 64 bytes takes 3, so no block grows more than this. */
const MAX_GROWTH = 22

interface Snappy {
  compressSync(data: Uint8Array): Buffer
  uncompressSync(data: Uint8Array, options: { asBuffer: true }): Buffer
}
let loaded: Snappy | undefined

function snappy(): Snappy {
  loaded ??= createRequire(import.meta.url)('snappy') as Snappy
  return loaded
}

export function snappyCompress(data: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  writeInt32(header, 8, 1)
  writeInt32(header, 12, 1)
  const parts: Buffer[] = [header]
  for (let start = 0; start < data.length; start += BLOCK_BYTES) {
    const block = snappy().compressSync(data.subarray(start, start + BLOCK_BYTES))
    const length = Buffer.allocUnsafe(4)
    writeInt32(length, 0, block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

export function snappyDecompress(data: Buffer, maxBytes: number): Buffer {
  const framed = data.length >= HEADER_BYTES && data.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) === 0
  const blocks = framed ? blocksOf(data) : [data]
  let total = 0
  for (const block of blocks) {
    total += declaredSize(block)
    if (total > maxBytes) throw tooLarge('snappy', maxBytes)
  }
  const parts = blocks.map((block) => snappy().uncompressSync(block, { asBuffer: true }))
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function blocksOf(data: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  let position = HEADER_BYTES
  while (position < data.length) {
    if (data.length - position < 4) throw corruptData('snappy')
    const length = readInt32(data, position)
    position += 4
    if (length <= 0 || length > data.length - position) throw corruptData('snappy')
    blocks.push(data.subarray(position, position + length))
    position += length
  }
  return blocks
}

/** The uncompressed size that a raw block claims in front, refused when its bytes cannot make that much. */
function declaredSize(block: Buffer): number {
  let size = 0
  for (let i = 0; i < 5 && i < block.length; i += 1) {
    const byte = block[i]!
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (size > block.length * MAX_GROWTH) throw corruptData('snappy')
      return size
    }
  }
  throw corruptData('snappy')
}
