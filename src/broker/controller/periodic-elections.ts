/**
 * Elections that nobody asked for: back to preferred leaders (auto.leader.rebalance.enable), and from outside the ISR where a
 * topic allows it, also when that was set after the partition lost its leader. A round is bounded; a further one follows
 * at once while there is more.
 */
import type { MetadataRecord } from '../metadata/records.ts'
import type { ControllerContext, Decision } from './decision.ts'
import { changePartition, topicRules } from './leadership.ts'

/** Elections of one round. */
export const ELECTIONS_PER_ROUND_MAX = 1000

export interface ElectionRound {
  readonly more: boolean
}

export function electPreferredLeaders(context: ControllerContext): Decision<ElectionRound> {
  const records: MetadataRecord[] = []
  for (const { topic, partition } of context.state.topics.index.standing('imbalanced')) {
    if (records.length >= ELECTIONS_PER_ROUND_MAX) break
    const record = changePartition(context, topic, partition, { election: 'preferred' })
    if (record !== undefined) records.push(record)
  }
  return round(records)
}

export function electUncleanLeaders(context: ControllerContext): Decision<ElectionRound> {
  const records: MetadataRecord[] = []
  for (const { topic, partition } of context.state.topics.index.standing('leaderless')) {
    if (records.length >= ELECTIONS_PER_ROUND_MAX) break
    if (!topicRules(context, topic).uncleanElection) continue
    const record = changePartition(context, topic, partition, { election: 'unclean' })
    if (record !== undefined) records.push(record)
  }
  return round(records)
}

function round(records: readonly MetadataRecord[]): Decision<ElectionRound> {
  return { records, response: { more: records.length >= ELECTIONS_PER_ROUND_MAX }, divisible: true }
}
