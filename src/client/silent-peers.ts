/**
 * Who accepted a connection, or not even that, and gave no answer in time: a process that is stopped, a machine that is gone. Waiting
 * for it again with every request of a command would add up to minutes; for a while the next request fails at once, with the reason.
 */
import { ConnectionError } from './errors.ts'

/** How long, unless a request is waited for shorter than that. */
const SILENT_MS = 10_000

export class SilentPeers {
  readonly #forMs: number
  readonly #noted = new WeakSet<ConnectionError>()
  readonly #peers = new Map<string, { readonly error: ConnectionError; readonly untilMs: number }>()

  constructor(options: { readonly requestTimeoutMs: number }) {
    this.#forMs = Math.min(SILENT_MS, options.requestTimeoutMs)
  }

  /** Takes in why a connection did not come, or ended; the same again and again counts once. */
  note(error: unknown): void {
    if (!(error instanceof ConnectionError) || error.reason !== 'timeout' || this.#noted.has(error)) return
    this.#noted.add(error)
    this.#peers.set(error.peer, { error, untilMs: performance.now() + this.#forMs })
  }

  /** Why `peer` (`host:port`) is not to be asked now; undefined when it may be. */
  reason(peer: string): ConnectionError | undefined {
    const found = this.#peers.get(peer)
    if (found === undefined || performance.now() < found.untilMs) return found?.error
    this.#peers.delete(peer)
    return undefined
  }
}
