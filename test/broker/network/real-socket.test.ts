/** The whole receive path on real sockets: frames of any size arrive intact while their memory is used again. */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionLimits } from '../../../src/broker/network/connection-limits.ts'
import { Listener } from '../../../src/broker/network/listener.ts'
import { NodeClock } from '../../../src/platform/node-clock.ts'
import { NodeNetwork } from '../../../src/platform/node-network.ts'
import { QuietLog } from '../../support/quiet-log.ts'

const network = new NodeNetwork()
let listener: Listener | undefined

afterEach(async () => {
  await listener?.close(0)
})

const digest = (bytes: Buffer) => createHash('md5').update(bytes).digest()

/** Answers each frame with its digest; frames whose first byte is odd are kept and looked at again at the end. */
async function digestServer() {
  const kept: { frame: Buffer; digest: Buffer }[] = []
  listener = await Listener.open({
    name: 'PLAINTEXT',
    host: '127.0.0.1',
    port: 0,
    securityProtocol: 'PLAINTEXT',
    network,
    clock: new NodeClock(),
    log: new QuietLog(),
    server: {
      serve: (frame) => {
        const answer = digest(frame)
        if ((frame[0]! & 1) === 1) kept.push({ frame, digest: answer })
        return [answer]
      },
      mayRecycle: (frame) => (frame[0]! & 1) === 0,
    },
    limits: new ConnectionLimits({ max: 100, maxPerAddress: 100, overrides: new Map() }),
    maxRequestBytes: 20_000_000,
    maxIdleMs: -1,
  })
  return { port: listener.port, kept }
}

function frameOf(seed: number, bytes: number): Buffer {
  const frame = Buffer.allocUnsafe(bytes)
  for (let at = 0, state = seed * 2654435761; at < bytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    frame[at] = state >>> 24
  }
  frame[0] = seed
  return frame
}

describe('frames over a socket', () => {
  it('arrive intact and are answered in order, small and large, kept and recycled', async () => {
    const { port, kept } = await digestServer()
    const sizes = [1, 100, 5_000, 70_000, 300_000, 1_000_000, 40, 1_048_000, 2_500_000, 9, 6_000_000, 900_000]
    const clients = await Promise.all(
      [0, 1, 2].map(async (client) => {
        const connection = await network.connect({ host: '127.0.0.1', port, timeoutMs: 5000 })
        const frames = Array.from({ length: 60 }, (_, index) =>
          frameOf((index * 3 + client) % 256, sizes[(index * 5 + client) % sizes.length]!),
        )
        const expected = Buffer.concat(frames.map(digest))
        const received = new Promise<Buffer>((resolve) => {
          const chunks: Buffer[] = []
          let size = 0
          connection.receive({
            data: (chunk) => {
              chunks.push(Buffer.from(chunk))
              size += chunk.length
              if (size >= expected.length) resolve(Buffer.concat(chunks))
            },
            drain: () => {},
            close: () => resolve(Buffer.concat(chunks)),
          })
        })
        for (const frame of frames) {
          const size = Buffer.alloc(4)
          size.writeInt32BE(frame.length)
          connection.write([size, frame])
        }
        const same = (await received).equals(expected)
        connection.destroy()
        return same
      }),
    )
    expect(clients).toEqual([true, true, true])
    expect(kept.length).toBeGreaterThan(20)
    expect(kept.every((each) => digest(each.frame).equals(each.digest))).toBe(true)
  })

  it('are all answered when they come with the end of the client', async () => {
    const { port } = await digestServer()
    const frames = [frameOf(2, 40), frameOf(4, 2_000_000), frameOf(6, 7)]
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    for (const frame of frames) {
      const size = Buffer.alloc(4)
      size.writeInt32BE(frame.length)
      socket.write(size)
      socket.write(frame)
    }
    socket.end()
    const received: Buffer[] = []
    for await (const chunk of socket) received.push(chunk as Buffer)
    expect(Buffer.concat(received).equals(Buffer.concat(frames.map(digest)))).toBe(true)
    await expect.poll(() => listener?.connectionCount).toBe(0)
  })
})
