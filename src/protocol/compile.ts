/**
 * Compiled codecs: straight-line functions made from the schema on first use of a message's version, kept for good.
 * Only identifiers from our own schemas go into the source, each checked; `sourceURL` names message and version in
 * stack traces. `interpret.ts` says what the result must be.
 */
import { writeInt64 } from '../base/bytes.ts'
import { decoderSource } from './compile-decode.ts'
import { encoderSource } from './compile-encode.ts'
import { planOf } from './plan.ts'
import type { Message } from './schema.ts'
import { badNull, badValue, cannotCarry, putUuid, type Sink, sizeOfBytes } from './sink.ts'
import { badTag, endsEarly, isNull, type Source, tooBig, tooLong, tooMany } from './source.ts'

/** Writes the value from `position` of the sink's buffer on; returns where it ends. */
export type Encoder = (sink: Sink, value: unknown, position: number) => number
/** Reads a value from `bytes[position, limit)`; sets the source's `end`. */
export type Decoder = (source: Source, bytes: Buffer, position: number, limit: number) => unknown

const encodeHelpers = {
  putInt64: writeInt64,
  putUuid,
  badValue,
  badNull,
  cannotCarry,
  sizeOfBytes,
  EMPTY_BYTES: Buffer.alloc(0),
}
const decodeHelpers = {
  endsEarly,
  isNull,
  tooLong,
  tooMany,
  tooBig,
  badTag,
  EMPTY_BYTES: Buffer.alloc(0),
}

function build<F>(url: string, helpers: object, parameters: string, body: string): F {
  const source = `'use strict'\nreturn function (${parameters}) {\n${body}\n}\n//# sourceURL=mq-protocol/${url}`
  return new Function(...Object.keys(helpers), source)(...Object.values(helpers)) as F
}

/** Throws ApiError UNSUPPORTED_VERSION for a version that the message does not have. */
export function compileEncoder(schema: Message, version: number): Encoder {
  const body = `let p = position\n${encoderSource(planOf(schema, version), version)}`
  return build(`${schema.name}.v${version}.encode.js`, encodeHelpers, 'sink, value, position', body)
}

/** Throws ApiError UNSUPPORTED_VERSION for a version that the message does not have. */
export function compileDecoder(schema: Message, version: number): Decoder {
  const body = decoderSource(planOf(schema, version))
  return build(`${schema.name}.v${version}.decode.js`, decodeHelpers, 'source, b, p, e', body)
}

interface Compiled {
  readonly encoders: (Encoder | undefined)[]
  readonly decoders: (Decoder | undefined)[]
}
const compiled = new WeakMap<Message, Compiled>()

function of(schema: Message): Compiled {
  let entry = compiled.get(schema)
  if (entry === undefined) {
    entry = { encoders: [], decoders: [] }
    compiled.set(schema, entry)
  }
  return entry
}

export function encoderOf(schema: Message, version: number): Encoder {
  const { encoders } = of(schema)
  let encoder = encoders[version]
  if (encoder === undefined) {
    encoder = compileEncoder(schema, version)
    encoders[version] = encoder
  }
  return encoder
}

export function decoderOf(schema: Message, version: number): Decoder {
  const { decoders } = of(schema)
  let decoder = decoders[version]
  if (decoder === undefined) {
    decoder = compileDecoder(schema, version)
    decoders[version] = decoder
  }
  return decoder
}
