/**
 * Opens a partition's directory: finishes what a crash interrupted, recovers what may be torn, and hands over a log.
 *
 * Order: remove `.deleted` and `.cleaned`, put `.swap` files into their place, open the segments, recover from the
 * recovery point on unless the shutdown was clean, then epochs, log start, producers. Every step may itself be
 * interrupted and done again.
 */
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { partitionKey } from '../../base/topic-partition.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import { CheckpointError, type EpochStart, readEpochCheckpoint } from './checkpoint.ts'
import { FILE, offsetOfName, SUFFIX } from './file-names.ts'
import { finishInterrupted } from './interrupted-swap.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { recoverSegments } from './log-recovery.ts'
import { beginPartitionMetadata, readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'
import { rebuildProducerState } from './producer-rebuild.ts'
import { ProducerState } from './producer-state.ts'
import { Segment } from './segment.ts'
import { SegmentedLog } from './segmented-log.ts'
import { inOneGo } from './slices.ts'
import { SnapshotFiles } from './snapshot-files.ts'
import { StorageGuard } from './storage-guard.ts'

export interface OpenLogOptions {
  /** Made when it does not exist; its parent must. */
  readonly directory: string
  readonly topic: string
  readonly partition: number
  /** Written into a directory that has none. */
  readonly topicId?: Uuid
  /** Into a new directory with the first record, or when there is time. */
  readonly lateTopicId?: boolean
  readonly config?: TopicConfig
  readonly settings: LogConfig
  /** Everything before it is known to be intact; default 0. */
  readonly recoveryPoint?: number
  /** From the log start checkpoint; default 0. */
  readonly logStartOffset?: number
  /** The log was closed by a clean shutdown: nothing is recovered. */
  readonly clean?: boolean
  /** Compaction has worked on the log: its offsets have gaps. */
  readonly compacted?: boolean
  /** The disk failed under the log; called at most once. */
  readonly onFailure?: (error: unknown) => void
  /** Called before records from `offset` on are removed; throws DiskError when that must not happen. */
  readonly beforeTruncation?: (offset: number) => void
}

/** Opens or creates a log. Throws DiskError when the disk fails on the way; what was begun of a new one is gone then. */
export function openLog(environment: LogEnvironment, o: OpenLogOptions): Log {
  return inOneGo(openLogInSteps(environment, o))
}

/** As `openLog`, in steps: the recovery of a large log takes seconds. */
export function* openLogInSteps(environment: LogEnvironment, o: OpenLogOptions): Generator<void, Log, void> {
  const { disk } = environment
  const isNew = disk.stat(o.directory) === undefined
  try {
    return yield* openDirectory(environment, o, isNew)
  } catch (error) {
    if (isNew) removeBegun(disk, o.directory)
    throw error
  }
}

/** The partition may be made in another log directory now: the next start must not find it in two. */
function removeBegun(disk: Disk, directory: string): void {
  try {
    disk.removeTree(directory)
  } catch {
    // What kept it from being made is what is told.
  }
}

function* openDirectory(environment: LogEnvironment, o: OpenLogOptions, isNew: boolean): Generator<void, Log, void> {
  const { disk } = environment
  const log = environment.log.named('kafka.log.LogLoader')
  const name = partitionKey(o.topic, o.partition)
  const guard = new StorageGuard(name, o.onFailure ?? (() => {}))
  if (isNew) disk.makeDirectory(o.directory)
  const topicId = settleTopicId(environment, o, isNew)
  const names = isNew ? [] : finishInterrupted(disk, o.directory, log)
  const segments = openSegments(environment, o, guard, names)

  let endOffset = 0
  const epochs = new LeaderEpochs({
    disk,
    directory: o.directory,
    entries: isNew ? [] : readEpochs(environment, o, segments),
    logEndOffset: () => files.endOffset,
  })
  const producers = new ProducerState({
    snapshots: new SnapshotFiles(disk, o.directory, names),
    log,
    expirationMs: environment.producerIdExpirationMs,
  })
  const checkpointedStart = o.logStartOffset ?? 0
  const damagedFrom = damagedTxnIndex(segments, names, log)
  const recoveryPoint = Math.min(o.recoveryPoint ?? 0, damagedFrom ?? Number.POSITIVE_INFINITY)
  if (o.clean !== true || damagedFrom !== undefined) {
    yield* recoverSegments({
      environment,
      log,
      name,
      directory: o.directory,
      segments,
      epochs,
      producers,
      recoveryPoint,
      logStartOffset: checkpointedStart,
      compacted: o.compacted === true,
    })
  }
  if (segments.length > 0) {
    const last = segments.at(-1)!
    endOffset = last.sizeBytes === 0 ? last.baseOffset : last.nextOffset()
    if (endOffset < checkpointedStart) {
      log.warn(`${name} ends at ${endOffset}, before its start ${checkpointedStart}: all its segments are removed`)
      for (const segment of segments.splice(0).reverse()) segment.removeFiles()
      epochs.clear()
      producers.resetTo(checkpointedStart)
    }
  }
  if (segments.length === 0) {
    // Where a log begins otherwise than at 0, only the name of its first file says so.
    const make = checkpointedStart === 0 ? Segment.begin : Segment.create
    segments.push(make(segmentOptions(environment, o, guard, checkpointedStart)))
    endOffset = checkpointedStart
  }
  // A clean shutdown leaves the names of logs that never had a record to themselves.
  const namesSynced = o.clean === true && endOffset > 0
  const files = new SegmentedLog({
    disk,
    clock: environment.clock,
    log,
    openFiles: environment.openFiles,
    tail: environment.tailCache.tailOf(),
    directory: o.directory,
    config: o.settings,
    segments,
    endOffset,
    recoveryPoint: o.clean === true && damagedFrom === undefined ? endOffset : Math.min(recoveryPoint, endOffset),
    namesSynced,
    unsyncedFiles: namesSynced ? [] : [`${o.directory}/${FILE.partitionMetadata}`],
    onFailure: (error) => guard.fail(error),
    beforeTruncation: o.beforeTruncation ?? (() => {}),
  })
  const logStartOffset = Math.max(checkpointedStart, segments[0]!.baseOffset)
  epochs.truncateFromEnd(endOffset)
  epochs.truncateFromStart(logStartOffset)
  removeStraySnapshots(producers.snapshots, segments)
  rebuildProducerState(producers, segments, {
    logStartOffset,
    endOffset,
    nowMs: environment.clock.nowMs(),
    clean: o.clean === true,
  })
  return new Log({
    environment,
    topic: o.topic,
    partition: o.partition,
    topicId,
    config: o.config,
    files,
    producers,
    epochs,
    logStartOffset,
    guard,
    idIsLate: isNew && o.lateTopicId === true,
  })
}

/** A new directory is not synced before it holds records: until then there is nothing to lose. */
function settleTopicId({ disk }: LogEnvironment, o: OpenLogOptions, isNew: boolean): Uuid {
  const stored = isNew ? undefined : readPartitionMetadata(disk, o.directory)
  if (stored !== undefined) return stored
  if (o.topicId === undefined) return ZERO_UUID
  if (!isNew) writePartitionMetadata(disk, o.directory, o.topicId)
  else if (o.lateTopicId !== true) beginPartitionMetadata(disk, o.directory, o.topicId)
  return o.topicId
}

function segmentOptions(environment: LogEnvironment, o: OpenLogOptions, guard: StorageGuard, baseOffset: number) {
  const log = environment.log.named('kafka.log.LogLoader')
  return {
    disk: environment.disk,
    directory: o.directory,
    baseOffset,
    config: o.settings,
    openFiles: environment.openFiles,
    nowMs: environment.clock.nowMs(),
    onFailure: (error: unknown) => guard.fail(error),
    onRepair: (message: string) => log.warn(message),
  }
}

function openSegments(
  environment: LogEnvironment,
  o: OpenLogOptions,
  guard: StorageGuard,
  names: readonly string[],
): Segment[] {
  const bases = new Set<number>()
  for (const name of names) if (name.endsWith(SUFFIX.log)) bases.add(offsetOfName(name) ?? -1)
  bases.delete(-1)
  for (const name of names) {
    const isIndex = [SUFFIX.index, SUFFIX.timeIndex, SUFFIX.txnIndex].some((suffix) => name.endsWith(suffix))
    if (isIndex && !bases.has(offsetOfName(name) ?? -1)) {
      environment.log.named('kafka.log.LogLoader').warn(`${o.directory}/${name} belongs to no segment and is removed`)
      environment.disk.removeFile(`${o.directory}/${name}`)
    }
  }
  return [...bases].sort((a, b) => a - b).map((base) => Segment.open(segmentOptions(environment, o, guard, base)))
}

/** Base offset of the first segment whose transaction index cannot be right; it is rebuilt by recovery. */
function damagedTxnIndex(segments: readonly Segment[], names: readonly string[], log: Logger): number | undefined {
  if (!names.some((name) => name.endsWith(SUFFIX.txnIndex))) return undefined
  for (const segment of segments) {
    const damage = segment.txnIndex.damage(segment.baseOffset)
    if (damage === undefined) continue
    log.warn(`${segment.path(SUFFIX.txnIndex)} is damaged: ${damage}`)
    return segment.baseOffset
  }
  return undefined
}

/** A damaged file is rebuilt: every batch carries its epoch. */
function readEpochs(environment: LogEnvironment, o: OpenLogOptions, segments: readonly Segment[]): EpochStart[] {
  try {
    return readEpochCheckpoint(environment.disk, `${o.directory}/${FILE.leaderEpochs}`)
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    environment.log.named('kafka.log.LogLoader').warn(`rebuilding the leader epochs of ${o.directory}`, error)
    const entries: EpochStart[] = []
    for (const segment of segments) {
      for (const batch of segment.batchesFrom(0)) {
        if (batch.leaderEpoch > (entries.at(-1)?.epoch ?? -1)) {
          entries.push({ epoch: batch.leaderEpoch, startOffset: batch.baseOffset })
        }
      }
    }
    return entries
  }
}

/** Snapshots belong to the starts of segments, and one may stand behind the last: other ones are left-overs. */
function removeStraySnapshots(snapshots: SnapshotFiles, segments: readonly Segment[]): void {
  const bases = new Set(segments.map((segment) => segment.baseOffset))
  const lastBase = segments.at(-1)!.baseOffset
  const newest = snapshots.latest()
  snapshots.removeIf((offset) => !bases.has(offset) && !(offset === newest && offset > lastBase))
}
