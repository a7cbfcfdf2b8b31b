/** Which log is cleaned next, and how often all of them are looked at for it. */
import { expect, it } from 'vitest'
import { type Candidate, CleaningChoice } from '../../../src/broker/storage/cleaner-choice.ts'
import type { LogDirectory } from '../../../src/broker/storage/log-directory.ts'
import { CompactingNode } from './compaction-support.ts'
import { batchOf } from './support.ts'

const RECORDS = [60, 30, 90, 0]

function rig() {
  const node = new CompactingNode()
  const checkpoints = new Map<string, number>()
  const directory = { cleanerOffset: (key: string) => checkpoints.get(key) } as LogDirectory
  const candidates: Candidate[] = RECORDS.map((count, partition) => {
    const log = node.logs.getOrCreate('c', partition, node.making)
    for (let i = 0; i < count; i++) {
      const records = batchOf({ values: ['v'.repeat(100)], keys: [`k${i % 3}`], timestamp: node.clock.nowMs() })
      log.appendAsLeader(records, { leaderEpoch: 0, origin: 'client' })
    }
    log.updateHighWatermark(log.logEndOffset)
    // The first half is clean.
    checkpoints.set(log.name, partition === 2 ? 0 : Math.floor(count / 2))
    return { key: log.name, directory, log }
  })
  const seen = { surveys: 0, taken: new Set<string>() }
  const choice = new CleaningChoice(node.clock, {
    candidates: () => candidates.filter(({ key }) => !seen.taken.has(key)),
    isFree: ({ key }) => !seen.taken.has(key),
    correct: () => {},
    failed: (_, error) => {
      throw error
    },
    beforeSurvey: () => {
      seen.surveys += 1
    },
  })
  return { choice, seen, checkpoints, candidates }
}

it('is the dirtiest, by one look at all of them', () => {
  const { choice, seen } = rig()
  const found: string[] = []
  for (let next = choice.next(); next !== undefined; next = choice.next()) {
    found.push(next.key)
    seen.taken.add(next.key)
  }
  expect(found[0]).toBe('c-2')
  expect(found.sort()).toEqual(['c-0', 'c-1', 'c-2'])
  // One found all three, one that there are no more.
  expect(seen.surveys).toBe(2)
})

it('is none that is no longer free, or no longer dirty, when its turn comes', () => {
  const { choice, seen, checkpoints, candidates } = rig()
  expect(choice.next()?.key).toBe('c-2')
  seen.taken.add('c-2')
  seen.taken.add('c-1')
  checkpoints.set('c-0', candidates[0]!.log.files.active.baseOffset)
  expect(choice.next()).toBeUndefined()
  expect(seen.surveys).toBe(1)
})
