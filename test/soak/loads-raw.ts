/**
 * Loads below any client: bulk through a topic that retention keeps small, connections that vanish in the middle of what they
 * do, and the programs kcat (librdkafka) and mq.
 */
import { connect } from 'node:net'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { encodeRequestFrame } from '../../src/protocol/frame.ts'
import { run } from '../compat/support/process.ts'
import { RawClient } from '../compat/support/raw-client.ts'
import type { Ledger } from './ledger.ts'
import type { World } from './world.ts'

const PRODUCE_VERSION = 11
const FETCH_VERSION = 12
const RECORD_BYTES = 1000
const RECORDS_A_BATCH = 100

/** Runs `work` on a connection of its own, and on a new one whenever it breaks. */
async function onConnections(world: World, source: string, work: (client: RawClient) => Promise<void>): Promise<void> {
  while (!world.stopping) {
    const began = world.isDisturbed
    let client: RawClient | undefined
    try {
      client = await RawClient.open(world.bootstrap, 'soak-raw')
      await work(client)
    } catch (error) {
      world.error(source, error, began)
      await world.pause(300)
    } finally {
      client?.close()
    }
  }
}

/** About two megabytes a second into `topic`, in turn over its partitions. */
export function bulkProducer(world: World, topic: string, partitions: number): Promise<void> {
  const value = Buffer.alloc(RECORD_BYTES, 'b')
  return onConnections(world, 'bulk produce', async (client) => {
    for (let turn = 0; !world.stopping; turn++) {
      const records = Array.from({ length: RECORDS_A_BATCH }, () => ({ timestamp: Date.now(), key: null, value }))
      const batch = encodeBatch({ compression: turn % 4 === 0 ? 'gzip' : 'none' }, records)
      const answer = await client.request('Produce', PRODUCE_VERSION, {
        transactionalId: null,
        acks: turn % 2 === 0 ? 1 : -1,
        timeoutMs: 10_000,
        topicData: [{ name: topic, partitionData: [{ index: turn % partitions, records: batch }] }],
      })
      const code = answer.responses[0]!.partitionResponses[0]!.errorCode
      if (code !== 0) throw new Error(`produce answered error code ${code}`)
      world.did('bulk records produced', RECORDS_A_BATCH)
      await world.pause(50)
    }
  })
}

/** Follows one partition of the bulk topic. */
export function bulkConsumer(world: World, topic: string, partition: number): Promise<void> {
  let offset = 0
  return onConnections(world, 'bulk fetch', async (client) => {
    while (!world.stopping) {
      const answer = await client.request('Fetch', FETCH_VERSION, {
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: 4_000_000,
        isolationLevel: 0,
        sessionEpoch: -1,
        topics: [
          { topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 1_000_000, logStartOffset: -1 }] },
        ],
      })
      const part = answer.responses[0]!.partitions[0]!
      // Retention passed by, or the end of the log was lost with a kill (acks=1 promises no more).
      if (part.errorCode === 1) offset = Math.max(0, part.logStartOffset)
      else if (part.errorCode !== 0) throw new Error(`fetch answered error code ${part.errorCode}`)
      const records = part.records ?? Buffer.alloc(0)
      if (records.length > 0) offset = part.highWatermark
      world.did('bulk bytes consumed', records.length)
      await world.pause(100)
    }
  })
}

/** Connections that leave in the middle: of a frame, of a fetch that waits, of an answer that they do not read. */
export async function vanishingClients(world: World, topic: string): Promise<void> {
  const [host, port] = world.bootstrap.split(':')
  const fetch = (maxWaitMs: number): Buffer =>
    Buffer.concat(
      encodeRequestFrame(
        'Fetch',
        FETCH_VERSION,
        { correlationId: 1, clientId: 'soak-vanishing' },
        {
          maxWaitMs,
          minBytes: maxWaitMs === 0 ? 0 : 50_000_000,
          maxBytes: 50_000_000,
          isolationLevel: 0,
          sessionEpoch: 0,
          topics: [
            {
              topic,
              partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 50_000_000, logStartOffset: -1 }],
            },
          ],
        },
      ),
    )
  const halfFrame = (): Buffer => fetch(0).subarray(0, 20)
  while (!world.stopping) {
    for (const bytes of [halfFrame(), fetch(30_000), Buffer.concat([fetch(0), fetch(0), fetch(0), fetch(0)])]) {
      const socket = connect(Number(port), host)
      socket.on('error', () => {}) // what it is here for
      socket.on('connect', () => socket.write(bytes))
      socket.pause()
      await world.pause(200)
      socket.destroy()
      world.did('connections that vanished')
    }
    await world.pause(500)
  }
}

/** kcat (librdkafka): produces a file now and then, and joins a group until it has read all. */
export async function kcatLoad(world: World, kcat: string, ledger: Ledger): Promise<void> {
  while (!world.stopping) {
    const began = world.isDisturbed
    const numbers = Array.from({ length: 500 }, () => ledger.next())
    const input = numbers.map((number) => `${ledger.producer}:${number}:${'k'.repeat(100)}\n`).join('')
    const sent = await run(kcat, ['-b', world.bootstrap, '-P', '-t', ledger.topic, '-X', 'acks=all'], { input })
    if (sent.code === 0) {
      ledger.acknowledge(numbers)
      world.did('records produced by kcat', numbers.length)
    } else world.error('kcat produce', sent.stderr, began)
    await world.pause(3_000)
    if (world.stopping) break
    const consume = ['-b', world.bootstrap, '-G', 'soak-kcat', '-X', 'auto.offset.reset=earliest', '-e', ledger.topic]
    const beganReading = world.isDisturbed
    const read = await run(kcat, consume, { timeoutMs: 120_000 }).catch((error: unknown) => {
      world.error('kcat consume', error, beganReading)
      return undefined
    })
    if (read !== undefined && read.code !== 0) world.error('kcat consume', read.stderr, beganReading)
    else if (read !== undefined) world.did('records consumed by kcat', read.stdout.split('\n').length - 1)
    await world.pause(5_000)
  }
}

/** mq's own commands, as an operator would run them meanwhile. */
export async function commandLoad(world: World, program: string): Promise<void> {
  const commands = [
    ['topics', 'list'],
    ['groups', 'list'],
    ['lag', 'show'],
    ['cluster', 'info'],
    ['cluster', 'quorum'],
  ]
  for (let turn = 0; !world.stopping; turn++) {
    await world.pause(10_000)
    if (world.stopping) break
    const began = world.isDisturbed
    const args = [...commands[turn % commands.length]!, '--json', '--bootstrap-server', world.bootstrap]
    const done = await run(process.execPath, [program, ...args], { env: { NO_COLOR: '1' } }).catch((error: unknown) => {
      world.error(`mq ${args[0]} ${args[1]}`, error, began)
      return undefined
    })
    if (done === undefined) continue
    if (done.code !== 0) world.error(`mq ${args[0]} ${args[1]}`, done.stderr || done.stdout, began)
    else world.did('mq commands run')
  }
}
