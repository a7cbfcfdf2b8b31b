/** Writes down everything that was applied, as a snapshot in place of the log before it. What it replaces may then go. */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ReplicatedLog } from './log.ts'
import { encodeSnapshot, snapshotFileName } from './snapshot.ts'
import type { VoterHistory } from './voters.ts'

export interface SnapshotWriting {
  readonly log: ReplicatedLog
  readonly history: VoterHistory
  readonly clock: Clock
  readonly logger: Logger
}

/** `last`: of the last record that `values` stand for. A failure is told and passed over: the log holds everything. */
export function writeSnapshot(
  { log, history, clock, logger }: SnapshotWriting,
  last: { offset: number; epoch: number; timestampMs: number },
  values: Iterable<Buffer>,
): void {
  const id = { offset: last.offset + 1, epoch: last.epoch }
  const bytes = encodeSnapshot(
    {
      lastContainedLogTimestamp: last.timestampMs,
      kraftVersion: history.kraftVersion(id.offset),
      voters: history.at(id.offset),
      values,
    },
    { epoch: id.epoch, timestampMs: clock.nowMs() },
  )
  try {
    log.writeSnapshot(id, bytes)
    log.deleteBeforeSnapshot()
  } catch (error) {
    // A later snapshot makes up for this one.
    logger.warn(`Snapshot ${snapshotFileName(id)} could not be written`, error)
    return
  }
  logger.info(`Wrote snapshot ${snapshotFileName(id)} of ${bytes.length} bytes`)
}
