/** Connections and routing against scripted brokers: versions, pipelining, failures in words, retries. */
import * as net from 'node:net'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import type { ConnectionError } from '../../src/client/errors.ts'
import { fetchPartition, readRange } from '../../src/client/fetcher.ts'
import { type ClientOptions, resolveClientOptions } from '../../src/client/options.ts'
import { LATEST, listOffsets } from '../../src/client/offsets.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close()
})

function track<T extends { close(): unknown }>(thing: T): T {
  open.push(thing)
  return thing
}

const options = (address: string, properties: Record<string, string> = {}): ClientOptions =>
  resolveClientOptions({ bootstrapServer: address, properties: { 'retry.backoff.ms': '1', ...properties } })

async function connect(address: string, properties?: Record<string, string>): Promise<ClusterClient> {
  return track(await ClusterClient.connect(options(address, properties)))
}

async function failure(address: string, properties?: Record<string, string>): Promise<ConnectionError> {
  return connect(address, properties).then(
    () => Promise.reject(new Error('it connected')),
    (error: unknown) => error as ConnectionError,
  )
}

function rawServer(respond: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => respond(socket))
  })
  track({ close: () => server.close() })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as net.AddressInfo).port}`))
  })
}

const brokerOf = (broker: ScriptedBroker) => ({ nodeId: 1, host: '127.0.0.1', port: broker.port })

describe('connecting', () => {
  it('uses the highest version that both sides have, also of ApiVersions itself', async () => {
    const cluster = track(await startCluster({}, {}, { maxVersions: { ApiVersions: 2, Metadata: 9 } }))
    const client = await connect(cluster.address)
    expect((await client.metadata()).clusterId).toBe('test-cluster')
    expect(cluster.broker.asked[0]).toMatchObject({ api: 'Metadata', version: 9 })
  })

  it('says that a request is beyond the cluster', async () => {
    const client = await connect(track(await startScripted({ Metadata: () => ({}) })).address)
    await expect(client.request('DescribeQuorum', {})).rejects.toMatchObject({
      error: 'UNSUPPORTED_VERSION',
      message: expect.stringContaining('does not offer it'),
    })
  })

  it('tries every bootstrap address and gives all reasons when none answers', async () => {
    const cluster = track(await startCluster())
    const client = await connect(`127.0.0.1:1,${cluster.address}`)
    expect((await client.metadata()).brokers).toHaveLength(1)
    const error = await failure('127.0.0.1:1,127.0.0.1:2')
    expect(error.reason).toBe('refused')
    expect(error.message).toContain('127.0.0.1:1: connection refused; cannot connect to 127.0.0.1:2')
  })

  it('names an unknown host', async () => {
    expect(await failure('no-such-host.invalid:9092')).toMatchObject({ reason: 'unknown-host' })
  })

  it('knows a web server, a TLS listener and other strangers', async () => {
    const web = await rawServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await failure(web)).toMatchObject({ reason: 'not-kafka', message: expect.stringContaining('web server') })
    const tls = await rawServer((socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 80])))
    expect(await failure(tls)).toMatchObject({ reason: 'tls', hint: expect.stringContaining('security.protocol=SSL') })
    const other = await rawServer((socket) => socket.write(Buffer.from([0, 0, 0, 8, 9, 9, 9, 9, 0, 0, 0, 0])))
    expect(await failure(other)).toMatchObject({ reason: 'not-kafka' })
    const silent = await rawServer(() => undefined)
    expect(await failure(silent, { 'request.timeout.ms': '50' })).toMatchObject({ reason: 'timeout' })
    const closing = await rawServer((socket) => socket.destroy())
    expect(await failure(closing)).toMatchObject({ reason: 'closed', hint: expect.stringContaining('TLS') })
    expect(await failure(closing, { 'security.protocol': 'SSL' })).toMatchObject({ reason: 'tls' })
  })

  it('hints at authentication when a broker hangs up after the negotiation', async () => {
    const broker = track(await startScripted({ Metadata: () => 'hang up' }))
    const client = await connect(broker.address)
    await expect(client.metadata()).rejects.toMatchObject({ hint: expect.stringContaining('SASL') })
  })

  it('says which advertised address is wrong', async () => {
    const broker = track(
      await startScripted({
        Metadata: () => ({ brokers: [{ nodeId: 7, host: '127.0.0.1', port: 1 }], controllerId: 7 }),
      }),
    )
    const client = await connect(broker.address)
    await expect(client.request('Metadata', {}, { broker: 7 })).rejects.toMatchObject({
      message: expect.stringContaining('broker 7 cannot be reached at its advertised address'),
      hint: expect.stringContaining('advertised.listeners of broker 7'),
    })
    await expect(client.request('Metadata', {}, { broker: 9 })).rejects.toThrow('there is no broker 9')
  })
})

it('waits once for a broker that is silent, then says so at once for a while', async () => {
  let connections = 0
  const silent = net.createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
  })
  track({ close: () => silent.close() })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as net.AddressInfo
  const broker = track(
    await startScripted((own) => ({
      Metadata: () => ({
        brokers: [
          { nodeId: 1, host: '127.0.0.1', port: own },
          { nodeId: 2, host: '127.0.0.1', port },
        ],
        controllerId: 1,
        topics: [],
      }),
    })),
  )
  const client = await connect(broker.address, { 'request.timeout.ms': '300' })
  const ask = () => client.retry(() => client.connection({ broker: 2 })).catch((error: Error) => error.message)
  const said = `127.0.0.1:${port} did not answer ApiVersions within 0.3s`
  expect(await ask()).toContain(said)
  // Four attempts were made of it, and one connection.
  expect(connections).toBe(1)
  const askAgain = async () => {
    await ask()
    return connections
  }
  await expect.poll(askAgain, { timeout: 5000 }).toBe(2)
})

describe('requests', () => {
  it('go out at once and their answers find their way', async () => {
    const cluster = track(await startCluster({ topics: { a: topic([{ start: 0, end: 3 }]) } }))
    const client = await connect(cluster.address)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => client.metadata(index % 2 === 0 ? ['a'] : ['b'])),
    )
    expect(answers.map((answer) => answer.topics[0]?.errorCode)).toEqual(
      Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 0 : 3)),
    )
  })

  it('are repeated over a lost connection and a moved controller', async () => {
    let calls = 0
    const broker = track(
      await startScripted((port) => ({
        Metadata: () => ({ brokers: [{ nodeId: 1, host: '127.0.0.1', port }], controllerId: 1 }),
        DescribeCluster: () => {
          calls += 1
          return calls === 1 ? 'hang up' : { clusterId: 'c' }
        },
      })),
    )
    const client = await connect(broker.address)
    expect((await client.request('DescribeCluster', {}, 'controller')).clusterId).toBe('c')
    expect(calls).toBe(2)
  })

  it('wait for the coordinator that a first question brings into being', async () => {
    let asked = 0
    const broker = track(
      await startScripted({
        FindCoordinator: () => ({
          coordinators: [
            ++asked < 3
              ? { key: 'g', nodeId: -1, errorCode: errorCode('COORDINATOR_NOT_AVAILABLE') }
              : { key: 'g', nodeId: 1, host: '127.0.0.1', port: 1 },
          ],
        }),
      }),
    )
    const client = await connect(broker.address, { 'retry.backoff.ms': '1' })
    expect(await client.coordinators(['g'])).toEqual(new Map([['g', 1]]))
  })

  it('fail at the deadline with the last answer', async () => {
    const broker = track(
      await startScripted({
        FindCoordinator: () => ({
          coordinators: [{ key: 'g', nodeId: -1, errorCode: errorCode('COORDINATOR_NOT_AVAILABLE') }],
        }),
        Metadata: () => ({}),
      }),
    )
    const client = await connect(broker.address, { 'default.api.timeout.ms': '30' })
    await expect(client.request('Heartbeat', {}, { group: 'g' })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/^gave up after .* attempts; the last answer: ./),
    })
  })
})

describe('reading', () => {
  it('ends at the end that was fixed and counts control records as progress', async () => {
    const cluster: FakeCluster = track(await startCluster({ topics: { a: topic([{ start: 2, end: 6 }]) } }))
    const client = await connect(cluster.address)
    const offsets: number[] = []
    for await (const records of readRange(client, { topic: 'a', partition: 0 }, { from: 3, until: 5 })) {
      offsets.push(...records.map((record) => record.offset))
    }
    expect(offsets).toEqual([3, 4])
    await expect(fetchPartition(client, { topic: 'a', partition: 0 }, 0)).rejects.toMatchObject({
      error: 'OFFSET_OUT_OF_RANGE',
    })
  })

  it('keeps failures of look-ups with their partition', async () => {
    const cluster = track(await startCluster({ topics: { a: topic([{ start: 0, end: 6 }]) } }))
    const client = await connect(cluster.address)
    const found = await listOffsets(client, [
      { topic: 'a', partition: 0, timestamp: LATEST },
      { topic: 'a', partition: 4, timestamp: LATEST },
      { topic: 'none', partition: 0, timestamp: LATEST },
    ])
    expect(found.get('a-0')).toEqual({ offset: 6, timestamp: -1 })
    expect(found.get('a-4')?.error?.code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(found.get('none-0')?.error?.code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('SASL', () => {
  const scram = {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'SCRAM-SHA-256',
    'sasl.username': 'alice',
    'sasl.password': 'hunter2',
  }

  /** A server that knows `password`. */
  function scramServer(password: string) {
    let transcript = ''
    const salt = Buffer.from('salty')
    return (authBytes: Buffer) => {
      const text = authBytes.toString()
      if (text.startsWith('n,,')) {
        const bare = text.slice(3)
        const first = `r=${bare.split('r=')[1]}SERVER,s=${salt.toString('base64')},i=4096`
        transcript = `${bare},${first}`
        return { authBytes: Buffer.from(first) }
      }
      const [, final, proof] = /^(.*),p=(.*)$/.exec(text) as unknown as [string, string, string]
      const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
      const mac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest()
      const stored = createHash('sha256').update(mac(salted, 'Client Key')).digest()
      const signature = mac(stored, `${transcript},${final}`)
      const key = Buffer.from(Buffer.from(proof, 'base64').map((byte, index) => byte ^ signature[index]!))
      if (!createHash('sha256').update(key).digest().equals(stored)) {
        return { errorCode: errorCode('SASL_AUTHENTICATION_FAILED'), errorMessage: 'invalid credentials' }
      }
      return {
        authBytes: Buffer.from(`v=${mac(mac(salted, 'Server Key'), `${transcript},${final}`).toString('base64')}`),
      }
    }
  }

  async function server(password: string) {
    const answer = scramServer(password)
    return track(
      await startScripted((port) => ({
        Metadata: () => ({ brokers: [{ nodeId: 1, host: '127.0.0.1', port }], clusterId: 'safe' }),
        SaslHandshake: ({ mechanism }) =>
          mechanism.startsWith('SCRAM') ? { mechanisms: [] } : { errorCode: 33, mechanisms: ['SCRAM-SHA-256'] },
        SaslAuthenticate: ({ authBytes }) => answer(authBytes),
      })),
    )
  }

  it('logs in with SCRAM and checks the proof of the server', async () => {
    const client = await connect((await server('hunter2')).address, scram)
    expect((await client.metadata()).clusterId).toBe('safe')
  })

  it('says what was refused without the password', async () => {
    const error = await failure((await server('other')).address, scram)
    expect(error).toMatchObject({
      code: 'MQ_AUTHENTICATION',
      hint: expect.stringContaining('Check user name and password'),
    })
    expect(error.message).toContain('refused the login of user')
    expect(error.message).toContain('invalid credentials')
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2')
  })

  it('lists the mechanisms that a broker offers', async () => {
    const error = await failure((await server('x')).address, { ...scram, 'sasl.mechanism': 'PLAIN' })
    expect(error).toMatchObject({ hint: 'It offers: SCRAM-SHA-256.' })
  })
})

it('a group goes to its coordinator', async () => {
  const other = track(await startScripted({ Heartbeat: () => ({ errorCode: 0 }) }))
  const broker: ScriptedBroker = track(
    await startScripted((port) => ({
      Metadata: () => ({
        brokers: [
          { nodeId: 1, host: '127.0.0.1', port },
          { ...brokerOf(other), nodeId: 2 },
        ],
      }),
      FindCoordinator: ({ coordinatorKeys }) => ({
        coordinators: coordinatorKeys.map((key) => ({ key, nodeId: 2, host: '127.0.0.1', port: other.port })),
      }),
    })),
  )
  const client = await connect(broker.address)
  await client.request('Heartbeat', { groupId: 'g' }, { group: 'g' })
  expect(other.requests('Heartbeat')).toHaveLength(1)
})

it('opens one connection to a node however many ask at once, and leaves none open', async () => {
  let opened = 0
  const other = track(
    await startScripted({ Heartbeat: () => ({ errorCode: 0 }) }, { onConnection: () => (opened += 1) }),
  )
  const broker = track(
    await startScripted((port) => ({
      Metadata: () => ({
        brokers: [
          { nodeId: 1, host: '127.0.0.1', port },
          { ...brokerOf(other), nodeId: 2 },
        ],
      }),
    })),
  )
  const client = await ClusterClient.connect(options(broker.address))
  await Promise.all(Array.from({ length: 8 }, () => client.request('Heartbeat', {}, { broker: 2 })))
  expect(opened).toBe(1)
  expect(other.openConnections()).toBe(1)
  client.close()
  await expect.poll(() => other.openConnections() + broker.openConnections()).toBe(0)
})
