/**
 * Request and response frames: the header in front of a body. Frames come in without their 4-byte size (the connection
 * has cut them) and go out with it. Header versions come from the API table.
 */
import { readInt16, readInt32, writeInt16, writeInt32 } from '../base/bytes.ts'
import {
  type ApiName,
  apiNameOf,
  apis,
  type RequestInput,
  requestHeaderVersion,
  type ResponseInput,
  type ResponseOf,
  responseHeaderVersion,
} from './apis.ts'
import { decodeAt, decodeMessage, encodeChunks, TRUSTED_EXPANSION } from './codec.ts'
import { errorCode, ProtocolError } from './errors.ts'
import { ResponseHeader } from './messages/header.ts'
import type { InputOf, Message } from './schema.ts'

/** The size in front of a frame; it does not count itself. */
export const FRAME_SIZE_BYTES = 4

export interface RequestFrame {
  readonly apiKey: number
  readonly apiVersion: number
  /** Undefined: a key that Kafka 4.3.1 does not have; its header was read as version 1. */
  readonly api: ApiName | undefined
  readonly correlationId: number
  readonly clientId: string | null
  /** Where the body starts in the frame. */
  readonly bodyPosition: number
}

/** Reads the header of a request; whether the version is served is for the caller to say. Throws `ProtocolError`. */
export function decodeRequestFrame(frame: Buffer): RequestFrame {
  if (frame.length < 10) throw new ProtocolError('request header ends early', frame.length)
  const apiKey = readInt16(frame, 0)
  const apiVersion = readInt16(frame, 2)
  const correlationId = readInt32(frame, 4)
  const clientIdLength = readInt16(frame, 8)
  let position = 10
  let clientId: string | null = null
  if (clientIdLength >= 0) {
    if (clientIdLength > frame.length - position) throw new ProtocolError('client id ends early', 8)
    clientId = frame.toString('utf8', position, position + clientIdLength)
    position += clientIdLength
  }
  const api = apiNameOf(apiKey)
  if (api !== undefined && requestHeaderVersion(api, apiVersion) === 2) position = skipTags(frame, position)
  return { apiKey, apiVersion, api, correlationId, clientId, bodyPosition: position }
}

/** Moves over a tag section: header tags are all unknown in Kafka 4.3.1. */
function skipTags(frame: Buffer, start: number): number {
  let position = start
  const unsigned = (): number => {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      if (position >= frame.length) throw new ProtocolError('header ends early', position)
      const byte = frame[position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProtocolError('varint of more than 5 bytes', position)
  }
  for (let count = unsigned(); count > 0; count -= 1) {
    unsigned()
    const size = unsigned()
    if (size > frame.length - position) throw new ProtocolError('header tag ends early', position)
    position += size
  }
  return position
}

/** The whole frame in pieces, its size in front. */
export function encodeRequestFrame<A extends ApiName>(
  api: A,
  version: number,
  header: { correlationId: number; clientId: string | null },
  body: RequestInput<A>,
): Buffer[] {
  const clientId = header.clientId === null ? null : Buffer.from(header.clientId)
  if (clientId !== null && clientId.length > 0x7fff) throw new RangeError('client id longer than 32767 bytes')
  const flexible = requestHeaderVersion(api, version) === 2
  const headroom = 14 + (clientId?.length ?? 0) + (flexible ? 1 : 0)
  const chunks = encodeChunks(apis[api].request as Message, version, body as InputOf<Message>, headroom)
  const first = chunks[0]!
  writeInt16(first, 4, apis[api].key)
  writeInt16(first, 6, version)
  writeInt32(first, 8, header.correlationId)
  writeInt16(first, 12, clientId?.length ?? -1)
  clientId?.copy(first, 14)
  if (flexible) first[headroom - 1] = 0
  return withSize(chunks)
}

/** The whole frame in pieces, its size in front. */
export function encodeResponseFrame<A extends ApiName>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInput<A>,
): Buffer[] {
  const flexible = responseHeaderVersion(api, version) === 1
  const chunks = encodeChunks(apis[api].response as Message, version, body as InputOf<Message>, flexible ? 9 : 8)
  const first = chunks[0]!
  writeInt32(first, 4, correlationId)
  if (flexible) first[8] = 0
  return withSize(chunks)
}

function withSize(chunks: Buffer[]): Buffer[] {
  let size = -4
  for (const chunk of chunks) size += chunk.length
  writeInt32(chunks[0]!, 0, size)
  return chunks
}

/**
 * Reads a response to a request of this API and version. An ApiVersions answer of UNSUPPORTED_VERSION comes in the
 * layout of version 0 whatever was asked. Throws `ProtocolError`.
 */
export function decodeResponseFrame<A extends ApiName>(
  api: A,
  version: number,
  frame: Buffer,
): { correlationId: number; body: ResponseOf<A> } {
  const header = decodeAt(ResponseHeader, responseHeaderVersion(api, version), frame, 0)
  const refused =
    api === 'ApiVersions' &&
    frame.length >= header.end + 2 &&
    readInt16(frame, header.end) === errorCode('UNSUPPORTED_VERSION')
  const schema = apis[api].response as Message
  const body = decodeMessage(schema, refused ? 0 : version, frame, header.end, TRUSTED_EXPANSION)
  return { correlationId: header.value.correlationId, body: body as ResponseOf<A> }
}
