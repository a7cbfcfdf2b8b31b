/**
 * Changes of the quorum's voters (KIP-853): AddRaftVoter (v0-1), RemoveRaftVoter (v0), UpdateRaftVoter (v0). The quorum's
 * leader decides; brokers send the first two on to it. Version 1 of AddRaftVoter may ask not to wait for the commit.
 */
import { ZERO_UUID } from '../../base/uuid.ts'
import { type ErrorName, errorCode, errorMessage } from '../../protocol/errors.ts'
import type { VoterChangeAnswer } from '../raft/messages.ts'
import { type BrokerServices, CloseConnection, type Handler, type QuorumService } from './context.ts'
import { askLeader } from './forward.ts'

/** The quorum decides here where this node leads it, since voters are no matter of the controller's; else the leader is asked. */
const atLeader = <A extends 'AddRaftVoter' | 'RemoveRaftVoter'>(api: A, here: Handler<A>): Handler<A> => ({
  handle: (request, context, services) =>
    services.isActiveController?.() === true
      ? here.handle(request, context, services)
      : askLeader(api, here, request, context, services),
})

export const addRaftVoterOnController: Handler<'AddRaftVoter'> = {
  async handle(request, _, services) {
    const quorum = quorumOf(services)
    const { clusterId, voterId: id, voterDirectoryId: directoryId, listeners, ackWhenCommitted } = request
    const refusal = refuse(services, clusterId)
    if (refusal !== undefined) return refusal
    if (id < 0 || directoryId === ZERO_UUID) {
      return answer({ error: 'INVALID_REQUEST', message: "Add voter request didn't include a valid voter" })
    }
    if (!listeners.some(({ name }) => name === quorum.listenerName)) {
      const message = `Add voter request didn't include an endpoint for the default listener ${quorum.listenerName}`
      return answer({ error: 'INVALID_REQUEST', message })
    }
    const refused = quorum.refuseVoter({ id, directoryId })
    if (refused !== undefined) return answer(refused)
    const range = await quorum.kraftVersionsOf(id, listeners)
    if (range === undefined) {
      const message = `New voter ${id} is not ready to receive requests`
      return answer({ error: 'REQUEST_TIMED_OUT', message })
    }
    if (range.max < 1) {
      return answer({ error: 'INVALID_REQUEST', message: `New voter ${id} doesn't support kraft.version 1` })
    }
    const voter = { id, directoryId, endpoints: listeners, kraftVersionMin: range.min, kraftVersionMax: range.max }
    return answer(await quorum.changeVoters({ type: 'add', voter, ackWhenCommitted }))
  },
}

export const removeRaftVoterOnController: Handler<'RemoveRaftVoter'> = {
  async handle({ clusterId, voterId: id, voterDirectoryId: directoryId }, _, services) {
    const refusal = refuse(services, clusterId)
    if (refusal !== undefined) return refusal
    if (id < 0 || directoryId === ZERO_UUID) {
      return answer({ error: 'INVALID_REQUEST', message: "Remove voter request didn't include a valid voter" })
    }
    return answer(await quorumOf(services).changeVoters({ type: 'remove', key: { id, directoryId } }))
  },
}

export const addRaftVoterHandler = atLeader('AddRaftVoter', addRaftVoterOnController)
export const removeRaftVoterHandler = atLeader('RemoveRaftVoter', removeRaftVoterOnController)

export const updateRaftVoterHandler: Handler<'UpdateRaftVoter'> = {
  async handle(request, _, services) {
    const quorum = quorumOf(services)
    const { clusterId, currentLeaderEpoch: epoch, voterId: id, voterDirectoryId: directoryId, listeners } = request
    const { minSupportedVersion: kraftVersionMin, maxSupportedVersion: kraftVersionMax } = request.kRaftVersionFeature
    const reply = (error: ErrorName) => {
      const { leaderId, leaderEpoch } = services.quorum
      const { host = '', port = 0 } = quorum.addressOf(leaderId) ?? {}
      return { errorCode: errorCode(error), currentLeader: { leaderId, leaderEpoch, host, port } }
    }
    if (clusterId !== null && clusterId !== services.clusterId) return reply('INCONSISTENT_CLUSTER_ID')
    const isValid =
      id >= 0 &&
      directoryId !== ZERO_UUID &&
      listeners.some(({ name }) => name === quorum.listenerName) &&
      kraftVersionMin >= 0 &&
      kraftVersionMax >= kraftVersionMin
    if (!isValid) return reply('INVALID_REQUEST')
    const key = { id, directoryId }
    const change = { type: 'update', key, epoch, endpoints: listeners, kraftVersionMin, kraftVersionMax } as const
    return reply((await quorum.changeVoters(change)).error)
  },
}

function refuse(services: BrokerServices, clusterId: string | null) {
  if (clusterId === null || clusterId === services.clusterId) return undefined
  const message = `The given id "${clusterId}" doesn't match the cluster id "${services.clusterId}"`
  return answer({ error: 'INCONSISTENT_CLUSTER_ID', message })
}

function answer({ error, message }: VoterChangeAnswer) {
  return { errorCode: errorCode(error), errorMessage: error === 'NONE' ? null : (message ?? errorMessage(error)) }
}

function quorumOf({ consensus }: BrokerServices): QuorumService {
  if (consensus === undefined) throw new CloseConnection('this node has no metadata quorum')
  return consensus
}
