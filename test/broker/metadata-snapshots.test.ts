/** When snapshots of the metadata are written, by size and by time, and when former ones are looked through. */
import { beforeEach, describe, expect, it } from 'vitest'
import { MetadataImage } from '../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../src/broker/metadata/records.ts'
import { MetadataSnapshots } from '../../src/broker/metadata-snapshots.ts'
import { ManualClock } from '../support/manual-clock.ts'

const HOUR_MS = 3_600_000

let clock: ManualClock
let image: MetadataImage
let written: number[]
let cleaned: number
let offset: number
let snapshots: MetadataSnapshots

beforeEach(() => {
  clock = new ManualClock()
  image = new MetadataImage()
  written = []
  cleaned = 0
  offset = -1
  snapshots = new MetadataSnapshots({
    image,
    clock,
    maxBytes: 1000,
    maxIntervalMs: HOUR_MS,
    clean: () => {
      cleaned++
    },
    write: (last) => written.push(last.offset),
  })
})

function commit(sizeBytes: number, record = metadataRecord('NoOpRecord', 0, {})): void {
  offset++
  image.apply([record], offset, 1)
  snapshots.committed({ baseOffset: offset, lastOffset: offset, epoch: 1, timestampMs: 0, sizeBytes, values: [] })
}

describe('snapshots of the metadata', () => {
  it('are written after so many bytes', () => {
    commit(600)
    expect(written).toEqual([])
    commit(600)
    commit(900)
    expect(written).toEqual([1])
    commit(200)
    expect(written).toEqual([1, 3])
  })

  it('are written after so much time, when anything was committed since', () => {
    commit(10)
    clock.advance(HOUR_MS)
    expect(written).toEqual([])
    commit(10)
    commit(10)
    expect(written).toEqual([1])
  })

  it('wait for the end of a transaction', () => {
    commit(10, metadataRecord('BeginTransactionRecord', 0, { name: 't' }))
    commit(5000)
    expect(written).toEqual([])
    commit(10, metadataRecord('EndTransactionRecord', 0, {}))
    expect(written).toEqual([2])
  })

  it('that are too old or too much are looked for once a minute', () => {
    for (let second = 0; second < 150; second++) {
      clock.advance(1000)
      commit(0)
    }
    expect(cleaned).toBe(2)
  })
})
