/**
 * The whole data path under strain: receive slabs, pooled read buffers, the tail cache and kept requests are used over
 * and over by connections of all kinds, and every byte that comes out is compared with what went in.
 */
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { checkBatchCrc, eachBatch } from '../../src/protocol/records/batch.ts'
import { decodeBatch, encodeBatch } from '../../src/protocol/records/record.ts'
import { seededChance } from '../support/crash-disk.ts'
import { createTopic, startNode } from './node.ts'

const PARTITIONS = 6
const PRODUCERS = 5
const CONSUMERS = 6
const HOARDERS = 3
const ROUNDS = 40
const PIPELINED = 5

let broker: Broker | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await broker?.stop()
})

const digest = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64')

function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = (seed * 2654435761 + 1) >>> 0
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Any number of requests on their way; answers come in their order. `lag` slows the reading down. */
class Client {
  readonly socket: Socket
  readonly #waiting: ((frame: Buffer) => void)[] = []
  #pieces: Buffer[] = []
  #received = 0

  constructor(port: number, lag: () => number = () => 0) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk) => {
      this.#pieces.push(chunk)
      this.#received += chunk.length
      this.#cut()
      const pauseMs = lag()
      if (pauseMs === 0) return
      this.socket.pause()
      setTimeout(() => this.socket.resume(), pauseMs)
    })
    sockets.push(this.socket)
  }

  async ask<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const answer = new Promise<Buffer>((resolve) => this.#waiting.push(resolve))
    this.socket.cork()
    for (const piece of encodeRequestFrame(api, version, { correlationId: 1, clientId: 'c' }, body)) {
      this.socket.write(piece)
    }
    this.socket.uncork()
    return decodeResponseFrame(api, version, await answer).body
  }

  #cut(): void {
    if (this.#received < 4) return
    if (this.#pieces[0]!.length >= 4 && this.#received < 4 + this.#pieces[0]!.readInt32BE(0)) return
    let bytes = Buffer.concat(this.#pieces)
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      const end = 4 + bytes.readInt32BE(0)
      this.#waiting.shift()?.(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    this.#pieces = bytes.length === 0 ? [] : [bytes]
    this.#received = bytes.length
  }
}

describe('the data path', () => {
  it('gives back every byte that went in, to fast, slow and vanishing readers', { timeout: 60_000 }, async () => {
    broker = await startNode({
      overrides: {
        'log.segment.bytes': '3000000',
        'message.max.bytes': '2000000',
        'group.initial.rebalance.delay.ms': '150',
      },
    })
    await createTopic(broker, 't', PARTITIONS)
    const { port } = broker.listeners.brokerEndpoints()[0]!
    /** By partition and offset: the digest of the value. */
    const sent = Array.from({ length: PARTITIONS }, () => new Map<number, string>())
    const faults: string[] = []
    let producing = PRODUCERS
    let groupsChecked = 0

    const produce = async (index: number): Promise<void> => {
      const chance = seededChance(index + 1)
      const client = new Client(port)
      const groups: Promise<void>[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const answers: Promise<void>[] = []
        for (let each = 0; each < PIPELINED; each++) {
          const partition = chance.int(PARTITIONS)
          // Two partitions of small batches stay in the tail cache; the others are read from files.
          const largest = [40, 900, 3_000, 70_000, 400_000][chance.int(partition < 2 ? 3 : 5)]!
          const values = Array.from({ length: 1 + chance.int(3) }, () =>
            noise(chance.int(1 << 30), 1 + chance.int(largest)),
          )
          const batch = encodeBatch(
            {},
            values.map((value) => ({ timestamp: 1_700_000_000_000, key: null, value })),
          )
          const data = [{ name: 't', partitionData: [{ index: partition, records: [batch] }] }]
          const body = { acks: chance.int(2) === 0 ? 1 : -1, timeoutMs: 10_000, topicData: data }
          answers.push(
            client.ask('Produce', 9, body).then(({ responses }) => {
              const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
              if (errorCode !== 0) faults.push(`produce answered ${errorCode}`)
              for (const [at, value] of values.entries()) sent[partition]!.set(baseOffset + at, digest(value))
            }),
          )
        }
        // What a member says of itself stays in the node while the same connection's memory is used again.
        if (round % 10 === 3) groups.push(joinAndCompare(client, index * 100 + round))
        await Promise.all(answers)
      }
      await Promise.all(groups)
      producing--
    }

    const joinAndCompare = async (client: Client, seed: number): Promise<void> => {
      const metadata = noise(seed, 20_000)
      const join = client.ask('JoinGroup', 3, {
        groupId: `g${seed}`,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId: '',
        protocolType: 'other',
        protocols: [{ name: 'p', metadata }],
      })
      const { memberId, generationId, members } = await join
      if (digest(members[0]!.metadata) !== digest(metadata)) faults.push(`the metadata of g${seed} changed`)
      const assignment = noise(seed + 1, 30_000)
      const sync = { groupId: `g${seed}`, generationId, memberId, assignments: [{ memberId, assignment }] }
      const answer = await client.ask('SyncGroup', 2, sync)
      if (digest(answer.assignment) !== digest(assignment)) faults.push(`the assignment of g${seed} changed`)
      await delay(100)
      const [group] = (await client.ask('DescribeGroups', 4, { groups: [`g${seed}`] })).groups
      const member = group!.members[0]!
      if (digest(member.memberMetadata) !== digest(metadata)) faults.push(`the kept metadata of g${seed} changed`)
      if (digest(member.memberAssignment) !== digest(assignment)) faults.push(`the kept assignment of g${seed} changed`)
      groupsChecked++
    }

    /** The first question for a coordinator creates its topic. */
    const awaitCoordinator = async (): Promise<void> => {
      const client = new Client(port)
      const isReady = async () => {
        const { errorCode } = await client.ask('FindCoordinator', 3, { key: 'g', keyType: 0 })
        if (errorCode !== 0) return false
        return (await client.ask('Heartbeat', 2, { groupId: 'g', generationId: 1, memberId: 'm' })).errorCode === 25
      }
      while (!(await isReady())) await delay(20)
    }

    const fetchOf = (partition: number, fetchOffset: number, partitionMaxBytes: number, minBytes: number) => ({
      maxWaitMs: 20,
      minBytes,
      maxBytes: 3_000_000,
      topics: [{ topic: 't', partitions: [{ partition, fetchOffset, partitionMaxBytes }] }],
    })

    /** Reads one partition to its end again and again; compares what is known of it by then. */
    const consume = async (index: number, until: () => boolean): Promise<number> => {
      const chance = seededChance(100 + index)
      const isSlow = index % 2 === 1
      const client = new Client(port, () => (isSlow && chance.int(4) === 0 ? 1 + chance.int(4) : 0))
      const seen = new Map<number, string>()
      const partition = index % PARTITIONS
      let offset = 0
      for (;;) {
        const done = until()
        const maxBytes = [1, 2_000, 50_000, 300_000, 3_000_000][chance.int(5)]!
        const { responses } = await client.ask('Fetch', 11, fetchOf(partition, offset, maxBytes, 1 + chance.int(5_000)))
        const { errorCode, records, highWatermark } = responses[0]!.partitions[0]!
        if (errorCode !== 0) faults.push(`fetch answered ${errorCode}`)
        const bytes = records ?? Buffer.alloc(0)
        for (const { header, position } of eachBatch(bytes)) {
          const batch = bytes.subarray(position, position + header.sizeBytes)
          if (!checkBatchCrc(bytes, position)) faults.push(`a damaged batch at ${partition}:${header.baseOffset}`)
          for (const record of decodeBatch(batch)) {
            if (record.offset < offset) continue
            if (record.offset !== offset) faults.push(`offset ${record.offset} after ${offset - 1} of ${partition}`)
            seen.set(record.offset, digest(record.value!))
            offset = record.offset + 1
          }
        }
        if (done && offset >= highWatermark) break
        // From time to time all over again, past what the cache still holds.
        if (!done && offset >= highWatermark && chance.int(3) === 0) offset = 0
      }
      for (const [at, expected] of sent[partition]!) {
        if (seen.get(at) !== expected) faults.push(`the value at ${partition}:${at} changed`)
      }
      return seen.size
    }

    /** Asks for much, lets it pile up in the node, and reads it then. */
    const hoard = async (index: number): Promise<void> => {
      const chance = seededChance(200 + index)
      const client = new Client(port)
      while (producing > 0) {
        client.socket.pause()
        const answers = Array.from({ length: 4 }, async () => {
          const partition = 2 + chance.int(PARTITIONS - 2)
          const from = chance.int(1 + sent[partition]!.size)
          const { responses } = await client.ask('Fetch', 11, fetchOf(partition, from, 3_000_000, 1))
          const bytes = responses[0]!.partitions[0]!.records ?? Buffer.alloc(0)
          for (const { header, position } of eachBatch(bytes)) {
            if (!checkBatchCrc(bytes, position)) faults.push(`a damaged batch at ${partition}:${header.baseOffset}`)
          }
        })
        await delay(20)
        client.socket.resume()
        await Promise.all(answers)
      }
    }

    /** Asks for much and goes while it comes. */
    const vanish = async (): Promise<void> => {
      for (let round = 0; producing > 0; round++) {
        const client = new Client(port, () => 5)
        for (let each = 0; each < 4; each++) {
          void client.ask('Fetch', 11, fetchOf((round + each) % PARTITIONS, 0, 3_000_000, 1))
        }
        await delay(5 + (round % 4) * 5)
        client.socket.destroy()
      }
    }

    await awaitCoordinator()
    const isOver = () => producing === 0
    await Promise.all([
      ...Array.from({ length: PRODUCERS }, (_, index) => produce(index)),
      ...Array.from({ length: CONSUMERS }, (_, index) => consume(index, isOver)),
      ...Array.from({ length: HOARDERS }, (_, index) => hoard(index)),
      vanish(),
    ])
    const counts = await Promise.all(Array.from({ length: PARTITIONS }, (_, index) => consume(index, () => true)))
    expect(faults).toEqual([])
    expect(counts).toEqual(sent.map((offsets) => offsets.size))
    expect(groupsChecked).toBe(PRODUCERS * 4)
  })
})
