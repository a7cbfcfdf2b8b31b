/** A node's replicas over three log directories on a disk that fails as disks do, with a controller that answers a little later. */
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { ReplicaManager } from '../../../src/broker/replication/replica-manager.ts'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import type { BrokerConfig } from '../../../src/config/broker-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { batchOf, errorOf, nodeConfig, START_MS, valuesOf } from '../storage/support.ts'

const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
export const TOPIC_ID = 'E9ZFpHovQzW2u6utZcwLtQ'
export const IDS: Record<string, string> = {
  '/a': '4JfddA7kQwaxqBhb7x4aVw',
  '/b': 'MkU3OEVBNTcwNTJENDM2Qg',
  '/c': '_J7S4cW9QkuAyLYWyXTt2A',
}
const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'

export class Rig {
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
    this.config = nodeConfig(Object.keys(IDS), config)
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

export const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `v${from + index}`)
