/** Requests that are damaged in any way: an answer or a closed connection, nothing else, and the broker goes on. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CloseConnection } from '../../../src/broker/handlers/context.ts'
import type { ApiName, RequestInput } from '../../../src/protocol/apis.ts'
import { ApiError, ProtocolError } from '../../../src/protocol/errors.ts'
import { encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { batch, TOPIC, TOPIC_ID, valuesOf, World } from './world.ts'

const peer = { listenerName: 'PLAINTEXT', connectionId: 'c', host: '10.0.0.1', principal: 'User:ANONYMOUS' }

function frame<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Buffer {
  return Buffer.concat(encodeRequestFrame(api, version, { correlationId: 1, clientId: 'fuzz' }, body)).subarray(4)
}

const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
const requests: readonly Buffer[] = [
  frame('ApiVersions', 3, { clientSoftwareName: 'fuzz', clientSoftwareVersion: '1' }),
  frame('Metadata', 9, { topics: [{ name: TOPIC }] }),
  frame('Fetch', 11, { maxWaitMs: 0, sessionEpoch: 0, topics: [{ topic: TOPIC, partitions }] }),
  frame('Fetch', 13, { maxWaitMs: 0, sessionEpoch: -1, topics: [{ topicId: TOPIC_ID, partitions }] }),
  frame('ListOffsets', 7, {
    replicaId: -1,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  }),
  frame('DescribeLogDirs', 4, { topics: [{ topic: TOPIC, partitions: [0] }] }),
  frame('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1 }),
  ...[3, 9, 13].map((version) =>
    frame('Produce', version, {
      acks: 1,
      timeoutMs: 1,
      topicData: [
        {
          ...(version >= 13 ? { topicId: TOPIC_ID } : { name: TOPIC }),
          partitionData: [{ index: 0, records: batch(['fuzz'], { compression: 'gzip' }) }],
        },
      ],
    }),
  ),
]

const damaged = fc.record({
  request: fc.nat(requests.length - 1),
  cut: fc.option(fc.nat(300)),
  flips: fc.array(fc.record({ at: fc.nat(400), bits: fc.integer({ min: 1, max: 255 }) }), { maxLength: 4 }),
})

describe('damaged requests', () => {
  it('give an answer or end the connection', async () => {
    const world = new World()
    world.createTopic()
    await fc.assert(
      fc.asyncProperty(damaged, async ({ request, cut, flips }) => {
        const bytes = Buffer.from(requests[request]!)
        // The API key stays: group requests have their own coordinator, which this world is without.
        for (const { at, bits } of flips) if (at >= 2 && at < bytes.length) bytes[at]! ^= bits
        try {
          const answer = world.dispatcher.serve(cut === null ? bytes : bytes.subarray(0, cut), peer)
          world.clock.advance(40_000)
          await answer
        } catch (error) {
          expect(error instanceof CloseConnection || error instanceof ProtocolError || error instanceof ApiError).toBe(
            true,
          )
        }
      }),
      { numRuns: 3000 },
    )
    expect(world.log.messages('ERROR')).toEqual([])
    const { baseOffset, errorCode } = await world.produce(batch(['after']))
    expect(errorCode).toBe(0)
    const { responses } = await world.ask('Fetch', 11, {
      maxWaitMs: 0,
      sessionEpoch: -1,
      topics: [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset: baseOffset, partitionMaxBytes: 1000 }] }],
    })
    expect(valuesOf(responses[0]!.partitions[0]!.records)).toEqual(['after'])
  })
})
