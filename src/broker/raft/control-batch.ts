/**
 * Control records of the metadata log between the core's terms and the protocol's: the leader change that opens an
 * epoch, the frame of a snapshot, the kraft.version and the voter set.
 */
import { controlRecord, decodeControlRecord, encodeControlBatch } from '../../protocol/records/control.ts'
import type { KafkaRecord, RecordInput } from '../../protocol/records/record.ts'
import type { ControlRecord } from './messages.ts'
import { VoterSet } from './voters.ts'

export type SnapshotFrameRecord =
  | { readonly type: 'snapshotHeader'; readonly lastContainedLogTimestamp: number }
  | { readonly type: 'snapshotFooter' }

export type QuorumControlRecord = Extract<ControlRecord, { type: 'kraftVersion' | 'voters' }> | SnapshotFrameRecord

export interface BatchPlace {
  readonly baseOffset: number
  readonly epoch: number
  readonly timestampMs: number
}

/** One control batch with these records. */
export function controlBatch(records: readonly (ControlRecord | SnapshotFrameRecord)[], place: BatchPlace): Buffer {
  return encodeControlBatch(
    { baseOffset: place.baseOffset, partitionLeaderEpoch: place.epoch },
    records.map((record) => inputOf(record, place.timestampMs)),
  )
}

function inputOf(record: ControlRecord | SnapshotFrameRecord, timestampMs: number): RecordInput {
  switch (record.type) {
    case 'leaderChange':
      return controlRecord('leaderChange', timestampMs, {
        leaderId: record.leaderId,
        voters: record.voters.map((voter) => ({ voterId: voter.id })),
        grantingVoters: record.grantingVoters.map((voter) => ({ voterId: voter.id })),
      })
    case 'snapshotHeader':
      return controlRecord('snapshotHeader', timestampMs, {
        lastContainedLogTimestamp: record.lastContainedLogTimestamp,
      })
    case 'snapshotFooter':
      return controlRecord('snapshotFooter', timestampMs, {})
    case 'kraftVersion':
      return controlRecord('kraftVersion', timestampMs, { kRaftVersion: record.version })
    case 'voters':
      return controlRecord('voters', timestampMs, {
        voters: record.voters.values().map((voter) => ({
          voterId: voter.id,
          voterDirectoryId: voter.directoryId,
          endpoints: voter.endpoints,
          kRaftVersionFeature: {
            minSupportedVersion: voter.kraftVersionMin,
            maxSupportedVersion: voter.kraftVersionMax,
          },
        })),
      })
  }
}

/** What a control record says for the quorum; undefined for kinds that say nothing about it. */
export function quorumControlRecord(record: KafkaRecord): QuorumControlRecord | undefined {
  const control = decodeControlRecord(record)
  switch (control?.name) {
    case 'snapshotHeader':
      return { type: 'snapshotHeader', lastContainedLogTimestamp: control.value.lastContainedLogTimestamp }
    case 'snapshotFooter':
      return { type: 'snapshotFooter' }
    case 'kraftVersion':
      return { type: 'kraftVersion', version: control.value.kRaftVersion }
    case 'voters':
      return {
        type: 'voters',
        voters: new VoterSet(
          control.value.voters.map((voter) => ({
            id: voter.voterId,
            directoryId: voter.voterDirectoryId,
            endpoints: voter.endpoints,
            kraftVersionMin: voter.kRaftVersionFeature.minSupportedVersion,
            kraftVersionMax: voter.kRaftVersionFeature.maxSupportedVersion,
          })),
        ),
      }
    default:
      return undefined
  }
}
