/** Bugs in replication, in the controller and in coordinators, which only a whole cluster can show. */
import type { PlantedBug } from './types.ts'

const REPLICATION = 'src/broker/replication'
const CONTROLLER = 'src/broker/controller'

export const clusterBugs: readonly PlantedBug[] = [
  {
    name: 'acknowledged-before-in-sync',
    file: `${REPLICATION}/commit-waits.ts`,
    find: 'if (!partition.isCommitted(endOffset)) return false',
    replace: '',
    kind: 'cluster',
    budgetSeeds: 20,
  },
  {
    name: 'high-watermark-without-followers',
    file: `${REPLICATION}/partition.ts`,
    find: 'if (required.includes(follower.replicaId) || this.#isAboutToJoin(follower, leaderEnd)) {',
    replace: 'if (required.length > 1_000_000 && this.#isAboutToJoin(follower, leaderEnd)) {',
    kind: 'cluster',
    budgetSeeds: 20,
  },
  {
    name: 'fenced-broker-stays-in-sync',
    file: `${CONTROLLER}/leadership.ts`,
    find: 'targetIsr: partition.isr.filter((id) => id !== leaving && id !== unclean),',
    replace: 'targetIsr: partition.isr,',
    kind: 'cluster',
    budgetSeeds: 10,
  },
  {
    name: 'fenced-broker-joins-in-sync',
    file: `${CONTROLLER}/alter-partition.ts`,
    find: "if (!proposed.every(isEligible)) return 'INELIGIBLE_REPLICA'",
    replace: "if (proposed.length === 0 && !proposed.every(isEligible)) return 'INELIGIBLE_REPLICA'",
    kind: 'cluster',
    budgetSeeds: 60,
  },
  {
    name: 'unclean-election',
    file: `${CONTROLLER}/leadership.ts`,
    find: "election: topicRules(context, topic).uncleanElection ? 'unclean' : 'online',\n      targetIsr",
    replace: "election: 'unclean',\n      targetIsr",
    kind: 'cluster',
    budgetSeeds: 30,
  },
  {
    name: 'replica-does-not-truncate',
    file: `${REPLICATION}/fetcher/followed.ts`,
    find: 'log.truncateTo(offset)\n    return offset',
    replace: 'return offset',
    kind: 'cluster',
    budgetSeeds: 40,
  },
  {
    name: 'producer-ids-handed-out-twice',
    file: `${CONTROLLER}/producer-ids.ts`,
    find: 'nextProducerId: producerIdStart + PRODUCER_ID_BLOCK,',
    replace: 'nextProducerId: producerIdStart,',
    kind: 'cluster',
    budgetSeeds: 10,
  },
  {
    name: 'repeated-batch-not-known',
    file: 'src/broker/storage/log-append.ts',
    find: "const duplicate = o.origin === 'client' ? updates.duplicateOf(batch) : undefined",
    replace: 'const duplicate = o.origin === "none" ? updates.duplicateOf(batch) : undefined',
    kind: 'cluster',
    budgetSeeds: 20,
  },
  {
    name: 'consumers-read-to-the-log-end',
    file: 'src/broker/handlers/fetch-read.ts',
    find: "if (isolation === 'high watermark') return log.highWatermark",
    replace: "if (isolation === 'high watermark') return log.logEndOffset",
    kind: 'cluster',
    budgetSeeds: 10,
  },
  {
    name: 'snapshot-without-producer-ids',
    file: 'src/broker/metadata/image.ts',
    find: 'if (this.lastProducerIds !== undefined) yield this.lastProducerIds',
    replace: 'if (this.lastProducerIds !== undefined && this.appliedOffset < 0) yield this.lastProducerIds',
    kind: 'cluster',
    budgetSeeds: 20,
  },
  {
    name: 'offsets-not-loaded-on-election',
    file: 'src/broker/coordinator/loader.ts',
    find: 'if (decoded !== undefined) machine.replay(',
    replace: 'if (decoded !== undefined && record.offset < 0) machine.replay(',
    kind: 'cluster',
    budgetSeeds: 20,
  },
]
