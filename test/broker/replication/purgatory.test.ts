/** Parked operations: woken by a touch at the end of the turn, by the deadline, never twice. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Purgatory } from '../../../src/broker/replication/purgatory.ts'
import { ManualClock } from '../../support/manual-clock.ts'

let clock: ManualClock
let purgatory: Purgatory<string>
let events: string[]

beforeEach(() => {
  clock = new ManualClock()
  purgatory = new Purgatory(clock)
  events = []
})

function park(name: string, keys: string[], isDone: () => boolean = () => true, delayMs = 100) {
  return purgatory.park(keys, delayMs, {
    tryComplete: () => {
      events.push(`try ${name}`)
      return isDone()
    },
    expire: () => events.push(`expire ${name}`),
  })
}

describe('Purgatory', () => {
  it('looks at an operation once a turn, however often its keys are touched, and only then', () => {
    park('a', ['x', 'y'])
    purgatory.touch('x')
    purgatory.touch('y')
    purgatory.touch('x')
    expect(events).toEqual([])
    clock.runDeferred()
    expect(events).toEqual(['try a'])
    expect(purgatory.size).toBe(0)
    clock.advance(1000)
    expect(events).toEqual(['try a'])
  })

  it('keeps an operation that is not complete until a later touch', () => {
    let enough = false
    park('a', ['x'], () => enough)
    purgatory.touch('x')
    clock.runDeferred()
    enough = true
    clock.advance(50)
    expect(events).toEqual(['try a'])
    purgatory.touch('x')
    clock.runDeferred()
    expect(events).toEqual(['try a', 'try a'])
    expect(purgatory.size).toBe(0)
  })

  it('leaves alone what waits for other keys', () => {
    park('a', ['x'])
    park('b', ['y'])
    purgatory.touch('y')
    clock.runDeferred()
    expect(events).toEqual(['try b'])
    expect(purgatory.size).toBe(1)
  })

  it('ends an operation at its deadline', () => {
    park('a', ['x'], () => false)
    park('b', [], () => false, 200)
    clock.advance(100)
    expect(events).toEqual(['expire a'])
    purgatory.touch('x')
    clock.advance(100)
    expect(events).toEqual(['expire a', 'expire b'])
    expect(purgatory.size).toBe(0)
  })

  it('forgets what was cancelled, also between the touch and the end of the turn', () => {
    const handle = park('a', ['x'])
    purgatory.touch('x')
    handle.cancel()
    handle.cancel()
    clock.advance(1000)
    expect(events).toEqual([])
    expect(purgatory.size).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('still looks once at what waits for a key that is forgotten, and no more after that', () => {
    park('a', ['x'], () => false)
    purgatory.touch('x')
    purgatory.forget('x')
    clock.runDeferred()
    purgatory.touch('x')
    clock.advance(100)
    expect(events).toEqual(['try a', 'expire a'])
  })

  it('lets an operation park another one while it completes', () => {
    purgatory.park(['x'], 100, {
      tryComplete: () => {
        park('next', ['x'])
        return true
      },
      expire: () => {},
    })
    purgatory.touch('x')
    clock.runDeferred()
    expect(events).toEqual([])
    purgatory.touch('x')
    clock.runDeferred()
    expect(events).toEqual(['try next'])
  })
})
