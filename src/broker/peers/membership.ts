/**
 * A controller's own place among the voters: one that listens elsewhere than the set of a dynamic quorum says tells the
 * leader (UpdateRaftVoter), one of a static quorum tells each leader who it is; with `controller.quorum.auto.join.enable` a controller
 * that is none becomes one, after taking out what it was with another disk; one whose vote was taken while it ran waits a while
 * first. Looked at once every fetch timeout; what fails is tried at the next look.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { errorName } from '../../protocol/errors.ts'
import type { RaftDriver } from '../raft/driver.ts'
import type { VoterEndpoint } from '../raft/voters.ts'
import type { PeerClients } from './peer-clients.ts'
import { PeerError } from './peer-connection.ts'

/** Whoever takes the vote of a running node so that it may leave has this long to stop it. */
const REMOVED_MS = 30_000

export interface QuorumMembershipOptions {
  readonly driver: RaftDriver
  readonly clients: PeerClients
  readonly clusterId: string
  /** This node's controller listeners. */
  readonly endpoints: readonly VoterEndpoint[]
  readonly kraftVersions: { readonly min: number; readonly max: number }
  readonly autoJoin: boolean
  readonly periodMs: number
  readonly requestTimeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
}

export class QuorumMembership {
  readonly #options: QuorumMembershipOptions
  #timer: Timer | undefined
  #isClosed = false
  #introducedIn = -1
  /** When this node was last seen to vote, in this life. */
  #votedMs = Number.NEGATIVE_INFINITY

  constructor(options: QuorumMembershipOptions) {
    this.#options = options
  }

  start(): void {
    this.#arm()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #arm(): void {
    if (this.#isClosed) return
    this.#timer = this.#options.clock.schedule(this.#options.periodMs, () => {
      this.#look().then(
        () => this.#arm(),
        (error: unknown) => {
          if (!(error instanceof PeerError)) this.#options.logger.error('The voters could not be asked.', error)
          this.#arm()
        },
      )
    })
  }

  async #look(): Promise<void> {
    const { driver, endpoints, autoJoin, clock, logger } = this.#options
    const { role, local, isVoter } = driver.core
    if (isVoter) this.#votedMs = clock.monotonicMs()
    if (role.kind !== 'follower') return
    const known = driver.voters.get(local.id)
    if (driver.kraftVersion < 1) {
      // Each leader of a static quorum is told once, so that it can make the quorum dynamic.
      if (!isVoter || this.#introducedIn === role.epoch) return
      if (await this.#update()) this.#introducedIn = role.epoch
    } else if (isVoter) {
      if (known !== undefined && JSON.stringify(known.endpoints) !== JSON.stringify(endpoints)) await this.#update()
    } else if (autoJoin && clock.monotonicMs() - this.#votedMs >= REMOVED_MS) {
      const said = known === undefined ? await this.#add() : await this.#remove(known.directoryId)
      const what = known === undefined ? 'to become a voter' : `to take out its former directory ${known.directoryId}`
      logger.info(`Node ${local.id} asked ${what}: ${said}`)
    }
  }

  /** True when the leader took note. */
  async #update(): Promise<boolean> {
    const { driver, clients, endpoints: listeners, clusterId, kraftVersions, requestTimeoutMs } = this.#options
    const { role, local } = driver.core
    const body = () => ({
      clusterId,
      currentLeaderEpoch: role.epoch,
      voterId: local.id,
      voterDirectoryId: local.directoryId,
      listeners,
      kRaftVersionFeature: { minSupportedVersion: kraftVersions.min, maxSupportedVersion: kraftVersions.max },
    })
    const asked = { body, timeoutMs: requestTimeoutMs }
    const answer = await clients.send(role.leaderId, 'raft', 'UpdateRaftVoter', asked)
    return answer.body.errorCode === 0
  }

  async #add(): Promise<string> {
    const { driver, clients, endpoints: listeners, clusterId, requestTimeoutMs: timeoutMs } = this.#options
    const { role, local } = driver.core
    const fields = { clusterId, timeoutMs, voterId: local.id, voterDirectoryId: local.directoryId, listeners }
    // Not to wait for the commit: it may need this voter, which waits here.
    const body = (version: number) => (version === 0 ? fields : { ...fields, ackWhenCommitted: false })
    const answer = await clients.send(role.leaderId, 'raft', 'AddRaftVoter', { body, timeoutMs })
    return errorName(answer.body.errorCode)
  }

  async #remove(voterDirectoryId: string): Promise<string> {
    const { driver, clients, clusterId, requestTimeoutMs: timeoutMs } = this.#options
    const { role, local } = driver.core
    const body = () => ({ clusterId, voterId: local.id, voterDirectoryId })
    const answer = await clients.send(role.leaderId, 'raft', 'RemoveRaftVoter', { body, timeoutMs })
    return errorName(answer.body.errorCode)
  }
}
