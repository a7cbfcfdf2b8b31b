/**
 * A classic group as its record in the log, and back. A group read from the log is Stable when it has members, else
 * Empty; its members know only the protocol that was chosen.
 */
import type { GroupMetadataValue } from '../../../../protocol/logs/consumer-offsets.ts'
import type { GroupRecord } from '../records.ts'
import { ClassicGroup } from './group.ts'
import { metadataFor, NO_ASSIGNMENT } from './member.ts'

/** The record that stores the group's generation with these assignments. */
export function groupRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupRecord {
  const value: GroupMetadataValue = {
    protocolType: group.protocolType ?? '',
    generation: group.generation,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateTimestampMs,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: metadataFor(member, group.protocolName),
      assignment: assignments.get(member.memberId) ?? NO_ASSIGNMENT,
    })),
  }
  return { kind: 'group', group: group.groupId, value }
}

/** The record of a group that exists and has nobody yet. */
export function emptyGroupRecord(group: ClassicGroup): GroupRecord {
  const value: GroupMetadataValue = {
    protocolType: '',
    generation: 0,
    protocol: null,
    leader: null,
    currentStateTimestamp: group.stateTimestampMs,
    members: [],
  }
  return { kind: 'group', group: group.groupId, value }
}

/** The record that removes a group. */
export function groupTombstone(groupId: string): GroupRecord {
  return { kind: 'group', group: groupId, value: null }
}

/** The live group that a record stands for. */
export function groupFromRecord(groupId: string, value: GroupMetadataValue): ClassicGroup {
  const group = new ClassicGroup(groupId, value.members.length === 0 ? 'Empty' : 'Stable', value.currentStateTimestamp)
  group.generation = value.generation
  group.protocolType = value.protocolType === '' ? null : value.protocolType
  group.protocolName = value.protocol
  group.leaderId = value.leader
  for (const member of value.members) {
    group.add(
      {
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocols: value.protocol === null ? [] : [{ name: value.protocol, metadata: member.subscription }],
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        assignment: member.assignment,
        isNew: false,
        awaitingJoin: undefined,
        awaitingSync: undefined,
      },
      value.protocolType,
    )
  }
  group.subscribedTopics = group.computeSubscribedTopics()
  return group
}
