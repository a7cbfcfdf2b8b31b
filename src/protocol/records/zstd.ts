/**
 * Zstandard: Node's own where it has it (22.15 and later), else a WebAssembly build, loaded synchronously. The size of
 * the result is bounded by walking the frame's block headers before anything is decompressed.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as zlib from 'node:zlib'
import { corruptData, tooLarge } from './compression-errors.ts'

const MAGIC = 0xfd2fb528
/** Kafka's default level. */
const LEVEL = 3
/** ZSTD_c_compressionLevel. */
const LEVEL_PARAMETER = 100
const MAX_BLOCK_BYTES = 128 * 1024

interface NodeZstd {
  zstdCompressSync?(data: Buffer, options: { params: Record<number, number> }): Buffer
  zstdDecompressSync?(data: Buffer, options: { maxOutputLength: number }): Buffer
}
const node = zlib as NodeZstd

/** The part of WebAssembly used here: Node's types leave it out. */
interface WebAssemblyApi {
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => object
}

interface WasmZstd {
  HEAPU8: Uint8Array
  instantiateWasm: (imports: object, receive: (instance: object) => unknown) => unknown
  init(): void
  _malloc(size: number): number
  _free(pointer: number): void
  _ZSTD_compressBound(size: number): number
  _ZSTD_compress(target: number, capacity: number, source: number, size: number, level: number): number
  _ZSTD_decompress(target: number, capacity: number, source: number, size: number): number
  _ZSTD_isError(code: number): number
}
let loaded: WasmZstd | undefined

/** The package's own start-up is asynchronous; its hook for instantiation lets it be done at once. */
function wasm(): WasmZstd {
  if (loaded !== undefined) return loaded
  const require = createRequire(import.meta.url)
  const path = join(dirname(require.resolve('@bokuweb/zstd-wasm')), 'module.js')
  const { Module } = require(path) as { Module: WasmZstd }
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
  const code = new api.Module(readFileSync(join(dirname(path), 'zstd.wasm')))
  Module.instantiateWasm = (imports, receive) => receive(new api.Instance(code, imports))
  Module.init()
  loaded = Module
  return Module
}

export function zstdCompress(data: Buffer, level = LEVEL): Buffer {
  if (node.zstdCompressSync !== undefined) return node.zstdCompressSync(data, { params: { [LEVEL_PARAMETER]: level } })
  const zstd = wasm()
  const capacity = zstd._ZSTD_compressBound(data.length)
  return run(zstd, data, capacity, (target, source) =>
    zstd._ZSTD_compress(target, capacity, source, data.length, level),
  )
}

export function zstdDecompress(data: Buffer, maxBytes: number): Buffer {
  const bound = framesBound(data)
  if (node.zstdDecompressSync !== undefined) {
    return node.zstdDecompressSync(data, { maxOutputLength: Math.max(1, maxBytes) })
  }
  const capacity = Math.min(bound, maxBytes)
  try {
    const zstd = wasm()
    return run(zstd, data, capacity, (target, source) => zstd._ZSTD_decompress(target, capacity, source, data.length))
  } catch (error) {
    throw bound > maxBytes ? tooLarge('zstd', maxBytes) : corruptData('zstd', error)
  }
}

/** Copies `data` into the WebAssembly memory, runs the function with room for `capacity` bytes, copies the result out. */
function run(zstd: WasmZstd, data: Buffer, capacity: number, work: (target: number, source: number) => number): Buffer {
  const source = zstd._malloc(Math.max(1, data.length))
  const target = source === 0 ? 0 : zstd._malloc(Math.max(1, capacity))
  try {
    if (target === 0) throw new Error('out of memory')
    zstd.HEAPU8.set(data, source)
    const size = work(target, source)
    if (zstd._ZSTD_isError(size) !== 0) throw new Error(`error ${size}`)
    return Buffer.from(zstd.HEAPU8.subarray(target, target + size))
  } finally {
    if (target !== 0) zstd._free(target)
    if (source !== 0) zstd._free(source)
  }
}

/** A size that the content of all frames cannot exceed: what each block header allows. */
function framesBound(data: Buffer): number {
  let position = 0
  let bound = 0
  const need = (size: number): void => {
    if (size > data.length - position) throw corruptData('zstd')
  }
  while (position < data.length) {
    need(8)
    const magic = data.readUInt32LE(position)
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      const size = data.readUInt32LE(position + 4)
      position += 8
      need(size)
      position += size
      continue
    }
    if (magic !== MAGIC) throw corruptData('zstd')
    const descriptor = data[position + 4]!
    const single = (descriptor & 0x20) !== 0
    const contentSizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    position += 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + contentSizeBytes
    for (let last = false; !last; ) {
      need(3)
      const header = data.readUIntLE(position, 3)
      position += 3
      last = (header & 1) !== 0
      const type = (header >> 1) & 3
      const size = header >> 3
      if (type === 3) throw corruptData('zstd')
      bound += type === 2 ? MAX_BLOCK_BYTES : Math.min(size, MAX_BLOCK_BYTES)
      const stored = type === 1 ? 1 : size
      need(stored)
      position += stored
    }
    const checksum = (descriptor & 0x04) === 0 ? 0 : 4
    need(checksum)
    position += checksum
  }
  return bound
}
