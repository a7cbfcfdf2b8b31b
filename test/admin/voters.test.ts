/** Voters of a quorum: which may be removed, and which lines name one. */
import { expect, it } from 'vitest'
import { dangerOfRemoval, findVoter, type VoterSet } from '../../src/admin/voters.ts'

function setOf(ids: number[], isDynamic = true): VoterSet {
  const voters = ids.map((id) => ({ id, directoryId: `d${id}`, endpoint: null, lastFetch: null }))
  return { clusterId: 'c', leader: ids[0]!, voters, observers: [], now: null, isDynamic }
}

it('lets a voter go while a majority of the others runs', () => {
  const three = setOf([1, 2, 3])
  expect(dangerOfRemoval(three, findVoter(three, 3), new Set([1, 2]))).toBe(null)
  expect(dangerOfRemoval(three, findVoter(three, 3), new Set([1, 3]))).toBe(
    'of the 2 voters that would be left 2 must run, and 1 do',
  )
  const four = setOf([1, 2, 3, 4])
  expect(dangerOfRemoval(four, findVoter(four, 4), new Set([1, 2]))).toBe(null)
  const one = setOf([1])
  expect(dangerOfRemoval(one, findVoter(one, 1), new Set([1]))).toBe('node 1 is the only voter')
})

it('knows a voter by its id and its directory', () => {
  expect(findVoter(setOf([1, 2]), 2, 'd2').id).toBe(2)
  expect(() => findVoter(setOf([1, 2]), 2, 'dx')).toThrow('node 2 (dx) is no voter')
  expect(() => findVoter(setOf([1, 2]), 4)).toThrow('node 4 is no voter')
  expect(() => findVoter(setOf([1, 2], false), 2)).toThrow('static')
})
