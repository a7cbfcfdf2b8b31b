/** What the fuzzer starts from: valid request frames of every API at every version, and record batches of every kind. */
import type { Prng } from '../../src/base/prng.ts'
import { type ApiName, apiNames, apis, type RequestInput } from '../../src/protocol/apis.ts'
import { encodeRequestFrame } from '../../src/protocol/frame.ts'
import { COMPRESSIONS } from '../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import type { Message } from '../../src/protocol/schema.ts'
import { randomInstance } from '../protocol/support/instances.ts'
import { versionsOf } from '../protocol/support/messages.ts'

const INSTANCES = 6
/** Longer ones would only make the same paths slower. */
const MAX_FRAME_BYTES = 600

/** Frames without their size, as a connection hands them over. */
export function requestFrames(prng: Prng): Buffer[] {
  const frames: Buffer[] = []
  for (const api of apiNames) {
    for (const version of versionsOf(apis[api].request)) {
      for (let i = 0; i < INSTANCES; ) {
        const frame = requestFrame(api, version, prng)
        if (frame.length > MAX_FRAME_BYTES) continue
        frames.push(frame)
        i += 1
      }
    }
  }
  return frames
}

function requestFrame(api: ApiName, version: number, prng: Prng): Buffer {
  const body = randomInstance(apis[api].request as Message, version, prng, { maxElements: 2 })
  const header = { correlationId: prng.uint32() | 0, clientId: prng.chance(0.1) ? null : 'fuzz-client' }
  return Buffer.concat(encodeRequestFrame(api, version, header, body as RequestInput<ApiName>)).subarray(4)
}

export function recordBatches(prng: Prng): Buffer[] {
  return COMPRESSIONS.flatMap((compression) =>
    Array.from({ length: 8 }, () => {
      const records = Array.from({ length: 1 + prng.int(5) }, (_, i) => ({
        timestamp: 1_700_000_000_000 + prng.int(1000) * i,
        key: prng.chance(0.3) ? null : prng.bytes(prng.int(12)),
        value: prng.chance(0.1) ? null : prng.bytes(prng.int(60)),
        headers: prng.chance(0.5) ? [] : [{ key: 'h', value: prng.chance(0.3) ? null : prng.bytes(3) }],
      }))
      return encodeBatch({ compression, baseOffset: prng.int(1000), isTransactional: prng.chance(0.3) }, records)
    }),
  )
}
