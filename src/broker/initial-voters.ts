/**
 * Who begins a dynamic quorum: what `kafka-storage.sh format` is told with --standalone, --initial-controllers or
 * --no-initial-controllers. It is written into a directory when that is formatted, and never looked at again.
 */
import { ConfigError } from '../base/errors.ts'
import { isUuid, type Uuid } from '../base/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { KRAFT_VERSION, supportedFeature } from './metadata/features.ts'
import { type Voter, type VoterEndpoint, VoterSet } from './raft/voters.ts'

export interface InitialVoter {
  readonly id: number
  readonly host: string
  readonly port: number
  /** The id that the voter's metadata directory has, or will be formatted with. */
  readonly directoryId: Uuid
}

const KEY = '--initial-controllers'

/** Reads `1@host:9093:directory-id,2@…`. Throws ConfigError. */
export function parseInitialVoters(text: string): InitialVoter[] {
  const voters = text.split(',').map((entry) => {
    const match = /^(\d+)@(?:\[([^\]]+)\]|([^:]+)):(\d+):([^:]+)$/.exec(entry.trim())
    if (match === null || !isUuid(match[5]!) || Number(match[4]) > 65_535) {
      const form = 'write id@host:port:directory-id, with a directory id of 22 characters'
      throw new ConfigError(KEY, `${KEY}: '${entry}' is not a controller`, form)
    }
    const [, id, v6, host, port, directoryId] = match
    return { id: Number(id), host: v6 ?? host!, port: Number(port), directoryId: directoryId! }
  })
  if (new Set(voters.map(({ id }) => id)).size < voters.length) {
    throw new ConfigError(KEY, `${KEY} names a node twice`, 'name every controller once')
  }
  return voters
}

/**
 * The first voters of a dynamic quorum, as this node is formatted with them; undefined: it is formatted with none, and
 * learns of them from those who have them. Throws ConfigError where it cannot be known who begins.
 */
export function initialVoterSet(
  config: BrokerConfig,
  given: readonly InitialVoter[] | undefined,
  own: { readonly directoryId: Uuid; readonly endpoints: readonly VoterEndpoint[] },
): VoterSet | undefined {
  const isStatic = config.quorumVoters.length > 0
  if (isStatic && given !== undefined) {
    throw new ConfigError(KEY, `${KEY} and controller.quorum.voters exclude each other`, 'leave one of them out')
  }
  if (isStatic || !config.roles.includes('controller')) return undefined
  const range = supportedFeature(KRAFT_VERSION)!
  const versions = { kraftVersionMin: range.minVersion, kraftVersionMax: range.maxVersion }
  if (given === undefined) {
    if (config.bootstrapServers.length > 1) {
      throw new ConfigError(
        'controller.quorum.bootstrap.servers',
        'controller.quorum.bootstrap.servers names several controllers, and nothing says which of them begin the quorum',
        'give --initial-controllers, or --no-initial-controllers to a node that joins a running quorum',
      )
    }
    return new VoterSet([{ id: config.nodeId, ...own, ...versions }])
  }
  if (given.length === 0) return undefined
  const name = config.controllerListenerNames[0] ?? 'CONTROLLER'
  return new VoterSet(
    given.map(
      ({ id, directoryId, host, port }): Voter => ({
        id,
        directoryId,
        endpoints: id === config.nodeId ? own.endpoints : [{ name, host, port }],
        ...versions,
      }),
    ),
  )
}
