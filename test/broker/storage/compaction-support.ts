/** A node with one compacted log on a disk that crashes, random workloads for it, and what must be true of it afterwards. */
import { expect } from 'vitest'
import type { Clock } from '../../../src/base/clock.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { decodeControlRecord, endTxnMarker } from '../../../src/protocol/records/control.ts'
import { decodeBatch, encodeBatch } from '../../../src/protocol/records/record.ts'
import type { Log } from '../../../src/broker/storage/log.ts'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import type { BrokerConfig } from '../../../src/config/broker-config.ts'
import { NodeConfig } from '../../../src/config/node-config.ts'
import { TopicConfig } from '../../../src/config/topic-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { type Chance, CrashDisk, seededChance } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { nodeConfig, START_MS } from './support.ts'

export const KEY = 'c-0'
export const TOMBSTONE_MS = 60_000
const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
const DIRECTORY_IDS = ['4JfddA7kQwaxqBhb7x4aVw', 'MkU3OEVBNTcwNTJENDM2Qg']
const TOPIC_ID = 'E9ZFpHovQzW2u6utZcwLtQ'

export const COMPACTED = {
  'cleanup.policy': 'compact',
  'internal.segment.bytes': '2000',
  'segment.index.bytes': '800',
  'index.interval.bytes': '100',
  'min.cleanable.dirty.ratio': '0.01',
  'delete.retention.ms': String(TOMBSTONE_MS),
  'message.timestamp.after.max.ms': '9223372036854775807',
}

export class CompactingNode {
  readonly disk = new CrashDisk()
  readonly clock = new ManualClock(START_MS)
  readonly lines = new QuietLog()
  readonly failed: unknown[] = []
  readonly config: BrokerConfig
  /** The settings in force: `update` changes them. */
  readonly current: NodeConfig
  private readonly topic: Record<string, string>
  private readonly directories: readonly string[]
  private process = { isAlive: true }
  logs: LogManager

  constructor(
    broker: Record<string, string> = {},
    topic: Record<string, string> = {},
    directories: readonly string[] = ['/a'],
  ) {
    this.topic = { ...COMPACTED, ...topic }
    this.directories = directories
    this.config = nodeConfig(directories, broker)
    this.current = new NodeConfig(this.config)
    directories.forEach((path, index) => {
      this.disk.makeDirectory(path)
      const properties = { version: 1, clusterId: CLUSTER, nodeId: 1, directoryId: DIRECTORY_IDS[index]! }
      writeMetaProperties(this.disk, path, properties, START_MS)
    })
    this.disk.syncDirectory('/')
    this.logs = this.open()
  }

  open(): LogManager {
    const { disk, lines: log, config: brokerConfig } = this
    // What a dead process had scheduled does not happen.
    const process = { isAlive: true }
    this.process.isAlive = false
    this.process = process
    const clock: Clock = {
      nowMs: () => this.clock.nowMs(),
      monotonicMs: () => this.clock.monotonicMs(),
      schedule: (delayMs, callback) => this.clock.schedule(delayMs, () => process.isAlive && callback()),
      defer: (callback) => this.clock.defer(() => process.isAlive && callback()),
    }
    const onDirectoryFailure = (_: string, error: unknown) => void this.failed.push(error)
    const logs = new LogManager({
      disk,
      clock,
      log,
      logDirs: this.directories,
      brokerConfig,
      config: this.current,
      clusterId: CLUSTER,
      nodeId: 1,
      onDirectoryFailure,
    })
    logs.open()
    return logs
  }

  /** How a log of the topic is made. */
  get making(): { topicId: string; config: TopicConfig } {
    return { topicId: TOPIC_ID, config: TopicConfig.of(this.topic, this.config) }
  }

  get log(): Log {
    return this.logs.getOrCreate('c', 0, this.making)
  }

  /** Changes the topic's settings. */
  configure(topic: Record<string, string>): void {
    Object.assign(this.topic, topic)
    void this.log
  }

  /** Where the last cleaning ended, as the checkpoint file says. */
  get cleanedTo(): number | undefined {
    const lines = this.disk.readFile('/a/cleaner-offset-checkpoint').toString().split('\n')
    const line = lines.find((each) => each.startsWith('c 0 '))
    return line === undefined ? undefined : Number(line.slice(4))
  }

  /** Lets the cleaner do whatever is due; time goes on by some seconds. */
  clean(): void {
    void this.log
    this.logs.cleaner.start()
    this.clock.advance(16_000)
  }

