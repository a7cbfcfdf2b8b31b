/**
 * Replicas between log directories: placement, moves under load, what they refuse, and a death or a power cut at every
 * operation of a move. `MOVE_SEEDS=2000` tries more of them; a failure names its seed.
 */
import { describe, expect, it } from 'vitest'
import { partitionKey } from '../../../src/base/topic-partition.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { type Chance, ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { batchOf, errorOf } from '../storage/support.ts'
import { IDS, numbered, Rig, TOPIC_ID } from './rig.ts'

describe('placement', () => {
  it('fills directories evenly, or as was asked for before', () => {
    const rig = new Rig()
    expect(rig.move('/c', 7)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    for (let partition = 0; partition < 6; partition += 1) rig.create(partition)
    const counts = Object.keys(IDS).map(
      (path) => [...rig.partitions].filter((one) => rig.directoryOf(one) === path).length,
    )
    expect(counts).toEqual([2, 2, 2])
    rig.create(6)
    rig.create(7)
    expect(rig.directoryOf(7)).toBe('/c')
    expect(rig.assigned.get(7)).toBe(IDS['/c'])
  })

  it('leaves cordoned directories alone', () => {
    const rig = new Rig({ 'cordoned.log.dirs': '/a' })
    for (let partition = 0; partition < 4; partition += 1) rig.create(partition)
    expect([...rig.partitions].filter((one) => rig.directoryOf(one) === '/a')).toEqual([])
  })

  it('makes nothing that may lie in a directory that is offline', () => {
    const rig = new Rig()
    for (let partition = 0; partition < 3; partition += 1) rig.create(partition)
    const lost = [0, 1, 2].find((one) => rig.directoryOf(one) === '/b')!
    rig.logs.close(1)
    rig.disk.restartProcess()
    rig.disk.fail({ operation: 'read', path: '/b/', errno: 'EIO', times: 1000 })
    rig.start()
    expect(rig.failed).toEqual(['/b'])
    expect(errorOf(() => rig.append('x', lost))).toBe('KAFKA_STORAGE_ERROR')
    expect(rig.names()).toHaveLength(3)
    rig.create(3)
    expect(['/a', '/c']).toContain(rig.directoryOf(3))
  })
})

describe('a move', () => {
  it('goes on beside producing, and takes everything along', () => {
    const rig = new Rig()
    rig.create(0)
    const from = rig.directoryOf()
    const to = from === '/b' ? '/c' : '/b'
    for (const value of numbered(50)) rig.append(value)
    const partition = rig.replicas.hosted('t', 0)!
    rig.logs.get('t', 0)!.advanceLogStartOffset(7)
    expect(rig.move(to)).toBe('none')
    expect(rig.names()).toHaveLength(2)
    for (const value of numbered(50, 50)) {
      rig.append(value)
      rig.clock.advance(1)
    }
    rig.clock.advance(1000)
    expect(rig.directoryOf()).toBe(to)
    expect(partition.log()).toBe(rig.logs.get('t', 0))
    expect(partition.offsets()).toMatchObject({ logStartOffset: 7, logEndOffset: 100, highWatermark: 100 })
    expect(rig.values()).toEqual(numbered(93, 7))
    expect(rig.names()).toEqual([`${to}/t-0`])
    expect(rig.assigned.get(0)).toBe(IDS[to])
    rig.append('after')
    expect(rig.replicas.moves.size).toBe(0)
    rig.logs.close(1)
    rig.disk.restartProcess()
    rig.start()
    expect(rig.values()).toEqual([...numbered(93, 7), 'after'])
  })

  it('keeps what is known of producers: a batch that is sent again gets its old offset', () => {
    const rig = new Rig()
    rig.create(0)
    const send = (baseSequence: number) =>
      rig.replicas.append({
        topic: 't',
        partition: 0,
        records: batchOf({ values: 1, producerId: 9, producerEpoch: 0, baseSequence }),
        acks: -1,
        origin: 'client',
      })
    for (let sequence = 0; sequence < 7; sequence += 1) send(sequence)
    const to = rig.directoryOf() === '/b' ? '/c' : '/b'
    rig.move(to)
    rig.clock.advance(1000)
    expect(rig.directoryOf()).toBe(to)
    expect(send(3)).toMatchObject({ duplicate: true, firstOffset: 3 })
    expect(send(7)).toMatchObject({ duplicate: false, firstOffset: 7 })
  })

  it('is refused as Kafka refuses it', () => {
    const rig = new Rig()
    rig.create(0)
    expect(rig.move('/nowhere')).toBe('LOG_DIR_NOT_FOUND')
    expect(rig.move('/a', 5)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    const long = 'x'.repeat(230)
    expect(errorOf(() => rig.replicas.moves.alter(long, 0, '/a'))).toBe('INVALID_TOPIC_EXCEPTION')
    expect(rig.move(rig.directoryOf()!)).toBe('none')
    expect(rig.replicas.moves.size).toBe(0)
  })

  it('changes its goal, and ends when it is to stay', () => {
    const rig = new Rig({ 'replica.alter.log.dirs.io.max.bytes.per.second': '100' })
    rig.create(0)
    const from = rig.directoryOf()!
    const [one, other] = Object.keys(IDS).filter((path) => path !== from)
    for (const value of numbered(20)) rig.append(value)
    rig.move(one!)
    rig.clock.advance(100)
    rig.move(other!)
    rig.clock.advance(100)
    expect(rig.names().filter((name) => name.endsWith('-future'))).toEqual([expect.stringContaining(`${other}/t-0.`)])
    rig.move(from)
    expect(rig.names()).toEqual([`${from}/t-0`])
    expect(rig.replicas.moves.size).toBe(0)
  })

  it('keeps to the bytes per second that it may use', () => {
    const rig = new Rig({ 'replica.alter.log.dirs.io.max.bytes.per.second': '10000' })
    rig.create(0)
    for (const value of numbered(400)) rig.append(value)
    const bytes = rig.logs.get('t', 0)!.sizeBytes
    rig.move(rig.directoryOf() === '/a' ? '/b' : '/a')
    rig.clock.advance(5000)
    const copied = rig.logs.futures.get('t', 0)!.sizeBytes
    expect(copied).toBeGreaterThan(45_000)
    expect(copied).toBeLessThan(60_000)
    rig.clock.advance((bytes / 10_000) * 1000)
    expect(rig.logs.futures.size).toBe(0)
  })

  it('follows a log that is cut back and goes on differently', () => {
    const rig = new Rig({ 'replica.alter.log.dirs.io.max.bytes.per.second': '5000' })
    rig.create(0)
    for (const value of numbered(20)) rig.append(value)
    rig.move(rig.directoryOf() === '/a' ? '/b' : '/a')
    rig.clock.advance(800)
    const log = rig.logs.get('t', 0)!
    expect(rig.logs.futures.get('t', 0)!.logEndOffset).toBeGreaterThan(10)
    log.truncateTo(5)
    log.epochs.assign(3, 5)
    rig.apply(metadataRecord('PartitionChangeRecord', 1, { partitionId: 0, topicId: TOPIC_ID, leader: 1 }))
    const other = batchOf({ values: ['other'.padEnd(200, '.')] })
    for (let count = 0; count < 15; count += 1) {
      log.appendAsLeader(Buffer.from(other), { leaderEpoch: 3, origin: 'client' })
    }
    rig.clock.advance(20_000)
    expect(rig.logs.futures.size).toBe(0)
    expect(rig.values()).toEqual([...numbered(5), ...Array.from({ length: 15 }, () => 'other')])
  })

  it('is given up when its disk fails, and waits when that is full', () => {
    const rig = new Rig()
    rig.create(0)
    for (const value of numbered(20)) rig.append(value)
    const from = rig.directoryOf()!
    const to = from === '/b' ? '/c' : '/b'
    rig.move(to)
    rig.disk.fail({ operation: 'write', path: to, errno: 'ENOSPC', times: 1 })
    rig.clock.advance(500)
    expect(rig.logs.futures.size).toBe(1)
    rig.disk.fail({ operation: 'write', path: to, errno: 'EIO', times: 1 })
    rig.clock.advance(2000)
    expect(rig.failed).toEqual([to])
    expect(rig.directoryOf()).toBe(from)
    rig.append('still')
    expect(rig.values()).toEqual([...numbered(20), 'still'])
    expect(rig.move(to)).toBe('KAFKA_STORAGE_ERROR')
    expect(rig.move(['/a', '/b', '/c'].find((path) => path !== from && path !== to)!)).toBe('KAFKA_STORAGE_ERROR')
  })
})

describe('a move that is interrupted', () => {
  const seeds = Number(process.env.MOVE_SEEDS ?? 60)

  for (const powerCut of [false, true]) {
    it(
      `by ${powerCut ? 'a power cut' : 'the death of the process'} loses nothing, ${seeds} times`,
      () => {
        for (let seed = 1; seed <= seeds; seed += 1) interrupted(seed, powerCut)
      },
      seeds * 500,
    )
  }
})

function interrupted(seed: number, powerCut: boolean): void {
  const chance = seededChance(seed)
  const rig = new Rig()
  rig.create(0)
  const acknowledged: string[] = []
  const write = (): void => {
    const value = `v${acknowledged.length}`
    rig.append(value)
    acknowledged.push(value)
  }
  for (let count = chance.int(40); count >= 0; count -= 1) write()
  for (let life = 0; life < 3; life += 1) {
    const target = Object.keys(IDS)[chance.int(3)]!
    rig.disk.dieAfter(1 + chance.int(120))
    try {
      rig.move(target)
      for (let turn = 0; turn < 60; turn += 1) {
        if (chance.int(3) === 0) write()
        rig.clock.advance(chance.int(20))
      }
      rig.disk.dieAfter(Number.POSITIVE_INFINITY)
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw new Error(`seed ${seed}`, { cause: error })
    }
    check(rig, chance, { seed, powerCut, acknowledged })
  }
  rig.clock.advance(5000)
  expect(rig.logs.futures.size, `seed ${seed}: every move ends`).toBe(0)
  expect(rig.names(), `seed ${seed}`).toEqual([`${rig.directoryOf()}/t-0`])
  expect(rig.assigned.get(0), `seed ${seed}`).toBe(IDS[rig.directoryOf()!])
  expect(rig.values().slice(0, acknowledged.length), `seed ${seed}`).toEqual(acknowledged)
}

function check(
  rig: Rig,
  chance: Chance,
  { seed, powerCut, acknowledged }: { seed: number; powerCut: boolean; acknowledged: string[] },
): void {
  if (powerCut) rig.disk.powerCut(chance)
  else rig.disk.restartProcess()
  rig.start()
  expect(rig.logs.get('t', 0), `seed ${seed}: ${partitionKey('t', 0)} is there`).toBeDefined()
  const values = rig.values()
  expect(values.slice(0, acknowledged.length), `seed ${seed}`).toEqual(acknowledged)
  // The record whose append was interrupted may be there: then it counts.
  for (const extra of values.slice(acknowledged.length)) acknowledged.push(extra)
}
