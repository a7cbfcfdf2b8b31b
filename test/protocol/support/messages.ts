/** Every schema that there is: requests, responses, headers, records of the logs and embedded messages. */
import { apiNames, apis } from '../../../src/protocol/apis.ts'
import * as clusterMetadata from '../../../src/protocol/logs/cluster-metadata.ts'
import * as consumerOffsets from '../../../src/protocol/logs/consumer-offsets.ts'
import * as consumerProtocol from '../../../src/protocol/logs/consumer-protocol.ts'
import * as control from '../../../src/protocol/logs/control.ts'
import * as raftState from '../../../src/protocol/logs/raft-state.ts'
import * as remoteLogMetadata from '../../../src/protocol/logs/remote-log-metadata.ts'
import * as shareGroupState from '../../../src/protocol/logs/share-group-state.ts'
import * as transactionState from '../../../src/protocol/logs/transaction-state.ts'
import * as header from '../../../src/protocol/messages/header.ts'
import { type Message, parseVersions } from '../../../src/protocol/schema.ts'

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'fields' in value && 'flexible' in value && 'name' in value
}

export const requests: readonly Message[] = apiNames.map((name) => apis[name].request)
export const responses: readonly Message[] = apiNames.map((name) => apis[name].response)
export const headers: readonly Message[] = Object.values(header).filter(isMessage)
export const logMessages: readonly Message[] = [
  clusterMetadata,
  consumerOffsets,
  consumerProtocol,
  control,
  raftState,
  remoteLogMetadata,
  shareGroupState,
  transactionState,
].flatMap((file) => Object.values(file).filter(isMessage))

export const allMessages: readonly Message[] = [...requests, ...responses, ...headers, ...logMessages]

export function versionsOf(schema: Message): number[] {
  const { min, max } = parseVersions(schema.versions)
  return Array.from({ length: max - min + 1 }, (_, i) => min + i)
}