  kill(how: 'killed' | 'power cut', chance: Chance = seededChance(1)): void {
    if (how === 'killed') this.disk.restartProcess()
    else this.disk.powerCut(chance)
    this.logs = this.open()
    this.log.updateHighWatermark(this.log.logEndOffset)
  }

  restart(): void {
    this.logs.close(1)
    this.logs = this.open()
    this.log.updateHighWatermark(this.log.logEndOffset)
  }
}

export interface ModelRecord {
  readonly offset: number
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
  readonly producerId: number
  readonly atMs: number
  /** Undecided until its transaction ends; true for records outside of transactions. */
  committed: boolean | undefined
}

const CODECS = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Appends at random, and remembers what it appended. */
export class Workload {
  readonly records: ModelRecord[] = []
  private readonly node: CompactingNode
  private readonly chance: Chance
  private readonly sequences = new Map<number, number>()
  private readonly open = new Map<number, ModelRecord[]>()
  private count = 0

  constructor(node: CompactingNode, chance: Chance) {
    this.node = node
    this.chance = chance
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.node.clock.advance(this.chance.int(40))
      if (this.chance.int(6) === 0) this.endTransaction(this.chance.int(2) === 0)
      else this.append()
    }
  }

  /** Ends all transactions, so that nothing is undecided. */
  settle(): void {
    while (this.open.size > 0) this.endTransaction(this.chance.int(2) === 0)
  }

  append(): void {
    const { log, clock } = this.node
    const { chance } = this
    // 0: no producer id; 1, 2: idempotent; 3, 4: transactional.
    const kind = chance.int(5)
    const producerId = kind === 0 ? -1 : 10 + kind
    const isTransactional = kind >= 3
    const inputs = Array.from({ length: 1 + chance.int(5) }, () => {
      const count = this.count++
      const isTombstone = chance.int(6) === 0
      const key = `k${chance.int(12)}${chance.int(3) === 0 ? '-a key of more than 15 bytes' : ''}`
      return {
        timestamp: clock.nowMs() + chance.int(50) - 25,
        key: Buffer.from(key),
        value: isTombstone ? null : Buffer.from(`${count}:${'v'.repeat(chance.int(60))}`),
        headers: chance.int(3) === 0 ? [{ key: 'h', value: Buffer.from([255, 0, count & 255]) }] : [],
      }
    })
    const sequence = this.sequences.get(producerId) ?? 0
    if (producerId >= 0) this.sequences.set(producerId, sequence + inputs.length)
    const batch = encodeBatch(
      {
        compression: CODECS[chance.int(CODECS.length)]!,
        ...(producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence: sequence, isTransactional }),
      },
      inputs,
    )
    const leaderEpoch = Math.floor(this.count / 60)
    const { firstOffset } = log.appendAsLeader(batch, { leaderEpoch, origin: 'client' })
    log.updateHighWatermark(log.logEndOffset)
    inputs.forEach((input, index) => {
      const record: ModelRecord = {
        offset: firstOffset + index,
        key: input.key.toString(),
        value: input.value === null ? null : input.value.toString(),
        timestamp: input.timestamp,
        producerId,
        atMs: clock.nowMs(),
        committed: isTransactional ? undefined : true,
      }
      this.records.push(record)
      if (isTransactional) this.open.set(producerId, [...(this.open.get(producerId) ?? []), record])
    })
  }

  endTransaction(commit: boolean): void {
    const [producerId] = this.open.keys()
    if (producerId === undefined) return
    const { log, clock } = this.node
    const timestamp = clock.nowMs()
    const marker = endTxnMarker({ commit, coordinatorEpoch: 0, producerId, producerEpoch: 0, timestamp })
    log.appendAsLeader(marker, { leaderEpoch: Math.floor(this.count / 60), origin: 'coordinator' })
    log.updateHighWatermark(log.logEndOffset)
    for (const record of this.open.get(producerId)!) record.committed = commit
    this.open.delete(producerId)
  }

  /** The newest committed record of each key below `end`. */
  private newest(end: number): Map<string, ModelRecord> {
    const newest = new Map<string, ModelRecord>()
    for (const record of this.records)
      if (record.committed === true && record.offset < end) newest.set(record.key, record)
    return newest
  }

  /**
   * What holds at any time, cleaned or not: records are those appended, in order; nothing is missing that compaction may
   * not remove; a read_committed consumer sees committed records only, and all of those left.
   */
  checkAlways(log = this.node.log): void {
    const byOffset = new Map(this.records.map((record) => [record.offset, record]))
    const found = dataOf(log)
    let before = -1
    for (const { offset, key, value, timestamp } of found) {
      expect(offset).toBeGreaterThan(before)
      before = offset
      const model = byOffset.get(offset)
      expect({ offset, key, value, timestamp }).toEqual({
        offset,
        key: model?.key,
        value: model?.value,
        timestamp: model?.timestamp,
      })
    }
    const offsets = new Set(found.map((record) => record.offset))
    const nowMs = this.node.clock.nowMs()
    for (const record of this.newest(log.logEndOffset).values()) {
      if (record.offset < log.logStartOffset) continue
      const mayBeGone = record.value === null && nowMs - record.atMs >= TOMBSTONE_MS
      if (!mayBeGone) expect([record.offset, offsets.has(record.offset)]).toEqual([record.offset, true])
    }
    const stable = found.filter(({ offset }) => offset < log.lastStableOffset)
    const committed = stable
      .filter(({ offset }) => byOffset.get(offset)!.committed === true)
      .map(({ offset }) => offset)
    const from = this.chance.int(log.logEndOffset + 1)
    expect(readCommitted(log, 0)).toEqual(committed)
    expect(readCommitted(log, from)).toEqual(committed.filter((offset) => offset >= from))
  }

  /** What holds after a finished cleaning besides. */
  checkCleaned(): void {
    const { log } = this.node
    const cleanedTo = this.node.cleanedTo!
    expect(cleanedTo).toBeGreaterThan(0)
    const offsets = new Set(dataOf(log).map((record) => record.offset))
    const newest = this.newest(cleanedTo)
    for (const { offset, key, committed } of this.records) {
      const left = offsets.has(offset)
      if (offset >= cleanedTo) expect([offset, left]).toEqual([offset, true])
      else if (committed === false) expect([offset, left]).toEqual([offset, false])
      else if (newest.get(key)!.offset !== offset) expect([offset, left]).toEqual([offset, false])
    }
  }
}

