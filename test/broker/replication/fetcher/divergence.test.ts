/** Where a follower's log is cut: the histories of KIP-101, KIP-279 and KIP-595. */
import { describe, expect, it } from 'vitest'
import { truncationOffset } from '../../../../src/broker/replication/fetcher/divergence.ts'
import type { EpochEnd } from '../../../../src/broker/storage/leader-epochs.ts'

/** A log with these epochs: [epoch, start]. */
function history(logEndOffset: number, highWatermark: number, ...epochs: [number, number][]) {
  const endOffsetFor = (asked: number): EpochEnd => {
    const latest = epochs.at(-1)
    if (latest === undefined || asked > latest[0]) return { epoch: -1, endOffset: -1 }
    if (asked === latest[0]) return { epoch: asked, endOffset: logEndOffset }
    const next = epochs.findIndex(([epoch]) => epoch > asked)
    return { epoch: epochs[next - 1]?.[0] ?? asked, endOffset: epochs[next]![1] }
  }
  return { logEndOffset, highWatermark, epochs: { endOffsetFor } }
}

describe('truncationOffset', () => {
  it.each([
    ['the epoch ends earlier at the leader', history(10, 5, [0, 0]), { epoch: 0, endOffset: 7 }, 7],
    ['it ends earlier here', history(10, 5, [0, 0], [2, 6]), { epoch: 0, endOffset: 9 }, 6],
    ['the leader never ends beyond this log', history(10, 5, [3, 0]), { epoch: 3, endOffset: 20 }, 10],
    ['this log does not know the epoch', history(10, 5, [0, 0], [2, 4]), { epoch: 1, endOffset: 8 }, 4],
    ['all epochs here are newer', history(10, 5, [4, 3]), { epoch: 1, endOffset: 8 }, 3],
    ['all epochs here are older', history(10, 5, [0, 0]), { epoch: 1, endOffset: 8 }, 8],
    ['the leader knows no epoch', history(10, 5, [0, 0]), { epoch: -1, endOffset: -1 }, 5],
    ['the leader knows only an end', history(10, 5, [0, 0]), { epoch: -1, endOffset: 8 }, 8],
  ] as const)('%s', (_, log, leader, offset) => {
    expect(truncationOffset(log, leader)).toBe(offset)
  })
})
