/** Offsets that transactions hold back: they count when their marker says so, and never against a later commit. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../../src/base/uuid.ts'
import { OffsetStore, offsetValue } from '../../../../src/broker/coordinator/group/offset-store.ts'

function value(offset: number) {
  return { offset, leaderEpoch: -1, metadata: '', commitTimestamp: 1, expireTimestamp: -1, topicId: ZERO_UUID }
}

const key = { group: 'g', topic: 't', partition: 0 }
const NO_PRODUCER = -1

describe('offsets of transactions', () => {
  it('are pending until the marker, then committed or void', () => {
    const store = new OffsetStore()
    store.replay(key, value(5), { offset: 0, producerId: 7 })
    expect(store.get('g', 't', 0)).toBeUndefined()
    expect(store.isPending('g', 't', 0)).toBe(true)
    expect([...store.pendingOf('g')]).toEqual([{ topic: 't', partition: 0 }])
    store.endTransaction(7, true)
    expect(store.get('g', 't', 0)?.offset).toBe(5)
    expect(store.hasOpenTransactions('g')).toBe(false)
    store.replay(key, value(9), { offset: 1, producerId: 8 })
    store.endTransaction(8, false)
    expect(store.get('g', 't', 0)?.offset).toBe(5)
  })

  it('do not undo a commit that stands later in the log', () => {
    const store = new OffsetStore()
    store.replay(key, value(5), { offset: 0, producerId: 7 })
    store.replay(key, value(6), { offset: 1, producerId: NO_PRODUCER })
    store.endTransaction(7, true)
    expect(store.get('g', 't', 0)?.offset).toBe(6)
  })

  it('go with a tombstone, pending or not', () => {
    const store = new OffsetStore()
    store.replay(key, value(5), { offset: 0, producerId: NO_PRODUCER })
    store.replay(key, value(6), { offset: 1, producerId: 7 })
    store.replay(key, null, { offset: 2, producerId: NO_PRODUCER })
    store.endTransaction(7, true)
    expect(store.get('g', 't', 0)).toBeUndefined()
    expect([...store.groupIds()]).toEqual([])
  })

  it('read back as the record that made them', () => {
    const store = new OffsetStore()
    store.replay(key, value(5), { offset: 3, producerId: NO_PRODUCER })
    expect(offsetValue(store.get('g', 't', 0)!)).toEqual(value(5))
  })
})
