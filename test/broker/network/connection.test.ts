/** A broker connection: order of answers, gathered writes, bounds both ways, ends. In-memory network, virtual time. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ConnectionLimits } from '../../../src/broker/network/connection-limits.ts'
import { Listener, type ListenerOptions } from '../../../src/broker/network/listener.ts'
import type { Answer, Peer } from '../../../src/broker/network/request-server.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { QuietLog } from '../../support/quiet-log.ts'

const NO_LIMIT = { max: Number.POSITIVE_INFINITY, maxPerAddress: Number.POSITIVE_INFINITY, overrides: new Map() }

let network: MemoryNetwork
let clock: ManualClock
let log: QuietLog
let served: { text: string; peer: Peer }[]
let serve: (text: string, peer: Peer) => Answer | Promise<Answer>

beforeEach(() => {
  network = new MemoryNetwork()
  clock = new ManualClock()
  log = new QuietLog()
  served = []
  serve = (text) => [framed(text)]
})

async function listen(options: Partial<ListenerOptions> = {}): Promise<Listener> {
  return Listener.open({
    name: 'PLAINTEXT',
    host: '127.0.0.1',
    port: 9092,
    securityProtocol: 'PLAINTEXT',
    network,
    clock,
    log,
    server: {
      serve: (frame, peer) => {
        served.push({ text: frame.toString(), peer })
        return serve(frame.toString(), peer)
      },
    },
    limits: new ConnectionLimits(NO_LIMIT),
    maxRequestBytes: 1000,
    maxIdleMs: 600_000,
    ...options,
  })
}

function framed(text: string): Buffer {
  const frame = Buffer.alloc(4 + Buffer.byteLength(text))
  frame.writeInt32BE(frame.length - 4)
  frame.write(text, 4)
  return frame
}

/** A client that keeps what it receives. */
function client(address?: string) {
  const connection = network.open(9092, address)
  const state = { connection, received: '', closed: false, chunks: 0 }
  connection.receive({
    data: (chunk) => {
      state.received += chunk.toString()
      state.chunks++
    },
    drain: () => {},
    close: () => {
      state.closed = true
    },
  })
  return state
}

