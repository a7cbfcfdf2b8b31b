/**
 * Replicas between log directories: placement, moves under load, what they refuse, and a death or a power cut at every
 * operation of a move. `MOVE_SEEDS=2000` tries more of them; a failure names its seed.
 */
import { describe, expect, it } from 'vitest'
import { partitionKey } from '../../../src/base/topic-partition.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { ReplicaManager } from '../../../src/broker/replication/replica-manager.ts'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { type Chance, CrashDisk, ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { batchOf, errorOf, START_MS, valuesOf } from '../storage/support.ts'

const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
const TOPIC_ID = 'E9ZFpHovQzW2u6utZcwLtQ'
const IDS: Record<string, string> = {
  '/a': '4JfddA7kQwaxqBhb7x4aVw',
  '/b': 'MkU3OEVBNTcwNTJENDM2Qg',
  '/c': '_J7S4cW9QkuAyLYWyXTt2A',
}
const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'

class Rig {
  readonly disk = new CrashDisk()
  clock = new ManualClock(START_MS)
  readonly lines = new QuietLog()
  readonly failed: string[] = []
  /** What the controller has been told, by partition: it outlives the node. */
  readonly assigned = new Map<number, string>()
  readonly partitions = new Set<number>()
  readonly config: BrokerConfig
  logs!: LogManager
  replicas!: ReplicaManager
  image!: MetadataImage
  #offset = 0

  constructor(config: Record<string, string> = {}) {
    this.config = BrokerConfig.resolve({
      properties: {
        'process.roles': 'broker,controller',
        'node.id': '1',
        listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        'log.dirs': Object.keys(IDS).join(),
        ...config,
      },
    })
    for (const [path, directoryId] of Object.entries(IDS)) {
      this.disk.makeDirectory(path)
      writeMetaProperties(this.disk, path, { version: 1, clusterId: CLUSTER, nodeId: 1, directoryId }, START_MS)
    }
    this.disk.syncDirectory('/')
    this.start()
  }

  /** A life of the node, with the metadata that there was. */
  start(): void {
    const { disk, lines: log, config } = this
    this.clock = new ManualClock(START_MS)
    const { clock } = this
    this.image = new MetadataImage()
    const logs = new LogManager({
      disk,
      clock,
      log,
      logDirs: Object.keys(IDS),
      brokerConfig: config,
      clusterId: CLUSTER,
      nodeId: 1,
      onDirectoryFailure: (path) => {
        this.failed.push(path)
        this.replicas?.directoryFailed((each) => each.directory === path)
      },
    })
    this.logs = logs
    logs.open()
    this.replicas = new ReplicaManager({
      nodeId: 1,
      logs,
      image: this.image,
      config,
      clock,
      log,
      assignDirectory: ({ partition, directory }, done) => {
        clock.schedule(5, () => {
          this.assigned.set(partition, directory)
          const directories = [directory]
          this.apply(
            metadataRecord('PartitionChangeRecord', 1, { partitionId: partition, topicId: TOPIC_ID, directories }),
          )
          done()
        })
      },
    })
    this.apply(metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }))
    this.apply(metadataRecord('TopicRecord', 0, { name: 't', topicId: TOPIC_ID }))
    for (const [name, value] of [
      ['segment.bytes', '1048576'],
      ['flush.messages', '1'],
      ['index.interval.bytes', '100'],
    ]) {
      this.apply(metadataRecord('ConfigRecord', 0, { resourceType: 2, resourceName: 't', name: name!, value: value! }))
    }
    for (const partition of this.partitions) this.apply(this.partitionRecord(partition))
    this.replicas.load()
    this.image.subscribe((delta) => this.replicas.applyDelta(delta))
  }

  private partitionRecord(partitionId: number) {
    return metadataRecord('PartitionRecord', 1, {
      partitionId,
      topicId: TOPIC_ID,
      replicas: [1],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [this.assigned.get(partitionId) ?? ZERO],
    })
  }

  apply(...records: Parameters<MetadataImage['apply']>[0]): void {
    this.#offset += records.length
    this.image.apply(records, this.#offset, 1)
  }

  create(partition: number): void {
    this.partitions.add(partition)
    this.apply(this.partitionRecord(partition))
    this.clock.advance(20)
  }

  append(value: string, partition = 0): void {
    const records = batchOf({ values: [value.padEnd(200, '.')] })
    this.replicas.append({ topic: 't', partition, records, acks: -1, origin: 'client' })
  }

  values(partition = 0): string[] {
    return valuesOf(this.logs.get('t', partition)!).map((value) => value.replace(/\.+$/, ''))
  }

  directoryOf(partition = 0): string | undefined {
    return this.logs.get('t', partition)?.directory
  }

  move(path: string, partition = 0): string {
    return errorOf(() => this.replicas.moves.alter('t', partition, path))
  }

  /** The sub-directories of all log directories, without those that wait for removal. */
  names(): string[] {
    return Object.keys(IDS).flatMap((path) =>
      this.disk
        .list(path)
        .filter((name) => name.startsWith('t-') && !name.endsWith('-delete'))
        .map((name) => `${path}/${name}`),
    )
  }
}

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `v${from + index}`)

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

