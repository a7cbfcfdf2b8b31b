/** Whole nodes: what a start writes, what a restart finds, what is refused, what listeners advertise. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import { encodeRecord, metadataRecord } from '../../src/broker/metadata/records.ts'
import { encodeSnapshot } from '../../src/broker/raft/snapshot.ts'
import { connect } from 'node:net'
import { encodeRequestFrame, decodeResponseFrame } from '../../src/protocol/frame.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { DiskError } from '../../src/base/disk.ts'
import { type DiskOperation, MemoryDisk } from '../../src/platform/memory-disk.ts'
import { DATA, createTopic, dataDisk, startNode } from './node.ts'

const started: Broker[] = []
async function start(options: Parameters<typeof startNode>[0] = {}): Promise<Broker> {
  const broker = await startNode(options)
  started.push(broker)
  return broker
}
afterEach(async () => {
  for (const broker of started.splice(0)) await broker.stop()
})

/** Asks one listener of a node over a socket of its own. */
function ask<A extends ApiName>(port: number, api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      socket.destroy()
      resolve(decodeResponseFrame(api, version, received.subarray(4)).body)
    })
    for (const piece of encodeRequestFrame(api, version, { correlationId: 1, clientId: 'test' }, body)) {
      socket.write(piece)
    }
  })
}

describe('a node', () => {
  it('formats an empty directory as Kafka does and removes nothing on stop', async () => {
    const disk = dataDisk()
    const broker = await start({ disk })
    expect(disk.list(DATA)).toEqual(expect.arrayContaining(['meta.properties', 'bootstrap.checkpoint', '.lock']))
    const log = `${DATA}/__cluster_metadata-0`
    expect(disk.list(log)).toEqual(
      expect.arrayContaining(['00000000000000000000-0000000000.checkpoint', 'quorum-state', 'partition.metadata']),
    )
    expect(JSON.parse(disk.readFile(`${log}/quorum-state`).toString())).toMatchObject({
      leaderId: 1,
      leaderEpoch: 1,
      votedId: -1,
      data_version: 1,
    })
    await broker.stop()
    expect(disk.readFile(`${DATA}/.kafka_cleanshutdown`).toString()).toBe(
      `{"version":0,"brokerEpoch":${broker.services.image.brokers.get(1)!.epoch}}`,
    )
  })

  it('finds everything again after a restart, in a new epoch', async () => {
    const disk = dataDisk()
    const before = await start({ disk })
    const { topics } = await createTopic(before, 'kept', 3)
    await before.stop()
    const after = await start({ disk })
    expect(after.clusterId).toBe(before.clusterId)
    expect(after.services.image.topics.get('kept')).toMatchObject({ id: topics[0]!.topicId })
    expect(after.services.quorum.leaderEpoch).toBe(2)
    const { partitions } = after.services.image.topics.get('kept')!
    expect(partitions.map(({ leader, leaderEpoch }) => [leader, leaderEpoch])).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
    await after.stop()
  })

  it('tells the quorum where its controller listens now', async () => {
    const disk = dataDisk()
    await (await start({ disk })).stop()
    for (let restart = 0; restart < 2; restart++) {
      const broker = await start({ disk })
      const port = broker.listeners.portOf('CONTROLLER')!
      const [voter] = broker.services.quorum.describe().nodes ?? []
      expect(voter).toMatchObject({ nodeId: 1, listeners: [{ name: 'CONTROLLER', port }] })
      await broker.stop()
    }
  })

  it('writes snapshots, drops what they replace, and starts from one', async () => {
    const disk = dataDisk()
    const overrides = {
      'metadata.log.max.record.bytes.between.snapshots': '2000',
      'metadata.max.retention.bytes': '3000',
    }
    const broker = await start({ disk, overrides })
    for (let index = 0; index < 40; index++) await createTopic(broker, `topic-${index}`)
    const files = disk.list(`${DATA}/__cluster_metadata-0`).filter((name) => name.endsWith('.checkpoint'))
    expect(files).not.toContain('00000000000000000000-0000000000.checkpoint')
    expect(files.length).toBeGreaterThan(0)
    await broker.stop()
    const again = await start({ disk, overrides })
    expect(again.services.image.topics.size).toBe(40)
    expect(again.services.quorum.leaderEpoch).toBe(2)
    const nodes = again.services.quorum.describe()
    expect(nodes.topics?.[0]?.partitions?.[0]?.currentVoters).toMatchObject([{ replicaId: 1 }])
  })

  it('answers on the controller listener too', async () => {
    const broker = await start()
    const port = broker.listeners.portOf('CONTROLLER')!
    const versions = await ask(port, 'ApiVersions', 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    expect(versions.supportedFeatures).toEqual([
      { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1 },
      { name: 'kraft.version', minVersion: 0, maxVersion: 1 },
      { name: 'metadata.version', minVersion: 7, maxVersion: 30 },
    ])
    const cluster = await ask(port, 'DescribeCluster', 1, { endpointType: 2 })
    expect(cluster.brokers).toMatchObject([{ brokerId: 1, host: '127.0.0.1', port }])
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    const quorum = await ask(port, 'DescribeQuorum', 2, { topics })
    expect(quorum.topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, leaderId: 1, leaderEpoch: 1 })
  })
})

