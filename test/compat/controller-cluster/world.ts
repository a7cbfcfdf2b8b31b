/** What the conversations of the controller suites have in common: fake brokers, and requests in few words. */
import type { RequestInput } from '../../../src/protocol/apis.ts'
import type { ControllerSide } from '../support/controller-side.ts'

export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
/** A metadata offset that no log here reaches: the broker has applied everything. */
const CAUGHT_UP = 1_000_000

/** An id of `number`, the same on every side. */
export function uuid(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number, 12)
  bytes[0] = 1
  return bytes.toString('base64url')
}

export const directoryOf = (broker: number, index = 0): string => uuid(1000 + broker * 10 + index)

type Registration = RequestInput<'BrokerRegistration'>
type Beat = RequestInput<'BrokerHeartbeat'>

/** Broker epochs by side and broker id. */
const epochs = new WeakMap<ControllerSide, Map<number, number>>()

export function epochOf(side: ControllerSide, broker: number): number {
  return epochs.get(side)?.get(broker) ?? -1
}

export function setEpoch(side: ControllerSide, broker: number, epoch: number): void {
  const known = epochs.get(side) ?? new Map<number, number>()
  epochs.set(side, known.set(broker, epoch))
}

/** Unregisters the broker; it has to register again. */
export async function forget(side: ControllerSide, broker: number): Promise<void> {
  await side.step(`broker ${broker} is forgotten`, 'UnregisterBroker', 0, { brokerId: broker })
  setEpoch(side, broker, -1)
}

export function registration(broker: number, over: Partial<Registration> = {}): Registration {
  return {
    brokerId: broker,
    clusterId: CLUSTER_ID,
    incarnationId: uuid(broker * 100 + 1),
    listeners: [{ name: 'PLAINTEXT', host: `broker-${broker}`, port: 9092, securityProtocol: 0 }],
    features: [
      { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
      { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
      { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
    ],
    rack: 'abc'[broker % 3]!,
    logDirs: [directoryOf(broker)],
    ...over,
  }
}

export async function register(
  side: ControllerSide,
  broker: number,
  over: Partial<Registration> = {},
  version = 4,
): Promise<void> {
  const { errorCode, brokerEpoch } = await side.step(
    `broker ${broker} registers`,
    'BrokerRegistration',
    version,
    registration(broker, over),
  )
  if (errorCode === 0) setEpoch(side, broker, brokerEpoch)
}

export async function beat(side: ControllerSide, broker: number, over: Partial<Beat> = {}): Promise<void> {
  await side.step(`broker ${broker} says ${JSON.stringify(over)}`, 'BrokerHeartbeat', 2, {
    brokerId: broker,
    brokerEpoch: epochOf(side, broker),
    currentMetadataOffset: CAUGHT_UP,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: null,
    ...over,
  })
}

/** Registered, if need be, and unfenced. */
export async function up(side: ControllerSide, ...brokers: number[]): Promise<void> {
  for (const broker of brokers) {
    if (epochOf(side, broker) < 0) await register(side, broker)
    await beat(side, broker)
  }
}

export async function fence(side: ControllerSide, ...brokers: number[]): Promise<void> {
  for (const broker of brokers) await beat(side, broker, { wantFence: true })
}

export async function create(
  side: ControllerSide,
  name: string,
  assignments: readonly number[][],
  configs: Record<string, string> = {},
): Promise<void> {
  await side.step(`topic ${name} is created`, 'CreateTopics', 7, {
    topics: [
      {
        name,
        numPartitions: -1,
        replicationFactor: -1,
        assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  })
}

/** One by one: in which order Kafka answers for several is chance. */
export async function drop(side: ControllerSide, ...names: string[]): Promise<void> {
  for (const name of names) {
    await side.step(`topic ${name} is deleted`, 'DeleteTopics', 6, { topics: [{ name }], timeoutMs: 10_000 })
  }
}

export interface Proposal {
  readonly topic: string
  readonly partition?: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly number[]
  readonly recovery?: number
  /** Epochs of members that differ from those of their registrations. */
  readonly epochs?: Readonly<Record<number, number>>
  readonly version?: number
}

export async function propose(side: ControllerSide, proposal: Proposal): Promise<void> {
  const { topic, leader, isr, version = 3 } = proposal
  const members = isr.map((brokerId) => ({
    brokerId,
    brokerEpoch: proposal.epochs?.[brokerId] ?? epochOf(side, brokerId),
  }))
  await side.step(`broker ${leader} proposes [${isr}] for ${topic}`, 'AlterPartition', version, {
    brokerId: leader,
    brokerEpoch: epochOf(side, leader),
    topics: [
      {
        topicId: side.topicId(topic),
        partitions: [
          {
            partitionIndex: proposal.partition ?? 0,
            leaderEpoch: proposal.leaderEpoch,
            ...(version >= 3 ? { newIsrWithEpochs: members } : { newIsr: [...isr] }),
            leaderRecoveryState: proposal.recovery ?? 0,
            partitionEpoch: proposal.partitionEpoch,
          },
        ],
      },
    ],
  })
}

export async function reassign(
  side: ControllerSide,
  topic: string,
  targets: Readonly<Record<number, number[] | null>>,
  over: { allowReplicationFactorChange?: boolean } = {},
): Promise<void> {
  await side.step(`${topic} goes to ${JSON.stringify(targets)}`, 'AlterPartitionReassignments', 1, {
    timeoutMs: 10_000,
    topics: [
      {
        name: topic,
        partitions: Object.entries(targets).map(([index, replicas]) => ({ partitionIndex: Number(index), replicas })),
      },
    ],
    ...over,
  })
  await side.step('what is under way', 'ListPartitionReassignments', 0, { timeoutMs: 10_000, topics: null })
}

export async function elect(
  side: ControllerSide,
  electionType: number,
  topicPartitions: NonNullable<RequestInput<'ElectLeaders'>['topicPartitions']> | null,
): Promise<void> {
  await side.step(`election of type ${electionType}`, 'ElectLeaders', 2, {
    electionType,
    topicPartitions,
    timeoutMs: 10_000,
  })
}

export async function configure(
  side: ControllerSide,
  resourceType: number,
  resourceName: string,
  ...changes: [name: string, operation: number, value: string | null][]
): Promise<void> {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  await side.step(`${resourceName || 'the brokers'}: ${JSON.stringify(changes)}`, 'IncrementalAlterConfigs', 1, {
    resources: [{ resourceType, resourceName, configs }],
  })
}
