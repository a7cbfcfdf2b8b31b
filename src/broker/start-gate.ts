/**
 * The start of a node, which may be given up while it waits for others or loads its logs. Once the cluster may count on the node it goes
 * on to its end, a moment later, and the node is stopped like any other.
 */
import { MqError } from '../base/errors.ts'

export class StartGate {
  /** Rejects with MQ_STOPPED when the start is given up; never resolves. */
  readonly givenUp: Promise<never>
  #reject: ((error: MqError) => void) | undefined

  constructor() {
    this.givenUp = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
  }

  /** Ends the start if that still may be. */
  giveUp(): void {
    this.#reject?.(new MqError('MQ_STOPPED', 'the node was stopped while it started'))
  }

  /** From now on it is not given up. */
  pass(): void {
    this.#reject = undefined
  }
}
