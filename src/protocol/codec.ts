/**
 * Encoding and decoding of any message at any version: the face of the codecs. Absent input fields take their defaults;
 * decoded objects have every field. Bytes that are no valid message give `ProtocolError`, a value that the version
 * cannot carry gives `ApiError` UNSUPPORTED_VERSION. Decoded `bytes` and `records` are views into the input.
 */
import { defaultOfStruct, interpretDecode, interpretEncode } from './interpret.ts'
import type { InputOf, Message, MessageOf } from './schema.ts'

/** The whole body as one buffer. */
export function encodeMessage<S extends Message>(schema: S, version: number, value: InputOf<S>): Buffer {
  return interpretEncode(schema, version, value as object)
}

/**
 * The whole body in pieces: record bytes go by reference, never copied. `headroom` bytes are left free at the start of
 * the first piece for the caller to fill.
 */
export function encodeChunks<S extends Message>(schema: S, version: number, value: InputOf<S>, headroom = 0): Buffer[] {
  return [Buffer.concat([Buffer.alloc(headroom), interpretEncode(schema, version, value as object)])]
}

/** Decodes from `position`; bytes behind the message are not looked at. */
export function decodeMessage<S extends Message>(
  schema: S,
  version: number,
  bytes: Buffer,
  position = 0,
): MessageOf<S> {
  return interpretDecode(schema, version, bytes, position).value as MessageOf<S>
}

/** As `decodeMessage`, and tells where the message ends. */
export function decodeAt<S extends Message>(
  schema: S,
  version: number,
  bytes: Buffer,
  position: number,
): { value: MessageOf<S>; end: number } {
  return interpretDecode(schema, version, bytes, position) as { value: MessageOf<S>; end: number }
}

/** A fresh object with every field at its default. */
export function defaultOf<S extends Message>(schema: S): MessageOf<S> {
  return defaultOfStruct(schema) as MessageOf<S>
}
