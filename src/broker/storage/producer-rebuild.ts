/**
 * Brings a producer state to a given end offset: from the newest usable snapshot, then over the batch headers behind it.
 * Only transaction markers are decoded.
 */
import { isControl } from './batch-fields.ts'
import type { ProducerState } from './producer-state.ts'
import { replayBatch } from './producer-updates.ts'
import type { Segment } from './segment.ts'

const NO_BYTES = Buffer.alloc(0)

export interface RebuildOptions {
  readonly logStartOffset: number
  /** Exclusive. */
  readonly endOffset: number
  readonly nowMs: number
  /** The log was closed cleanly: without any snapshot it never had producers, and is not scanned. */
  readonly clean?: boolean
}

/** Afterwards `mapEndOffset` is `endOffset`, and there are snapshots at the last two segments and at the end. */
export function rebuildProducerState(state: ProducerState, segments: readonly Segment[], o: RebuildOptions): void {
  const bases = segments.slice(-2).map((segment) => segment.baseOffset)
  if (o.clean === true && state.snapshots.latest() === undefined) {
    for (const offset of [...bases, o.endOffset]) {
      state.mapEndOffset = Math.max(state.mapEndOffset, offset)
      state.takeSnapshot({ sync: false })
    }
    return
  }
  const nothingToFind = state.isEmpty && state.mapEndOffset >= o.endOffset
  state.reloadFromSnapshot(o.logStartOffset, o.endOffset, o.nowMs)
  if (state.mapEndOffset < o.endOffset && !nothingToFind) replaySegments(state, segments, o, bases)
  state.mapEndOffset = o.endOffset
  state.takeSnapshot({ sync: false })
}

function replaySegments(
  state: ProducerState,
  segments: readonly Segment[],
  o: RebuildOptions,
  snapshotAt: readonly number[],
): void {
  const reached = state.mapEndOffset
  segments.forEach((segment, index) => {
    if (segment.baseOffset >= o.endOffset || (segments[index + 1]?.baseOffset ?? o.endOffset) <= reached) return
    const from = Math.max(segment.baseOffset, state.mapEndOffset, o.logStartOffset)
    state.mapEndOffset = from
    if (snapshotAt.includes(segment.baseOffset)) state.takeSnapshot({ sync: false })
    const start = from === segment.baseOffset ? 0 : segment.locate(from)?.position
    if (start === undefined) return
    for (const batch of segment.batchesFrom(start)) {
      if (batch.baseOffset >= o.endOffset) return
      if (batch.lastOffset < from) continue
      const bytes = batch.producerId >= 0 && isControl(batch) ? segment.readBatch(batch) : NO_BYTES
      replayBatch(state, batch, bytes)
      state.mapEndOffset = batch.lastOffset + 1
    }
  })
}
