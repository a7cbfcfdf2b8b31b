/**
 * The way to other nodes of the metadata quorum. This node's quorum is itself: what would need others is refused when the
 * node starts, by name, instead of waiting for them for ever.
 */
import { assert } from '../base/assert.ts'
import { ConfigError, MqError } from '../base/errors.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { RaftDriver, RaftNetwork } from './raft/driver.ts'

export const noPeers: RaftNetwork = {
  send: (to, _correlation, request) => assert(false, `a ${request.type} request for node ${to}, with a quorum of one`),
  loadSnapshot: (from) => assert(false, `a snapshot from node ${from}, with a quorum of one`),
}

/** Throws ConfigError for a configuration that needs a quorum of several nodes. */
export function refuseSeveralNodes(config: BrokerConfig): void {
  if (!config.roles.includes('controller') || !config.roles.includes('broker')) {
    throw new ConfigError(
      'process.roles',
      `process.roles=${config.roles.join(',')}: a node must be broker and controller at once`,
      'use process.roles=broker,controller; separate roles are listed in docs/gaps.md',
    )
  }
  if (config.quorumVoters.length > 1) {
    throw new ConfigError(
      'controller.quorum.voters',
      `controller.quorum.voters names ${config.quorumVoters.length} voters: a quorum has one node so far`,
      'leave only this node in controller.quorum.voters; larger quorums are listed in docs/gaps.md',
    )
  }
  if (config.quorumVoters.length === 0 && config.bootstrapServers.length > 1) {
    throw new ConfigError(
      'controller.quorum.bootstrap.servers',
      'controller.quorum.bootstrap.servers names several controllers: a quorum has one node so far',
      'leave only this node in controller.quorum.bootstrap.servers; larger quorums are listed in docs/gaps.md',
    )
  }
}

/** Throws MqError when the directory belongs to a quorum in which this node is not the only voter. */
export function refuseForeignQuorum(driver: RaftDriver, nodeId: number, directory: string): void {
  const { voters } = driver
  if (voters.size === 1 && driver.core.isVoter) return
  const others = voters.ids().filter((id) => id !== nodeId)
  const reason =
    others.length > 0
      ? `has the voters ${voters.ids().join(', ')}: a quorum has one node so far`
      : `does not know node ${nodeId} with this directory id as its voter`
  throw new MqError('MQ_QUORUM', `the metadata quorum in ${directory} ${reason}`, {
    hint: 'put meta.properties back as it was, or start from an empty directory; larger quorums are listed in docs/gaps.md',
  })
}
