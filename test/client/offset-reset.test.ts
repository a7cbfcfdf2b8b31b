/** What `auto.offset.reset` asks ListOffsets for. */
import { expect, it } from 'vitest'
import { resetTimestamp } from '../../src/client/offset-reset.ts'
import { EARLIEST, LATEST } from '../../src/client/offsets.ts'

it.each([
  ['earliest', EARLIEST],
  ['latest', LATEST],
  ['none', undefined],
  ['by_duration:P1D', 1_000_000_000 - 86_400_000],
  ['by_duration:PT1H2M3.5S', 1_000_000_000 - 3_723_500],
  ['by_duration:yesterday', undefined],
] as const)('%s', (policy, timestamp) => {
  expect(resetTimestamp(policy, 1_000_000_000)).toBe(timestamp)
})
