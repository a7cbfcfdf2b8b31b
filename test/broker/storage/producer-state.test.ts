/** Idempotent and transactional producers as a log sees them, live and after restarts. */
import { describe, expect, it } from 'vitest'
import type { Log } from '../../../src/broker/storage/log.ts'
import { endTxnMarker } from '../../../src/protocol/records/control.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../../src/broker/storage/producer-snapshot.ts'
import { ProducerEntry } from '../../../src/broker/storage/producer-entry.ts'
import { batchOf, errorOf, openBench, START_MS } from './support.ts'

interface Sent {
  epoch?: number
  sequence: number
  count?: number
  id?: number
  txn?: boolean
}

function send(log: Log, { id = 5, epoch = 0, sequence, count = 1, txn = false }: Sent) {
  const batch = batchOf({
    values: count,
    producerId: id,
    producerEpoch: epoch,
    baseSequence: sequence,
    isTransactional: txn,
  })
  return log.appendAsLeader(batch, { leaderEpoch: 0, origin: 'client' })
}

function end(log: Log, commit: boolean, id = 5, epoch = 0, coordinatorEpoch = 1) {
  const marker = endTxnMarker({ commit, coordinatorEpoch, producerId: id, producerEpoch: epoch, timestamp: START_MS })
  return log.appendAsLeader(marker, { leaderEpoch: 0, origin: 'coordinator' })
}

