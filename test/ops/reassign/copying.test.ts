/** How far copying is, from what brokers hold; and log directories on a simulated cluster. */
import { describe, expect, it } from 'vitest'
import { copied, growingOfFlight, growingOfMove, Pace, sizesOf } from '../../../src/ops/reassign/copying.ts'
import { displaced, formerPlaces, placesOf, sendToPlaces } from '../../../src/ops/reassign/directories.ts'
import type { Move } from '../../../src/ops/reassign/model.ts'
import type { ReplicaFiles } from '../../../src/ops/reassign/world.ts'
import { cluster } from './support/clusters.ts'
import { FakeWorld } from './support/fake-world.ts'

const at = (bytes: number, dir = '/a', future: ReplicaFiles['future'] = null): ReplicaFiles => ({ bytes, dir, future })
const move = (change: Partial<Move>): Move => ({
  ...{ topic: 't', partition: 0, from: [1, 2], to: [2, 3], bytes: 100 },
  ...change,
})

describe('copied', () => {
  it('counts what lies on the brokers that get replicas, of what the others have', () => {
    const files = new Map([
      ['t-0-1', at(100)],
      ['t-0-2', at(90)],
      ['t-0-3', at(30)],
    ])
    expect(copied([growingOfMove(move({}))], files)).toEqual({ done: 30, total: 100 })
    expect(copied([growingOfMove(move({ to: [2, 1] }))], files)).toEqual({ done: 0, total: 0 })
    const flight = { topic: 't', partition: 0, replicas: [3, 4, 1, 2], adding: [3, 4], removing: [1, 2] }
    expect(copied([growingOfFlight(flight)], files)).toEqual({ done: 30, total: 200 })
    // A copy that has more than its source for a moment is no more than whole.
    expect(copied([growingOfFlight(flight)], new Map([...files, ['t-0-4', at(130)]]))).toMatchObject({ done: 130 })
  })

  it('does not know what no broker tells', () => {
    const flight = { topic: 't', partition: 0, replicas: [3, 1], adding: [3], removing: [1] }
    expect(sizesOf(growingOfFlight(flight), new Map())).toBeNull()
    expect(sizesOf(growingOfFlight(flight), new Map([['t-0-1', at(7)]]))).toEqual({ done: 0, total: 7 })
  })

  it('counts replicas that go from one directory to another', () => {
    const growing = [growingOfMove(move({ to: [1, 2], logDirs: ['/b', 'any'] }))]
    expect(copied(growing, new Map([['t-0-1', at(50, '/a', { dir: '/b', bytes: 20 })]]))).toEqual({
      done: 20,
      total: 50,
    })
    expect(copied(growing, new Map([['t-0-1', at(50, '/b')]]))).toEqual({ done: 50, total: 50 })
  })
})

describe('Pace', () => {
  it('tells the time that is left once it has seen something move', () => {
    const pace = new Pace()
    expect(pace.look(1000, { done: 0, total: 1000 })).toEqual({ bytesPerSecond: null, leftMs: null })
    expect(pace.look(2000, { done: 100, total: 1000 })).toEqual({ bytesPerSecond: 100, leftMs: 9000 })
    expect(pace.look(3000, { done: 100, total: 1000 }).bytesPerSecond).toBe(60)
  })

  it('does not promise an end to what stands still', () => {
    const pace = new Pace()
    pace.look(0, { done: 5, total: 10 })
    expect(pace.look(1000, { done: 5, total: 10 })).toEqual({ bytesPerSecond: 0, leftMs: null })
  })
})

describe('log directories', () => {
  it('are asked for where a move names them, and only of replicas that lie elsewhere', async () => {
    const world = new FakeWorld(cluster({ 1: null, 2: null, 3: null }, ['t 1,2']))
    world.places.set('t-0-2', at(5, '/a'))
    world.places.set('t-0-3', at(5, '/c'))
    const places = placesOf([move({ logDirs: ['/b', '/c'] })])
    expect(places.map(({ broker, dir }) => [broker, dir])).toEqual([
      [2, '/b'],
      [3, '/c'],
    ])
    expect((await formerPlaces(world, places)).map(({ dir }) => dir)).toEqual(['/a', '/c'])
    expect((await displaced(world, places)).map(({ broker }) => broker)).toEqual([2])
    expect(await sendToPlaces(world, places)).toEqual([])
    expect(await displaced(world, places)).toEqual([])
    expect(placesOf([move({ logDirs: ['any', 'any'] }), move({})])).toEqual([])
  })
})