interface Found {
  readonly offset: number
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
}

function* batchesOf(log: Log, offset: number, withAborted: boolean) {
  const upTo = withAborted ? log.lastStableOffset : log.logEndOffset
  let next = offset
  while (next < upTo) {
    const read = log.read(next, { maxBytes: 1500, minOneBatch: true, upTo, withAborted })
    if (read.records.length === 0) return
    for (const piece of read.records) {
      for (const { header, position } of eachBatch(piece)) {
        const bytes = piece.subarray(position, position + header.sizeBytes)
        yield { header, records: decodeBatch(bytes), aborted: read.abortedTransactions ?? [], from: next }
      }
    }
    next = read.nextOffset
  }
}

/** All data records of the log. */
export function dataOf(log: Log): Found[] {
  const found: Found[] = []
  for (const { header, records } of batchesOf(log, log.logStartOffset, false)) {
    if (header.isControl) continue
    for (const { offset, key, value, timestamp } of records) {
      found.push({ offset, key: key!.toString(), value: value === null ? null : value.toString(), timestamp })
    }
  }
  return found
}

/** The offsets that a read_committed consumer hands out, by the rules of Kafka's own. */
export function readCommitted(log: Log, offset: number): number[] {
  const found: number[] = []
  let from = -1
  let pending: { producerId: number; firstOffset: number }[] = []
  const aborting = new Set<number>()
  for (const { header, records, aborted, from: fetched } of batchesOf(log, offset, true)) {
    if (fetched !== from) {
      // Each fetch begins anew, with the list that came with it.
      from = fetched
      pending = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset)
      aborting.clear()
    }
    while (pending.length > 0 && pending[0]!.firstOffset <= header.lastOffset) aborting.add(pending.shift()!.producerId)
    if (header.isControl) {
      const type = records[0] === undefined ? undefined : decodeControlRecord(records[0])?.name
      if (type === 'abort') aborting.delete(header.producerId)
      continue
    }
    if (header.isTransactional && aborting.has(header.producerId)) continue
    for (const record of records) if (record.offset >= offset) found.push(record.offset)
  }
  return found
}

/** What a producer is known by, as it must be after a restart. */
export function producersOf(log: Log): object[] {
  return log
    .activeProducers()
    .map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) => ({
      producerId,
      producerEpoch,
      lastSequence,
      currentTxnStartOffset,
    }))
    .sort((one, other) => one.producerId - other.producerId)
}
