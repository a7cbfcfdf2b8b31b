import { describe, expect, it } from 'vitest'
import { ConnectionLimits } from '../../../src/broker/network/connection-limits.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const NONE = { max: 1000, maxPerAddress: 1000, overrides: new Map<string, number>() }

describe('connection limits', () => {
  it('let in so many connections in a second, the others later', () => {
    const clock = new ManualClock()
    const limits = new ConnectionLimits({ ...NONE, ratePerSecond: 2 }, clock)
    const begun: number[] = []
    for (let n = 0; n < 5; n++) limits.admit('10.0.0.1', () => begun.push(n))
    expect(begun).toEqual([0, 1])
    clock.advance(500)
    expect(begun).toEqual([0, 1, 2])
    clock.advance(1000)
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('of one listener leave the others alone', () => {
    const limits = new ConnectionLimits({ ...NONE, perListener: new Map([['INSIDE', 1]]) })
    const begun: string[] = []
    const ask = (listener: string) => limits.admit('10.0.0.1', () => begun.push(listener), listener)
    expect([ask('INSIDE'), ask('INSIDE'), ask('OUTSIDE')]).toEqual(['admitted', 'waiting', 'admitted'])
    limits.release('10.0.0.1', 'INSIDE')
    expect(begun).toEqual(['INSIDE', 'OUTSIDE', 'INSIDE'])
  })

  it('let waiting connections in when they are raised', () => {
    const limits = new ConnectionLimits({ ...NONE, max: 1 })
    const begun: number[] = []
    for (let n = 0; n < 3; n++) limits.admit('10.0.0.1', () => begun.push(n))
    limits.update({ ...NONE, max: 2 })
    expect(begun).toEqual([0, 1])
  })
})