describe("the user's compose environment", () => {
  const env = {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:21291,CONTROLLER://:21292,PLAINTEXT_INTERNAL://:21293',
    KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://localhost:9092,PLAINTEXT_INTERNAL://kafka:29092',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAINTEXT_INTERNAL:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT_INTERNAL',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@kafka:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_NUM_PARTITIONS: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_LOG_DIRS: DATA,
  }

  it('starts a node; each listener answers with its own advertised address', async () => {
    const disk = dataDisk()
    const broker = await start({ env, disk })
    const advertised = async (port: number) => (await ask(port, 'Metadata', 12, { topics: [] })).brokers
    expect(await advertised(21291)).toMatchObject([{ nodeId: 1, host: 'localhost', port: 9092 }])
    expect(await advertised(21293)).toMatchObject([{ nodeId: 1, host: 'kafka', port: 29092 }])
    // Static voters: no kraft.version, and the state file has their form.
    expect(broker.services.quorum.kraftVersion).toBe(0)
    const state = JSON.parse(disk.readFile(`${DATA}/__cluster_metadata-0/quorum-state`).toString())
    expect(state).toMatchObject({ currentVoters: [{ voterId: 1 }], data_version: 0 })
    expect(disk.list(`${DATA}/__cluster_metadata-0`).some((name) => name.endsWith('.checkpoint'))).toBe(false)
  })
})

describe('what is refused', () => {
  it('feature levels beyond what is served, by name and with a remedy', async () => {
    const disk = dataDisk()
    const first = await start({ disk })
    await first.stop()
    // A directory that Kafka formatted and never started.
    disk.removeTree(`${DATA}/__cluster_metadata-0`)
    const values = ['metadata.version', 'share.version'].map((name) =>
      encodeRecord(metadataRecord('FeatureLevelRecord', 0, { name, featureLevel: name === 'share.version' ? 1 : 30 })),
    )
    const bytes = encodeSnapshot({ lastContainedLogTimestamp: 0, values }, { epoch: 0, timestampMs: 0 })
    disk.writeFile(`${DATA}/bootstrap.checkpoint`, bytes)
    await expect(start({ disk })).rejects.toMatchObject({
      message: "the cluster's share.version is finalised at level 1; this broker supports it not at all",
      hint: expect.stringContaining('downgrade'),
    })
  })

  it("another node's directory, another cluster's, and a locked one", async () => {
    const disk = dataDisk()
    const broker = await start({ disk })
    await expect(start({ disk })).rejects.toMatchObject({ errno: 'ELOCKED' })
    await broker.stop()
    await expect(start({ disk, overrides: { 'node.id': '2' } })).rejects.toThrow(/belongs to node 1/)
    await expect(start({ disk, clusterId: 'AAAAAAAAQACAAAAAAAAAAA' })).rejects.toThrow(/belongs to cluster/)
  })

  it('a busy port, before anything is written', async () => {
    const broker = await start()
    const { port } = broker.bootstrap
    const disk = dataDisk()
    const overrides = { listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:0` }
    await expect(start({ disk, overrides })).rejects.toMatchObject({ errno: 'EADDRINUSE' })
    expect(disk.list(DATA)).toEqual([])
  })
})

describe('a disk that fails', () => {
  it('when full refuses changes of the metadata, and serves again when there is room', async () => {
    const disk = dataDisk()
    const broker = await start({ disk })
    const { totalBytes, usableBytes } = disk.volume(DATA)
    disk.capacityBytes = totalBytes - usableBytes
    await expect(createTopic(broker, 'full')).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' })
    expect(broker.services.image.topics.get('full')).toBeUndefined()
    disk.capacityBytes = totalBytes
    const { topics } = await createTopic(broker, 'roomy')
    expect(topics[0]!.errorCode).toBe(0)
    expect([...broker.services.image.topics.names()]).toEqual(['roomy'])
  })

  it('under the metadata log ends the node, and the next start finds what was committed', async () => {
    class FailingDisk extends MemoryDisk {
      failing = false
      override before(operation: DiskOperation, path: string): void {
        if (this.failing && operation === 'write' && path.includes('__cluster_metadata')) {
          throw new DiskError(operation, path, 'EIO')
        }
      }
    }
    const disk = new FailingDisk()
    disk.makeDirectory(DATA)
    let failure: unknown
    const broker = await start({ disk, onFatal: (error) => (failure = error) })
    await createTopic(broker, 'before')
    disk.failing = true
    await expect(createTopic(broker, 'after')).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' })
    await expect.poll(() => failure).toBeDefined()
    await broker.stop().catch(() => {})
    disk.failing = false
    const again = await start({ disk })
    expect([...again.services.image.topics.names()]).toEqual(['before'])
  })
})
