/** The network port on real sockets: order, gathered writes, pause and resume, orderly and abrupt ends, refused ports. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Connection, ListeningSocket } from '../../src/base/network.ts'
import { NetworkError, NodeNetwork } from '../../src/platform/node-network.ts'

const network = new NodeNetwork()
const open: { listening: ListeningSocket; accepted: Connection[] }[] = []

async function serve(onConnection: (connection: Connection) => void) {
  const accepted: Connection[] = []
  const listening = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    accepted.push(connection)
    onConnection(connection)
  })
  const entry = { listening, accepted }
  open.push(entry)
  return entry
}

function connect(port: number): Promise<Connection> {
  return network.connect({ host: '127.0.0.1', port, timeoutMs: 5000 })
}

/** Collects what arrives until `bytes` are there or the connection ends. */
function collect(connection: Connection, bytes = Number.POSITIVE_INFINITY) {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise<Buffer>((resolve) => {
    const done = () => resolve(Buffer.concat(chunks))
    connection.receive({
      data: (chunk) => {
        chunks.push(chunk)
        size += chunk.length
        if (size >= bytes) done()
      },
      drain: () => {},
      close: done,
    })
  })
}

afterEach(async () => {
  for (const { listening, accepted } of open.splice(0)) {
    for (const connection of accepted) connection.destroy()
    await listening.close()
  }
})

describe('NodeNetwork', () => {
  it('carries bytes both ways in order, in gathered writes', async () => {
    const { listening } = await serve((connection) =>
      connection.receive({ data: (chunk) => connection.write([chunk]), drain: () => {}, close: () => {} }),
    )
    const client = await connect(listening.port)
    const sent = Buffer.alloc(5_000_000, 0).map((_, index) => index % 251)
    const received = collect(client, sent.length)
    for (let at = 0; at < sent.length; at += 300_000) {
      client.write([sent.subarray(at, at + 100_000), sent.subarray(at + 100_000, at + 300_000)])
    }
    expect(Buffer.compare(await received, sent)).toBe(0)
    expect(client.remotePort).toBe(listening.port)
    expect(client.remoteAddress).toBe('127.0.0.1')
    client.destroy()
  })

  it('never writes again into a chunk that it handed out', async () => {
    const chunks: Buffer[] = []
    const copies: Buffer[] = []
    let resolve: () => void
    const closed = new Promise<void>((done) => {
      resolve = done
    })
    const { listening } = await serve((connection) =>
      connection.receive({
        data: (chunk) => {
          chunks.push(chunk)
          copies.push(Buffer.from(chunk))
        },
        drain: () => {},
        close: () => resolve(),
      }),
    )
    const client = await connect(listening.port)
    client.receive({ data: () => {}, drain: () => {}, close: () => {} })
    for (let round = 0; round < 50; round++) client.write([Buffer.alloc(100_000, round)])
    client.end()
    await closed
    expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(5_000_000)
    expect(chunks.every((chunk, index) => chunk.equals(copies[index]!))).toBe(true)
  })

  it('stops reading while paused and goes on after resume', async () => {
    let received = 0
    let server: Connection | undefined
    const { listening } = await serve((connection) => {
      server = connection
      connection.receive({
        data: (chunk) => {
          if (received === 0) connection.pause()
          received += chunk.length
        },
        drain: () => {},
        close: () => {},
      })
    })
    const client = await connect(listening.port)
    client.receive({ data: () => {}, drain: () => {}, close: () => {} })
    client.write([Buffer.alloc(30_000_000)])
    await expect.poll(() => received).toBeGreaterThan(0)
    await expect.poll(() => client.bufferedBytes()).toBeGreaterThan(0)
    expect(received).toBeLessThan(30_000_000)
    server!.resume()
    await expect.poll(() => received, { timeout: 10_000 }).toBe(30_000_000)
    client.destroy()
  })

  it('answers false to a write that piles up and calls drain when it has gone', async () => {
    let server: Connection | undefined
    const { listening } = await serve((connection) => {
      server = connection
    })
    const client = await connect(listening.port)
    let drained = 0
    client.receive({ data: () => {}, drain: () => drained++, close: () => {} })
    let taken = true
    for (let round = 0; round < 100 && taken; round++) taken = client.write([Buffer.alloc(1_000_000)])
    expect(taken).toBe(false)
    await expect.poll(() => server !== undefined).toBe(true)
    server!.receive({ data: () => {}, drain: () => {}, close: () => {} })
    await expect.poll(() => drained).toBeGreaterThan(0)
    client.destroy()
  })

  it('sends what is queued before an orderly end, and tells the peer once', async () => {
    const { listening } = await serve((connection) => {
      connection.receive({ data: () => {}, drain: () => {}, close: () => {} })
      connection.write([Buffer.alloc(2_000_000, 7)])
      connection.end()
    })
    const client = await connect(listening.port)
    expect((await collect(client)).length).toBe(2_000_000)
  })

  it('closes the listening socket while connections stay open', async () => {
    const { listening, accepted } = await serve((connection) =>
      connection.receive({ data: (chunk) => connection.write([chunk]), drain: () => {}, close: () => {} }),
    )
    const client = await connect(listening.port)
    await expect.poll(() => accepted.length).toBe(1)
    await listening.close()
    const echoed = collect(client, 4)
    client.write([Buffer.from('ping')])
    expect((await echoed).toString()).toBe('ping')
    client.destroy()
  })

  it('tells why a port cannot be bound or reached', async () => {
    const { listening } = await serve(() => {})
    await expect(network.listen({ host: '127.0.0.1', port: listening.port }, () => {})).rejects.toMatchObject({
      errno: 'EADDRINUSE',
    })
    const { port } = listening
    await listening.close()
    const refused = connect(port)
    await expect(refused).rejects.toBeInstanceOf(NetworkError)
    await expect(refused).rejects.toMatchObject({ errno: 'ECONNREFUSED' })
  })
})
