/** Connections of a load reader, which read into memory of their own: answers are whole, and the end is noticed. */
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ClientConnection } from '../../src/client/connection.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'

let broker: ScriptedBroker | undefined
afterEach(async () => {
  await broker?.close()
  broker = undefined
})

const options = (address: string) => ({
  ...resolveClientOptions({ bootstrapServer: address }),
  recyclesFrames: true,
})
const fetch = { maxWaitMs: 0, minBytes: 0, replicaId: -1, isolationLevel: 0, topics: [] } as const

it('gives large and small answers as they were sent, and tells when the broker hangs up', async () => {
  const sizes = [10, 700_000, 300_000, 0, 2_000_000, 300_001]
  let asked = 0
  broker = await startScripted({
    Fetch: () => {
      const size = sizes[asked++]
      if (size === undefined) return 'hang up'
      const partitions = [{ partitionIndex: 0, highWatermark: asked, records: Buffer.alloc(size, asked) }]
      return { responses: [{ topic: 't', partitions }] }
    },
  })
  const connection = await ClientConnection.open({ host: '127.0.0.1', port: broker.port }, options(broker.address))
  for (const [index, size] of sizes.entries()) {
    const { responses } = await connection.call('Fetch', fetch, { maxVersion: 12 })
    const partition = responses[0]!.partitions[0]!
    expect(partition.highWatermark).toBe(index + 1)
    expect(partition.records!.equals(Buffer.alloc(size, index + 1))).toBe(true)
  }
  await expect(connection.call('Fetch', fetch, { maxVersion: 12 })).rejects.toMatchObject({ reason: 'closed' })
  expect(connection.closed).toBe(true)
})

it('knows what is no broker, though it speaks first', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-something\r\n'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    const { port } = server.address() as { port: number }
    const opened = ClientConnection.open({ host: '127.0.0.1', port }, options(`127.0.0.1:${port}`))
    await expect(opened).rejects.toMatchObject({ reason: 'not-kafka' })
  } finally {
    server.close()
  }
})
