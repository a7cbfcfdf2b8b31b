/**
 * A controller without a log: decisions are replayed at once, their records kept. Every record goes through its wire form,
 * so that what a test sees is what a restart would see.
 */
import { Controller } from '../../../src/broker/controller/controller.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { type MetadataRecord, encodeRecord, metadataRecord } from '../../../src/broker/metadata/records.ts'
import { type ApiName, type RequestInput, type RequestOf, type ResponseOf, apis } from '../../../src/protocol/apis.ts'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.ts'
import { decodeMetadataRecord } from '../../../src/protocol/logs/metadata-record.ts'
import type { Message } from '../../../src/protocol/schema.ts'
import { combinedNode } from '../../support/node-config.ts'
import { seededRandom } from '../raft/memory-cluster.ts'

export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
/** The life of the broker that shares the process with the controller: node 1. */
export const OWN_LIFE = uuid(77)

export class ControllerHarness {
  readonly controller: Controller
  readonly records: MetadataRecord[] = []
  /** What the quorum was raised to. */
  readonly kraftVersions: number[] = []
  nowMs = 0

  constructor(overrides: Record<string, string> = {}, seed = 1, features: Record<string, number> = {}) {
    const config = combinedNode(overrides)
    const random = seededRandom(seed)
    const upgradeKraftVersion = (version: number, validateOnly: boolean) => {
      if (!validateOnly) this.kraftVersions.push(version)
    }
    const node = { nodeId: 1, clusterId: CLUSTER_ID, ownIncarnationId: OWN_LIFE }
    this.controller = new Controller({ ...node, config, random, upgradeKraftVersion })
    const levels = Object.entries({ 'metadata.version': 30, ...features }).filter(([, level]) => level > 0)
    const bootstrap = levels.map(([name, featureLevel]) =>
      metadataRecord('FeatureLevelRecord', 0, { name, featureLevel }),
    )
    this.append(this.controller.activate(1, new MetadataImage(), bootstrap, 0))
  }

  get state(): MetadataImage {
    return this.controller.state
  }

  request<A extends ApiName>(api: A, version: number, request: RequestInput<A>): ResponseOf<A> {
    const decoded = overTheWire(apis[api].request, version, request) as RequestOf<A>
    const { records, response } = this.controller.decide(api, version, decoded, this.place())
    this.append(records)
    return overTheWire(apis[api].response, version, response) as ResponseOf<A>
  }

  expire(): number | undefined {
    const { records, response } = this.controller.expire(this.place())
    this.append(records)
    return response.fenced
  }

  /** Registers and unfences brokers; returns their epochs. */
  brokers(...ids: (number | { id: number; rack: string })[]): number[] {
    return ids.map((given) => {
      const { id, rack } = typeof given === 'number' ? { id: given, rack: null } : given
      const brokerEpoch = this.register(id, { rack })
      this.heartbeat(id, brokerEpoch)
      return brokerEpoch
    })
  }

  register(id: number, over: { rack?: string | null; incarnationId?: string } = {}): number {
    const epoch = this.tryRegister(id, over)
    if (epoch === undefined) throw new Error(`registration of ${id} was refused`)
    return epoch
  }

  /** The epoch, or undefined when the registration was refused. */
  tryRegister(id: number, over: { rack?: string | null; incarnationId?: string } = {}): number | undefined {
    const answer = this.request('BrokerRegistration', 4, {
      brokerId: id,
      clusterId: CLUSTER_ID,
      incarnationId: over.incarnationId ?? uuid(id),
      listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9090 + id, securityProtocol: 0 }],
      features: [
        { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
        { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
        { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
      ],
      rack: over.rack ?? null,
      logDirs: [uuid(100 + id)],
    })
    return answer.errorCode === 0 ? answer.brokerEpoch : undefined
  }

  heartbeat(id: number, brokerEpoch: number, over: Partial<RequestOf<'BrokerHeartbeat'>> = {}) {
    return this.request('BrokerHeartbeat', 2, {
      brokerId: id,
      brokerEpoch,
      currentMetadataOffset: this.records.length,
      ...over,
    })
  }

  /** The state that replaying all records from empty gives. */
  replayed(): MetadataImage {
    const image = new MetadataImage()
    for (const record of this.records) image.replay(decodeMetadataRecord(encodeRecord(record)))
    return image
  }

  private place() {
    return { nextOffset: this.records.length, nowMs: this.nowMs }
  }

  append(records: readonly MetadataRecord[]): void {
    const wire = records.map((record) => decodeMetadataRecord(encodeRecord(record)))
    this.controller.replay(wire)
    this.records.push(...wire)
  }
}

export function uuid(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number, 12)
  bytes[0] = 1
  return bytes.toString('base64url')
}

export const snapshotOf = (image: MetadataImage): MetadataRecord[] => [...image.snapshot()]

function overTheWire(schema: Message, version: number, value: object): unknown {
  return decodeMessage(schema, version, encodeMessage(schema, version, value))
}