describe('a disk that is full or fails at an awkward moment', () => {
  const elsewhere = (from: string): string => (from === '/b' ? '/c' : '/b')

  /** A partition with records whose topic is not flushed by every record. */
  function filled(config: Record<string, string> = {}): { rig: Rig; from: string; to: string } {
    const rig = new Rig(config)
    rig.apply(
      metadataRecord('ConfigRecord', 0, {
        resourceType: 2,
        resourceName: 't',
        name: 'flush.messages',
        value: '100000',
      }),
    )
    rig.create(0)
    for (const value of numbered(20)) rig.append(value)
    const from = rig.directoryOf()!
    return { rig, from, to: elsewhere(from) }
  }

  it('a sync of the copy that failed is not tried again and believed', () => {
    const { rig, from, to } = filled()
    rig.move(to)
    rig.disk.fail({ operation: 'sync', path: '/t-0.', errno: 'EIO', times: 1 })
    rig.clock.advance(2000)
    expect(rig.failed).toEqual([to])
    expect(rig.directoryOf()).toBe(from)
    expect(rig.values()).toEqual(numbered(20))
  })

  it('a gap at the end is made when there is room, and does not end the node', () => {
    const { rig, to } = filled()
    rig.logs.get('t', 0)!.files.roll(25)
    rig.replicas.hosted('t', 0)!.maybeAdvanceHighWatermark()
    rig.move(to)
    rig.disk.fail({ operation: 'open', path: '00000000000000000025.log', errno: 'ENOSPC', times: 2 })
    rig.clock.advance(5000)
    expect(rig.failed).toEqual([])
    expect(rig.directoryOf()).toBe(to)
    expect(rig.logs.get('t', 0)!.logEndOffset).toBe(25)
    expect(rig.values()).toEqual(numbered(20))
  })

  it('a gap at the end that cannot be made takes the directory offline', () => {
    const { rig, from, to } = filled()
    rig.logs.get('t', 0)!.files.roll(25)
    rig.move(to)
    rig.disk.fail({ operation: 'open', path: '00000000000000000025.log', errno: 'EIO', times: 1 })
    rig.clock.advance(5000)
    expect(rig.failed).toEqual([to])
    expect(rig.directoryOf()).toBe(from)
  })

  for (const name of ['recovery-point', 'replication']) {
    it(`the swap waits while there is no room for the ${name} checkpoint`, () => {
      const { rig, to } = filled()
      rig.move(to)
      rig.disk.fail({ operation: 'write', path: `${to}/${name}-offset-checkpoint`, errno: 'ENOSPC', times: 2 })
      rig.clock.advance(500)
      rig.append('meanwhile')
      rig.clock.advance(5000)
      expect(rig.failed).toEqual([])
      expect(rig.directoryOf()).toBe(to)
      expect(rig.values()).toEqual([...numbered(20), 'meanwhile'])
    })
  }

  it('all moves share a narrow allowance, also after there was none for a while', () => {
    const { rig, from, to } = filled({ 'replica.alter.log.dirs.io.max.bytes.per.second': '1000' })
    rig.create(1)
    for (const value of numbered(40)) for (const partition of [0, 1]) rig.append(value, partition)
    rig.move(to)
    rig.move(from)
    rig.clock.advance(100)
    for (const partition of [0, 1]) rig.move(elsewhere(rig.directoryOf(partition)!), partition)
    rig.clock.advance(5000)
    expect([0, 1].map((partition) => (rig.logs.futures.get('t', partition)?.logEndOffset ?? 0) > 0)).toEqual([
      true,
      true,
    ])
  })

  it('appends that a full disk refuses are said once a minute, and when they end', () => {
    const { rig, from } = filled()
    rig.disk.fail({ operation: 'write', path: `${from}/t-0`, errno: 'ENOSPC', times: 4 })
    const refuse = () => expect(errorOf(() => rig.append('x'))).toBe('KAFKA_STORAGE_ERROR')
    const said = () => rig.lines.messages('ERROR').filter((line) => line.includes('refused until there is room'))
    refuse()
    refuse()
    expect(said()).toEqual([expect.stringContaining(`Appends to ${from} are refused`)])
    rig.clock.advance(61_000)
    refuse()
    refuse()
    expect(said()).toHaveLength(2)
    rig.append('y')
    rig.append('z')
    const ended = rig.lines.messages('INFO').filter((line) => line.includes('succeed again'))
    expect(ended).toEqual([`Appends to ${from} succeed again, after 4 refused ones in 61 s`])
  })

  it('a partition that was made on a full disk serves as soon as there is room', () => {
    const rig = new Rig()
    rig.disk.fail({ operation: 'make', errno: 'ENOSPC', times: 9 })
    rig.create(0)
    expect(errorOf(() => rig.append('early'))).toBe('KAFKA_STORAGE_ERROR')
    rig.clock.advance(10_000)
    expect(rig.failed).toEqual([])
    rig.append('late')
    expect(rig.values()).toEqual(['late'])
    expect(rig.assigned.get(0)).toBe(IDS[rig.directoryOf()!])
  })

  it('a partition that was deleted while it had no room stays away', () => {
    const rig = new Rig()
    rig.disk.fail({ operation: 'make', errno: 'ENOSPC', times: 3 })
    rig.create(0)
    rig.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    rig.clock.advance(10_000)
    expect(rig.names()).toEqual([])
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
