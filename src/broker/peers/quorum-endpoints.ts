/**
 * Where the controllers of the quorum listen: as the voter set says, as answers and new leaders said, or, before anything
 * is known, as `controller.quorum.bootstrap.servers` says.
 */
import type { VoterEndpoint, VoterSet } from '../raft/voters.ts'
import { bootstrapId, bootstrapIndex } from './peer-clients.ts'
import type { PeerEndpoint } from './peer-connection.ts'

export class QuorumEndpoints {
  readonly #listenerName: string
  readonly #bootstrapServers: readonly PeerEndpoint[]
  readonly #voters: () => VoterSet
  readonly #learned = new Map<number, PeerEndpoint>()

  constructor(options: {
    /** The first of `controller.listener.names`: the one that nodes use among themselves. */
    readonly listenerName: string
    readonly bootstrapServers: readonly PeerEndpoint[]
    readonly voters: () => VoterSet
  }) {
    this.#listenerName = options.listenerName
    this.#bootstrapServers = options.bootstrapServers
    this.#voters = options.voters
  }

  get bootstrapIds(): number[] {
    return this.#bootstrapServers.map((_, index) => bootstrapId(index))
  }

  /** What somebody said last goes before the voter set, in which a node that moved is not corrected yet. */
  of(id: number): PeerEndpoint | undefined {
    if (id < 0) return this.#bootstrapServers[bootstrapIndex(id)]
    return this.#learned.get(id) ?? this.#ofListener(this.#voters().get(id)?.endpoints ?? [])
  }

  learn(id: number, { host, port }: PeerEndpoint): void {
    if (id >= 0 && host !== '' && port > 0) this.#learned.set(id, { host, port })
  }

  /** What a leader says of itself: all its controller listeners. */
  learnListeners(id: number, endpoints: readonly VoterEndpoint[]): void {
    const own = this.#ofListener(endpoints)
    if (own !== undefined) this.learn(id, own)
  }

  /** It cannot be reached where it was said to be: the voter set is asked again. */
  forget(id: number): void {
    this.#learned.delete(id)
  }

  #ofListener(endpoints: readonly VoterEndpoint[]): PeerEndpoint | undefined {
    return endpoints.find(({ name }) => name === this.#listenerName)
  }
}
