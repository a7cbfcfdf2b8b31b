/** Suggestions for mistyped words. */
import { describe, expect, it } from 'vitest'
import { editDistance, similarText } from '../../src/base/similar.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
    ['prod', 'pord', 1],
  ])('of %j and %j is %i, both ways', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
    expect(editDistance(b, a)).toBe(edits)
  })
})

describe('similarText', () => {
  it.each([
    ['tpoics', ['topics', 'groups'], 'topics'],
    ['partions', ['partitions', 'property'], 'partitions'],
    ['Security.Protocl', ['security.protocol'], 'security.protocol'],
    ['x', ['y'], undefined],
    ['bogus', ['topics'], undefined],
  ])('%j of %j is %j', (typed, candidates, found) => expect(similarText(typed, candidates)).toBe(found))
})
