/**
 * What the runtime hosts: one state machine per partition of a coordinator topic. A machine never does I/O: it answers a
 * command with a `Decision`, and the records of decisions come back through `replay`, live and when a partition is read
 * from its start. Replaying the log from empty rebuilds what a machine must not forget.
 */
import type { ApiError } from '../../protocol/errors.ts'

/** What a command wants: records to write as one batch, an answer that waits until they are committed. */
export interface Decision<Rec, Res> {
  readonly records: readonly Rec[]
  readonly response: Res
  /** Runs once: without an error when the records are committed, else with the reason why they are not known to be. */
  readonly committed?: (error: ApiError | undefined, nowMs: number) => void
  /** False: the records may be split into several batches. Default true. */
  readonly atomic?: boolean
}

/** Where a replayed record stood. A producer id of -1 means: not part of a transaction. */
export interface RecordPosition {
  readonly offset: number
  readonly producerId: number
  readonly producerEpoch: number
}

export interface CoordinatorMachine<Rec> {
  /** The only writer of durable state. */
  replay(record: Rec, position: RecordPosition): void
  /** A transaction marker: the records of this producer since its last marker become valid, or void. */
  endTransaction(producerId: number, producerEpoch: number, committed: boolean): void
  /** The partition was read to its end: from now on commands arrive. May start timers. */
  onLoaded(nowMs: number): void
  /** Leadership ended, or the node stops: answers everyone who still waits with `error`. Nothing is called afterwards. */
  onUnloaded(error: ApiError): void
  /** Records that, replayed on an empty machine, rebuild the durable state. */
  snapshot(): Iterable<Rec>
}

/** Named timers of one machine. Scheduling a key again replaces its timer; all end with the machine. */
export interface CoordinatorTimers<Rec> {
  /** Runs `operation` as a command, `delayMs` from now. */
  schedule(key: string, delayMs: number, operation: (nowMs: number) => Decision<Rec, unknown>): void
  cancel(key: string): void
  has(key: string): boolean
}

/** How a machine's records become keys and values of the log. */
export interface RecordCodec<Rec> {
  encode(record: Rec): { key: Buffer; value: Buffer | null }
  /** Undefined: a record type that this machine does not know and may skip. */
  decode(key: Buffer, value: Buffer | null): Rec | undefined
}
