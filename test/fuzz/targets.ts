/**
 * What the fuzzer throws frames at, and the verdict: a value whose end lies in the frame, or one of the two typed
 * errors. Anything else is a finding. The canaries are broken on purpose, to see that findings are found.
 */
import { isDeepStrictEqual } from 'node:util'
import { apis } from '../../src/protocol/apis.ts'
import { decodeAt } from '../../src/protocol/codec.ts'
import { ApiError, ProtocolError } from '../../src/protocol/errors.ts'
import { decodeRequestFrame } from '../../src/protocol/frame.ts'
import { interpretDecode } from '../../src/protocol/interpret.ts'
import { BATCH_OVERHEAD, eachBatch, writeBatchCrc } from '../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'
import { inVersions, type Message } from '../../src/protocol/schema.ts'

export type Verdict = 'accepted' | 'refused'
export type Target = (frame: Buffer) => Verdict

/** Most that a batch may decompress to here. */
const MAX_BATCH_BYTES = 1024 * 1024

function judged(run: () => void): Verdict {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof ApiError) return 'refused'
    throw error
  }
}

/** Header and body of a request, as a connection decodes it. */
export function decodeRequest(frame: Buffer): Verdict {
  return judged(() => {
    const header = decodeRequestFrame(frame)
    if (header.api === undefined) return
    const { end } = decodeAt(apis[header.api].request as Message, header.apiVersion, frame, header.bodyPosition)
    if (end > frame.length) throw new Error(`a body ends at ${end} in a frame of ${frame.length}`)
  })
}

/** The compiled decoder and the walker must agree on every body, valid or not. */
export function compareRequest(frame: Buffer): Verdict {
  let fast: unknown
  let slow: unknown
  const verdict = judged(() => {
    const { api, apiVersion, bodyPosition } = decodeRequestFrame(frame)
    if (api === undefined || !inVersions(apis[api].request.versions, apiVersion)) return
    const schema = apis[api].request as Message
    const walker = judged(() => {
      slow = interpretDecode(schema, apiVersion, frame, bodyPosition)
    })
    const compiled = judged(() => {
      fast = decodeAt(schema, apiVersion, frame, bodyPosition)
    })
    if (walker !== compiled) throw new Error(`${api} v${apiVersion}: walker ${walker}, compiled ${compiled}`)
    if (!isDeepStrictEqual(fast, slow)) throw new Error(`${api} v${apiVersion}: the decoders differ`)
  })
  return verdict
}

/** Batches as a produce request or a fetch response holds them, with the checksum as it is. */
export function decodeBatches(section: Buffer): Verdict {
  return judged(() => {
    for (const { header, position } of eachBatch(section)) {
      decodeBatch(section.subarray(position, position + header.sizeBytes), MAX_BATCH_BYTES)
    }
  })
}

/** The same behind the checksum: length and checksum are made right first, so that the damage reaches the records. */
export function decodeSealedBatch(batch: Buffer): Verdict {
  if (batch.length >= BATCH_OVERHEAD) {
    batch.writeInt32BE(batch.length - 12, 8)
    batch[16] = 2
    writeBatchCrc(batch, 0)
  }
  return decodeBatches(batch)
}

/** Broken decoders, each with a fault that real ones have had. */
export const canaries: Readonly<Record<string, Target>> = {
  /** Reads without looking at the length: the wrong kind of error. */
  untyped: (frame) =>
    judged(() => {
      const length = frame.readInt16BE(8)
      if (length > 0) frame.readInt32BE(10 + length)
    }),
  /** Trusts a length: claims more than there is. */
  overrun: (frame) =>
    judged(() => {
      const length = frame.length < 10 ? 0 : frame.readInt16BE(8)
      if (10 + length > frame.length) throw new Error(`a body ends at ${10 + length} in a frame of ${frame.length}`)
    }),
  /** Allocates what a count claims. */
  greedy: (frame) =>
    judged(() => {
      if (frame.length < 14) return
      const count = Math.min(frame.readUInt32BE(10), 2 ** 31 - 1)
      if (count > 2 ** 26) Buffer.alloc(count)
    }),
  /** Takes far too long for one odd frame. */
  slow: (frame) =>
    judged(() => {
      if (frame.length < 8 || frame[7] !== 0xff) return
      const until = Date.now() + 4000
      while (Date.now() < until);
    }),
}
