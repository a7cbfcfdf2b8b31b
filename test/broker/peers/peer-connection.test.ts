/** A connection to another node: versions, answers in any order, time limits, lost and refused connections. */
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../src/base/network.ts'
import { PeerConnection, type PeerError } from '../../../src/broker/peers/peer-connection.ts'
import { FrameReader } from '../../../src/broker/network/frame-reader.ts'
import { type ApiName, type ResponseInput, apis } from '../../../src/protocol/apis.ts'
import { type RequestFrame, decodeRequestFrame, encodeResponseFrame } from '../../../src/protocol/frame.ts'
import { CountingRandom } from '../coordinator/group/harness.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { QuietLog } from '../../support/quiet-log.ts'

class Harness {
  readonly clock = new ManualClock()
  readonly network = new MemoryNetwork()
  readonly asked: { frame: RequestFrame; connection: Connection }[] = []
  served: { apiKey: number; minVersion: number; maxVersion: number }[] = [
    served('Vote', 0, 1),
    served('DescribeCluster'),
  ]
  accepted = 0
  readonly peer = new PeerConnection({
    peer: 'node 2',
    endpoint: () => ({ host: 'peer', port: 9093 }),
    network: this.network,
    clock: this.clock,
    random: new CountingRandom(),
    logger: new QuietLog(),
    clientId: 'test',
    maxFrameBytes: 1000,
    connectTimeoutMs: 1000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 400,
  })

  async listen() {
    return this.network.listen({ host: 'peer', port: 9093 }, (connection) => {
      this.accepted++
      const frames = new FrameReader({ maxBytes: 1 << 20 })
      connection.receive({
        data: (chunk) => {
          frames.push(chunk)
          for (let bytes = frames.next(); bytes !== undefined; bytes = frames.next()) {
            const frame = decodeRequestFrame(bytes)
            if (frame.api !== 'ApiVersions') this.asked.push({ frame, connection })
            else
              connection.write(
                encodeResponseFrame('ApiVersions', frame.apiVersion, frame.correlationId, { apiKeys: this.served }),
              )
          }
        },
        drain: () => {},
        close: () => {},
      })
    })
  }

  /** Lets everything happen that needs no time. */
  async settle() {
    for (let turn = 0; turn < 20; turn++) {
      this.network.deliver(() => this.clock.runDeferred())
      await Promise.resolve()
    }
  }

  answer<A extends ApiName>(index: number, api: A, body: ResponseInput<A>) {
    const { frame, connection } = this.asked[index]!
    connection.write(encodeResponseFrame(api, frame.apiVersion, frame.correlationId, body))
  }
}

function served(api: ApiName, min = apis[api].min, max = apis[api].max) {
  return { apiKey: apis[api].key, minVersion: min, maxVersion: max }
}

const vote = { body: () => ({ clusterId: 'c', topics: [] }), timeoutMs: 500 }
const kindOf = (promise: Promise<unknown>) => promise.then(String, (error: PeerError) => error.kind)

describe('a connection to a peer', () => {
  it('speaks the latest version that both have, and takes answers in any order', async () => {
    const h = new Harness()
    await h.listen()
    const versions: number[] = []
    const first = h.peer.send('Vote', {
      ...vote,
      body: (version) => {
        versions.push(version)
        return vote.body()
      },
    })
    const second = h.peer.send('DescribeCluster', { body: () => ({}), timeoutMs: 500 })
    await h.settle()
    expect(versions).toEqual([1])
    expect(h.accepted).toBe(1)
    h.answer(1, 'DescribeCluster', { clusterId: 'other' })
    h.answer(0, 'Vote', { errorCode: 7 })
    await h.settle()
    expect((await second).body.clusterId).toBe('other')
    expect(await first).toMatchObject({ version: 1, body: { errorCode: 7 } })
    expect(h.clock.pendingTimers).toBe(0)
  })

  it('refuses what the peer does not speak', async () => {
    const h = new Harness()
    await h.listen()
    const unknown = kindOf(h.peer.send('FetchSnapshot', { body: () => ({}), timeoutMs: 500 }))
    const tooNew = kindOf(h.peer.send('Vote', { ...vote, version: 2 }))
    await h.settle()
    expect([await unknown, await tooNew]).toEqual(['unsupported', 'unsupported'])
    expect(h.peer.isReady).toBe(true)
  })

  it('gives up a request after its time, and the connection with it', async () => {
    const h = new Harness()
    await h.listen()
    const late = kindOf(h.peer.send('Vote', vote))
    const behind = kindOf(h.peer.send('Vote', { ...vote, timeoutMs: 5000 }))
    await h.settle()
    h.clock.advance(500)
    expect([await late, await behind]).toEqual(['timeout', 'timeout'])
    const again = h.peer.send('Vote', vote)
    await h.settle()
    expect(h.accepted).toBe(1)
    h.clock.advance(100)
    await h.settle()
    expect(h.accepted).toBe(2)
    h.answer(2, 'Vote', {})
    await h.settle()
    expect((await again).version).toBe(1)
  })

  it('tries again after a pause that grows to its limit', async () => {
    const h = new Harness()
    const pauses: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      const before = h.clock.monotonicMs()
      const outcome = kindOf(h.peer.send('Vote', { ...vote, timeoutMs: 10_000 }))
      await h.settle()
      const wait = h.clock.nextTimerInMs()!
      if (attempt > 0) h.clock.advance(wait)
      await h.settle()
      expect(await outcome).toBe('unreachable')
      pauses.push(h.clock.monotonicMs() - before)
    }
    expect(pauses[0]).toBe(0)
    expect(pauses[1]).toBeGreaterThanOrEqual(40)
    expect(pauses[1]).toBeLessThanOrEqual(60)
    expect(pauses[5]).toBeGreaterThanOrEqual(320)
    expect(pauses[5]).toBeLessThanOrEqual(480)
  })

  it('ends what was sent when the peer goes, and refuses more once it is closed', async () => {
    const h = new Harness()
    await h.listen()
    const sent = kindOf(h.peer.send('Vote', vote))
    await h.settle()
    h.asked[0]!.connection.destroy()
    await h.settle()
    expect(await sent).toBe('lost')
    const queued = kindOf(h.peer.send('Vote', vote))
    h.peer.close()
    expect(await queued).toBe('closed')
    expect(await kindOf(h.peer.send('Vote', vote))).toBe('closed')
    expect(h.clock.pendingTimers).toBe(0)
  })

  it('drops a peer that announces an answer above the limit', async () => {
    const h = new Harness()
    await h.listen()
    const sent = kindOf(h.peer.send('Vote', vote))
    await h.settle()
    h.asked[0]!.connection.write([Buffer.from([0, 0, 4, 0])])
    await h.settle()
    expect(await sent).toBe('lost')
  })
})
