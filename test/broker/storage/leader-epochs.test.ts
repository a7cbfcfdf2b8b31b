/** When the leader epochs of a log reach its file: with the records that carry them, not with every election. */
import { describe, expect, it } from 'vitest'
import { DIRECTORY, batchOf, openBench } from './support.ts'

const FILE = `${DIRECTORY}/leader-epoch-checkpoint`
const textOf = (bench: ReturnType<typeof openBench>) =>
  bench.disk.stat(FILE) === undefined ? undefined : bench.disk.readFile(FILE).toString()

describe('the leader epoch file', () => {
  it('is not written for elections of a log without records', () => {
    const bench = openBench()
    for (const epoch of [0, 1, 2]) bench.log.epochs.assign(epoch, 0)
    bench.log.close()
    expect(textOf(bench)).toBeUndefined()
    expect(openBench({ disk: bench.disk, clean: true }).log.epochs.all()).toEqual([])
  })

  it('holds an epoch after the first flush with records of it', () => {
    const bench = openBench()
    bench.log.epochs.assign(3, 0)
    bench.log.appendAsLeader(batchOf({ values: 2 }), { leaderEpoch: 3, origin: 'client' })
    bench.log.epochs.assign(5, 2)
    bench.log.flush()
    expect(textOf(bench)).toBe('0\n1\n3 0\n')
    bench.log.appendAsLeader(batchOf({ values: 1 }), { leaderEpoch: 5, origin: 'client' })
    bench.log.flush()
    expect(textOf(bench)).toBe('0\n2\n3 0\n5 2\n')
  })

  it('is corrected at once where it says what no longer holds', () => {
    const bench = openBench()
    bench.log.appendAsLeader(batchOf({ values: 2 }), { leaderEpoch: 3, origin: 'client' })
    bench.log.appendAsLeader(batchOf({ values: 2 }), { leaderEpoch: 5, origin: 'client' })
    bench.log.flush()
    bench.log.truncateTo(1)
    expect(textOf(bench)).toBe('0\n1\n3 0\n')
    bench.log.epochs.assign(7, 0)
    expect(textOf(bench)).toBe('0\n1\n7 0\n')
  })
})

describe('the leader epochs of a follower', () => {
  it('give way to a batch of an older epoch: the node took itself for the leader in an epoch whose records it had lost', () => {
    const { log } = openBench()
    const copy = (baseOffset: number, partitionLeaderEpoch: number) =>
      log.appendAsFollower(batchOf({ values: 5, baseOffset, partitionLeaderEpoch }))
    copy(0, 4)
    log.epochs.assign(6, 5)
    // The leader knows epoch 6 too, from where it really began: nothing diverges.
    copy(5, 4)
    copy(10, 6)
    expect(log.epochs.all()).toEqual([
      { epoch: 4, startOffset: 0 },
      { epoch: 6, startOffset: 10 },
    ])
  })
})
