/**
 * LZ4 in its frame format. The size of the result is found by walking the frame first (block headers, and the sequences
 * inside blocks when the headers alone do not settle it), so that a small frame cannot claim much memory.
 */
import { createRequire } from 'node:module'
import { corruptData, tooLarge } from './compression-errors.ts'

const MAGIC = 0x184d2204

interface Lz4 {
  compressFrameSync(data: Buffer, options?: { contentChecksum?: boolean }): Buffer
  decompressFrameSync(data: Buffer): Buffer
}
let loaded: Lz4 | undefined

function lz4(): Lz4 {
  loaded ??= createRequire(import.meta.url)('lz4-napi') as Lz4
  return loaded
}

export function lz4Compress(data: Buffer): Buffer {
  return lz4().compressFrameSync(data)
}

export function lz4Decompress(data: Buffer, maxBytes: number): Buffer {
  const blocks = frameBlocks(data)
  if (blocks.bound > maxBytes) {
    let exact = 0
    for (const { start, end, stored } of blocks.list) {
      exact += stored ? end - start : sequencesSize(data, start, end)
      if (exact > maxBytes) throw tooLarge('lz4', maxBytes)
    }
  }
  const result = lz4().decompressFrameSync(data)
  if (result.length > maxBytes) throw tooLarge('lz4', maxBytes)
  return result
}

interface Block {
  readonly start: number
  readonly end: number
  readonly stored: boolean
}

/** The frame's blocks and a size that their content cannot exceed. */
function frameBlocks(data: Buffer): { list: Block[]; bound: number } {
  if (data.length < 11 || data.readUInt32LE(0) !== MAGIC) throw corruptData('lz4')
  const flags = data[4]!
  const blockSizeId = (data[5]! >> 4) & 7
  if (flags >> 6 !== 1 || blockSizeId < 4) throw corruptData('lz4')
  const blockBytes = 2 ** (8 + 2 * blockSizeId)
  const blockTail = (flags & 0x10) === 0 ? 0 : 4
  let position = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
  const list: Block[] = []
  let bound = 0
  for (;;) {
    if (data.length - position < 4) throw corruptData('lz4')
    const word = data.readUInt32LE(position)
    position += 4
    if (word === 0) return { list, bound }
    const size = word & 0x7fffffff
    if (size > data.length - position) throw corruptData('lz4')
    list.push({ start: position, end: position + size, stored: word > 0x7fffffff })
    bound += Math.min(blockBytes, size * 255)
    position += size + blockTail
  }
}

/** What a compressed block expands to, without expanding it. */
function sequencesSize(data: Buffer, start: number, end: number): number {
  let position = start
  let size = 0
  const extended = (nibble: number): number => {
    let length = nibble
    if (nibble === 15) {
      let byte: number
      do {
        if (position >= end) throw corruptData('lz4')
        byte = data[position++]!
        length += byte
      } while (byte === 255)
    }
    return length
  }
  while (position < end) {
    const token = data[position++]!
    const literals = extended(token >> 4)
    size += literals
    position += literals
    if (position >= end) break
    position += 2
    size += extended(token & 15) + 4
  }
  return size
}