/** Lets promises settle and everything move. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    network.deliver(() => clock.runDeferred())
    await Promise.resolve()
    await Promise.resolve()
  }
}

function later(): { answer: Promise<Answer>; resolve: (answer: Answer) => void; reject: (error: Error) => void } {
  let resolve: (answer: Answer) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const answer = new Promise<Answer>((done, fail) => {
    resolve = done
    reject = fail
  })
  return { answer, resolve, reject }
}

const plain = (text: string): Answer => [Buffer.from(text)]

describe('BrokerConnection', () => {
  it('serves what came behind a request that waits when that one is answered', async () => {
    await listen()
    const waiting = new Map(['a', 'c'].map((name) => [name, later()]))
    serve = (text) => waiting.get(text)?.answer ?? plain(text)
    const peer = client()
    peer.connection.write(['a', 'b', 'c', 'd'].map(framed))
    await settle()
    expect(served.map(({ text }) => text)).toEqual(['a'])
    waiting.get('a')!.resolve(plain('a'))
    await settle()
    expect(served.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
    expect(peer.received).toBe('ab')
    waiting.get('c')!.resolve(plain('c'))
    await settle()
    expect(peer.received).toBe('abcd')
  })

  it('tells the request that waits when its connection ends, and only then', async () => {
    await listen()
    const [slow, lost] = [later(), later()]
    const gone: string[] = []
    serve = (text, from) => {
      from.onGone = () => gone.push(text)
      return text === 'slow' ? slow.answer : lost.answer
    }
    const peer = client()
    peer.connection.write([framed('slow')])
    await settle()
    slow.resolve(plain('answer'))
    await settle()
    peer.connection.write([framed('lost')])
    await settle()
    expect(peer.connection.peer.isPaused).toBe(false)
    peer.connection.destroy()
    await settle()
    expect(gone).toEqual(['lost'])
  })

  it('sends all answers of a turn in one gathered write', async () => {
    await listen()
    serve = plain
    const peer = client()
    peer.connection.write(Array.from({ length: 20 }, (_, index) => framed(`${index};`)))
    await settle()
    expect(peer.received).toBe(Array.from({ length: 20 }, (_, index) => `${index};`).join(''))
    expect(peer.connection.peer.writes).toBeLessThanOrEqual(20)
    network.chunkBytes = Number.POSITIVE_INFINITY
    peer.connection.peer.writes = 0
    peer.connection.write([Buffer.concat(['x', 'y', 'z'].map(framed))])
    await settle()
    expect(peer.connection.peer.writes).toBe(1)
  })

  it('sends nothing for a request without an answer, and keeps the order around it', async () => {
    await listen()
    const slow = later()
    serve = (text) => (text === 'none' ? null : text === 'slow' ? slow.answer : plain(text))
    const peer = client()
    peer.connection.write(['slow', 'none', 'last'].map(framed))
    await settle()
    slow.resolve(null)
    await settle()
    expect(peer.received).toBe('last')
  })

  it('tells the server who asks', async () => {
    await listen()
    const peer = client('10.1.2.3')
    peer.connection.write([framed('hello')])
    await settle()
    expect(served[0]!.peer).toMatchObject({ listenerName: 'PLAINTEXT', host: '10.1.2.3', principal: 'User:ANONYMOUS' })
    expect(served[0]!.peer.connectionId).toBe(`127.0.0.1:9092-10.1.2.3:${peer.connection.localPort}-0-0`)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('cannot be served')
      },
    ],
    ['rejects', () => Promise.reject(new Error('cannot be served'))],
  ])('closes the connection, and no other, when the server %s', async (_name, fail) => {
    await listen()
    serve = (text) => (text === 'bad' ? fail() : plain(text))
    const [bad, good] = [client(), client()]
    bad.connection.write([framed('bad')])
    await settle()
    good.connection.write([framed('good')])
    await settle()
    expect(bad.closed).toBe(true)
    expect(good.closed).toBe(false)
    expect(good.received).toBe('good')
    expect(log.messages('WARN')).toEqual([expect.stringContaining('cannot be served')])
  })

  it('closes on a frame that is too large, with a line that says so', async () => {
    await listen()
    const peer = client()
    peer.connection.write([Buffer.from([0, 0, 4, 1])])
    await settle()
    expect(peer.closed).toBe(true)
    expect(served).toEqual([])
    expect(log.messages('WARN')).toEqual([expect.stringContaining('frame of 1025 bytes is larger than the limit')])
  })

  it('answers all that a client has sent before it ended its side', async () => {
    await listen()
    const slow = later()
    serve = (text) => (text === 'slow' ? slow.answer : plain(text))
    const [peer, partial, silent] = [client(), client(), client()]
    peer.connection.write(['a', 'slow', 'b'].map(framed))
    peer.connection.end()
    partial.connection.write([framed('c'), framed('cut off').subarray(0, 6)])
    partial.connection.end()
    silent.connection.end()
    await settle()
    expect([peer.received, partial.received]).toEqual(['a', 'c'])
    expect([peer.closed, partial.closed, silent.closed]).toEqual([false, true, true])
    slow.resolve(plain('late'))
    await settle()
    expect(peer.received).toBe('alateb')
    expect(peer.closed).toBe(true)
  })

  it('serves one request at a time and reads on as they are answered', async () => {
    await listen()
    const answers: ((answer: Answer) => void)[] = []
    serve = () => {
      const slot = later()
      answers.push(slot.resolve)
      return slot.answer
    }
    const peer = client()
    peer.connection.write([Buffer.concat(Array.from({ length: 500 }, () => framed('x')))])
    await settle()
    expect(served.length).toBe(1)
    expect(peer.connection.peer.isPaused).toBe(true)
    for (let done = 0; done < 500; done++) {
      answers[done]!(plain('y'))
      await settle()
    }
    expect(served.length).toBe(500)
    expect(peer.received).toBe('y'.repeat(500))
    expect(peer.connection.peer.isPaused).toBe(false)
  })

  it('stops serving a client that does not read its answers, and goes on when it does', async () => {
    await listen()
    const large = Buffer.alloc(1_000_000, 'z')
    serve = () => [large]
    const peer = client()
    peer.connection.pause()
    peer.connection.write([Buffer.concat(Array.from({ length: 40 }, () => framed('x')))])
    await settle()
    expect(served.length).toBeLessThan(8)
    expect(peer.connection.peer.isPaused).toBe(true)
    peer.connection.resume()
    await settle()
    expect(served.length).toBe(40)
    expect(peer.received.length).toBe(40_000_000)
  })

  it('closes an idle connection, but not one whose answer is still due', async () => {
    await listen({ maxIdleMs: 1000 })
    const slow = later()
    serve = () => slow.answer
    const [idle, busy] = [client(), client()]
    busy.connection.write([framed('x')])
    await settle()
    clock.advance(900)
    await settle()
    expect(idle.closed).toBe(false)
    clock.advance(200)
    await settle()
    expect(idle.closed).toBe(true)
    expect(busy.closed).toBe(false)
    slow.resolve(plain('y'))
    await settle()
    expect(busy.received).toBe('y')
    clock.advance(2500)
    await settle()
    expect(busy.closed).toBe(true)
  })
})

describe('Listener', () => {
  it('refuses a security protocol that it does not serve', async () => {
    await expect(listen({ securityProtocol: 'SASL_SSL' })).rejects.toMatchObject({ code: 'MQ_CONFIG' })
  })

  it('refuses connections above the limit of an address', async () => {
    const overrides = new Map([['10.0.0.9', 1]])
    await listen({ limits: new ConnectionLimits({ max: 100, maxPerAddress: 2, overrides }) })
    const peers = [client('10.0.0.1'), client('10.0.0.1'), client('10.0.0.1'), client('10.0.0.9'), client('10.0.0.9')]
    await settle()
    expect(peers.map(({ closed }) => closed)).toEqual([false, false, true, false, true])
    peers[0]!.connection.destroy()
    await settle()
    const next = client('10.0.0.1')
    await settle()
    expect(next.closed).toBe(false)
  })

  it('lets connections above the total wait until one ends', async () => {
    await listen({ limits: new ConnectionLimits({ ...NO_LIMIT, max: 1 }) })
    serve = plain
    const [first, second] = [client(), client()]
    second.connection.write([framed('late')])
    await settle()
    expect(second.received).toBe('')
    expect(second.closed).toBe(false)
    first.connection.destroy()
    await settle()
    expect(second.received).toBe('late')
  })

  it('leaves no connection behind when it closes, not even one that waits', async () => {
    const listener = await listen({ limits: new ConnectionLimits({ ...NO_LIMIT, max: 1 }) })
    const [first, second] = [client(), client()]
    await settle()
    const closed = listener.close(1000)
    await settle()
    await closed
    expect([first.closed, second.closed]).toEqual([true, true])
  })

  it('answers what is in flight before it closes', async () => {
    const listener = await listen()
    const slow = later()
    serve = () => slow.answer
    const [busy, idle] = [client(), client()]
    busy.connection.write([framed('x')])
    await settle()
    const closed = listener.close(5000)
    await settle()
    expect(idle.closed).toBe(true)
    expect(busy.closed).toBe(false)
    slow.resolve(plain('answer'))
    await settle()
    expect(busy.received).toBe('answer')
    await closed
    expect(listener.connectionCount).toBe(0)
  })

  it('drops what is not answered within the grace time', async () => {
    const listener = await listen()
    serve = () => new Promise<Answer>(() => {})
    const busy = client()
    busy.connection.write([framed('x')])
    await settle()
    const closed = listener.close(5000)
    await settle()
    clock.advance(5001)
    await settle()
    await closed
    expect(busy.closed).toBe(true)
  })
})