describe('idempotence', () => {
  it('answers the last five batches with their old offsets, and refuses older ones', () => {
    const { log } = openBench()
    for (let i = 0; i < 7; i++) send(log, { sequence: i * 2, count: 2 })
    for (let i = 2; i < 7; i++) {
      const again = send(log, { sequence: i * 2, count: 2 })
      expect(again).toMatchObject({ duplicate: true, firstOffset: i * 2, lastOffset: i * 2 + 1 })
    }
    expect(errorOf(() => send(log, { sequence: 2, count: 2 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(log.logEndOffset).toBe(14)
  })

  it('refuses gaps and old epochs, lets a new epoch begin at 0 only', () => {
    const { log } = openBench()
    send(log, { sequence: 0 })
    expect(errorOf(() => send(log, { sequence: 2 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(errorOf(() => send(log, { epoch: 1, sequence: 1 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    send(log, { epoch: 1, sequence: 0 })
    expect(errorOf(() => send(log, { epoch: 0, sequence: 1 }))).toBe('INVALID_PRODUCER_EPOCH')
    send(log, { epoch: 1, sequence: 1 })
    expect(log.logEndOffset).toBe(3)
  })

  it('takes any sequence from a producer it does not know', () => {
    const { log } = openBench()
    expect(send(log, { sequence: 4711 }).firstOffset).toBe(0)
    expect(send(log, { sequence: 4712 }).firstOffset).toBe(1)
  })

  it('wraps from 2^31-1 to 0, inside a batch too', () => {
    const { log } = openBench()
    send(log, { sequence: 2 ** 31 - 2, count: 2 })
    send(log, { sequence: 0, count: 1 })
    const other = openBench().log
    send(other, { sequence: 2 ** 31 - 2, count: 5 })
    expect(send(other, { sequence: 2 ** 31 - 2, count: 5 }).duplicate).toBe(true)
    expect(send(other, { sequence: 3 }).firstOffset).toBe(5)
  })

  it('forgets a producer after its expiration, never one with an open transaction', () => {
    const { log } = openBench()
    send(log, { sequence: 0 })
    send(log, { id: 6, sequence: 0, txn: true })
    log.removeExpiredProducers(START_MS + 86_399_999)
    expect(log.activeProducers().map((each) => each.producerId)).toEqual([5, 6])
    log.removeExpiredProducers(START_MS + 86_400_000)
    expect(log.activeProducers().map((each) => each.producerId)).toEqual([6])
  })

  it('knows its producers after a clean restart, a crash, and without snapshots', () => {
    for (const kind of ['clean', 'crash', 'no snapshots']) {
      const bench = openBench()
      for (let i = 0; i < 40; i++) send(bench.log, { sequence: i * 3, count: 3, id: 5 + (i % 2) * 0 })
      send(bench.log, { id: 9, epoch: 4, sequence: 17 })
      if (kind === 'clean') bench.log.close()
      if (kind === 'no snapshots') {
        for (const name of bench.disk.list('data/events-0')) {
          if (name.endsWith('.snapshot')) bench.disk.removeFile(`data/events-0/${name}`)
        }
      }
      const { log } = openBench({ disk: bench.disk, clock: bench.clock, clean: kind === 'clean' })
      expect(log.activeProducers()).toEqual(bench.log.activeProducers())
      expect(send(log, { sequence: 117, count: 3 }).duplicate, kind).toBe(true)
      expect(errorOf(() => send(log, { sequence: 123 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
      expect(send(log, { sequence: 120 }).duplicate).toBe(false)
    }
  })

  it('goes back with the log when it is truncated', () => {
    const { log } = openBench()
    for (let i = 0; i < 30; i++) send(log, { sequence: i })
    log.truncateTo(12)
    expect(log.activeProducers()[0]!.lastSequence).toBe(11)
    expect(send(log, { sequence: 12 }).firstOffset).toBe(12)
    log.truncateFullyAndStartAt(500)
    expect(log.activeProducers()).toEqual([])
  })
})

describe('transactions', () => {
  it('holds the last stable offset until the marker is replicated', () => {
    const { log } = openBench()
    send(log, { sequence: 0 })
    send(log, { id: 6, sequence: 0, txn: true })
    send(log, { sequence: 1 })
    log.updateHighWatermark(3)
    expect(log.lastStableOffset).toBe(1)
    expect(log.activeProducers().find((each) => each.producerId === 6)!.currentTxnStartOffset).toBe(1)
    end(log, true, 6)
    expect(log.lastStableOffset).toBe(1)
    log.updateHighWatermark(4)
    expect(log.lastStableOffset).toBe(4)
  })

  it('names aborted transactions to readers of committed records, across segments and restarts', () => {
    const bench = openBench()
    const { log } = bench
    send(log, { id: 6, sequence: 0, txn: true })
    for (let i = 0; i < 60; i++) send(log, { sequence: i * 3, count: 3 })
    send(log, { id: 7, sequence: 0, txn: true })
    end(log, false, 6)
    end(log, true, 7)
    log.updateHighWatermark(log.logEndOffset)
    expect(log.files.segments.length).toBeGreaterThan(1)
    const read = (from: Log) =>
      from.read(0, { maxBytes: 500, minOneBatch: true, upTo: from.lastStableOffset, withAborted: true })
    expect(read(log).abortedTransactions).toEqual([{ producerId: 6, firstOffset: 0 }])
    const late = log.read(log.logEndOffset - 1, { maxBytes: 500, minOneBatch: true, upTo: 1e9, withAborted: true })
    expect(late.abortedTransactions).toEqual([])
    const recovered = openBench({ disk: bench.disk, clean: false }).log
    recovered.updateHighWatermark(recovered.logEndOffset)
    expect(recovered.lastStableOffset).toBe(recovered.logEndOffset)
    expect(read(recovered).abortedTransactions).toEqual([{ producerId: 6, firstOffset: 0 }])
  })

  it('rebuilds a damaged transaction index, after a clean shutdown too', () => {
    const bench = openBench()
    send(bench.log, { id: 6, sequence: 0, txn: true })
    end(bench.log, false, 6)
    bench.log.close()
    bench.disk.writeFile('data/events-0/00000000000000000000.txnindex', Buffer.alloc(35))
    const { log } = openBench({ disk: bench.disk, clean: true })
    const read = log.read(0, { maxBytes: 500, minOneBatch: true, upTo: 2, withAborted: true })
    expect(read.abortedTransactions).toEqual([{ producerId: 6, firstOffset: 0 }])
  })

  it('finds an open transaction again after a restart', () => {
    for (const clean of [true, false]) {
      const bench = openBench()
      send(bench.log, { sequence: 0 })
      send(bench.log, { id: 6, sequence: 0, txn: true })
      if (clean) bench.log.close()
      const { log } = openBench({ disk: bench.disk, clean })
      log.updateHighWatermark(2)
      expect(log.lastStableOffset).toBe(1)
    }
  })

  it('refuses plain batches inside a transaction and markers of older coordinators', () => {
    const { log } = openBench()
    send(log, { sequence: 0, txn: true })
    expect(errorOf(() => send(log, { sequence: 1 }))).toBe('INVALID_TXN_STATE')
    end(log, true, 5, 0, 8)
    expect(errorOf(() => end(log, true, 5, 0, 7))).toBe('TRANSACTION_COORDINATOR_FENCED')
  })
})

describe('snapshot file', () => {
  // Written by Apache Kafka 4.3.1: one idempotent producer, 2048 records.
  const KAFKAS =
    '000116aa03330000000100000000000000000000000007ff00000000000007ff0000001f000001a1fd75ee3effffffffffffffffffffffff'

  it("is Kafka's, byte for byte, both ways", () => {
    const [entry] = decodeProducerSnapshot(Buffer.from(KAFKAS, 'hex'))
    expect(entry).toMatchObject({ producerId: 0, producerEpoch: 0, coordinatorEpoch: -1, lastTimestamp: 1795253726782 })
    expect(entry!.batches).toEqual([
      { lastSequence: 2047, lastOffset: 2047, offsetDelta: 31, timestamp: 1795253726782 },
    ])
    expect(encodeProducerSnapshot([entry!]).toString('hex')).toBe(KAFKAS)
  })

  it('keeps what transactions need', () => {
    const entry = new ProducerEntry(0x7a5)
    entry.producerEpoch = 3
    entry.coordinatorEpoch = 9
    entry.lastTimestamp = START_MS
    entry.currentTxnFirstOffset = 40
    entry.batches = [{ lastSequence: 21, lastOffset: 44, offsetDelta: 4, timestamp: START_MS }]
    expect(decodeProducerSnapshot(encodeProducerSnapshot([entry]))).toEqual([entry])
  })

  it('is refused when any byte of it is changed or missing', () => {
    const bytes = Buffer.from(KAFKAS, 'hex')
    for (let i = 0; i < bytes.length; i++) {
      const damaged = Buffer.from(bytes)
      damaged[i]! ^= 0x10
      expect(() => decodeProducerSnapshot(damaged)).toThrow()
      expect(() => decodeProducerSnapshot(bytes.subarray(0, i))).toThrow()
    }
  })
})
