/**
 * Encoding and decoding of any message at any version: the face of the codecs. Absent input fields take their defaults;
 * decoded objects have every field. Bytes that are no valid message give `ProtocolError`, a value that the version
 * cannot carry gives `ApiError` UNSUPPORTED_VERSION. Decoded `bytes` and `records` are views into the input.
 */
import { decoderOf, encoderOf } from './compile.ts'
import { defaultOfStruct } from './interpret.ts'
import type { InputOf, Message, MessageOf } from './schema.ts'
import { Sink } from './sink.ts'
import { Source } from './source.ts'

/**
 * Heap that a decoded message may take: this often its bytes, and the allowance on top. Objects are larger than their wire
 * form, a few times in real messages; the bound keeps a frame of nothing but tiny elements from exhausting the process.
 */
const EXPANSION = 4
/** For answers of the cluster that a client has chosen to ask: metadata of many thousand partitions. */
export const TRUSTED_EXPANSION = 64
const DECODE_ALLOWANCE_BYTES = 32 * 1024 * 1024

const sink = new Sink()
const source = new Source()

/** The whole body as one buffer. */
export function encodeMessage<S extends Message>(schema: S, version: number, value: InputOf<S>): Buffer {
  const encode = encoderOf(schema, version)
  sink.begin(false)
  return sink.whole(encode(sink, value, 0))
}

/**
 * The whole body in pieces: record bytes go by reference, never copied. `headroom` bytes are left free at the start of
 * the first piece for the caller to fill.
 */
export function encodeChunks<S extends Message>(schema: S, version: number, value: InputOf<S>, headroom = 0): Buffer[] {
  const encode = encoderOf(schema, version)
  sink.begin(true)
  if (headroom > sink.buffer.length) sink.grow(0, headroom)
  return sink.pieces(encode(sink, value, headroom))
}

/** Decodes from `position`; bytes behind the message are not looked at. */
export function decodeMessage<S extends Message>(
  schema: S,
  version: number,
  bytes: Buffer,
  position = 0,
  expansion = EXPANSION,
): MessageOf<S> {
  source.budget = (bytes.length - position) * expansion + DECODE_ALLOWANCE_BYTES
  return decoderOf(schema, version)(source, bytes, position, bytes.length) as MessageOf<S>
}

/** As `decodeMessage`, and tells where the message ends. */
export function decodeAt<S extends Message>(
  schema: S,
  version: number,
  bytes: Buffer,
  position: number,
  expansion = EXPANSION,
): { value: MessageOf<S>; end: number } {
  const value = decodeMessage(schema, version, bytes, position, expansion)
  return { value, end: source.end }
}

/** A fresh object with every field at its default. */
export function defaultOf<S extends Message>(schema: S): MessageOf<S> {
  return defaultOfStruct(schema) as MessageOf<S>
}
