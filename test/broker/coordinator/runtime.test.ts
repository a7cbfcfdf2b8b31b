/** The runtime: answers wait for the commit, failed writes leave no trace, partitions are loaded and given up. */
import { describe, expect, it } from 'vitest'
import type { CoordinatorMachine, CoordinatorTimers, Decision } from '../../../src/broker/coordinator/machine.ts'
import { CoordinatorRuntime } from '../../../src/broker/coordinator/runtime.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { endTxnMarker } from '../../../src/protocol/records/control.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { FakeLog } from './fake-log.ts'

/** Appends texts to a list; a text of an open transaction counts when its marker says so. */
class ListMachine implements CoordinatorMachine<string> {
  readonly list: string[] = []
  readonly open = new Map<number, string[]>()
  readonly timers: CoordinatorTimers<string>
  unloadedWith: string | undefined
  failOn: string | undefined

  constructor(timers: CoordinatorTimers<string>) {
    this.timers = timers
  }
  add(...texts: string[]): Decision<string, number> {
    return { records: texts, response: this.list.length + texts.length }
  }
  replay(text: string, { producerId }: { producerId: number }): void {
    if (text === this.failOn) throw new Error('replay fails')
    if (producerId < 0) this.list.push(text)
    else this.open.set(producerId, [...(this.open.get(producerId) ?? []), text])
  }
  endTransaction(producerId: number, _epoch: number, committed: boolean): void {
    if (committed) this.list.push(...(this.open.get(producerId) ?? []))
    this.open.delete(producerId)
  }
  onLoaded(): void {}
  onUnloaded(error: ApiError): void {
    this.unloadedWith = error.error
  }
  *snapshot(): Iterable<string> {
    yield* this.list
  }
}

function setUp(log = new FakeLog()) {
  const clock = new ManualClock()
  const machines: ListMachine[] = []
  const runtime = new CoordinatorRuntime<string, ListMachine>({
    log,
    clock,
    logger: new QuietLog(),
    codec: {
      encode: (text) => ({ key: Buffer.from(text), value: null }),
      decode: (key) => (key.toString() === 'unknown' ? undefined : key.toString()),
    },
    create: (_partition, timers) => {
      const machine = new ListMachine(timers)
      machines.push(machine)
      return machine
    },
    writeTimeoutMs: 5_000,
    loadBufferBytes: 200,
  })
  const add = (...texts: string[]) =>
    runtime
      .execute(0, (machine) => machine.add(...texts))
      .then(
        (count) => count,
        (error: unknown) => (error instanceof ApiError ? error.error : String(error)),
      )
  return { log, clock, machines, runtime, add, machine: () => machines.at(-1)! }
}

const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

describe('the coordinator runtime', () => {
  it('answers when the records are committed, in order', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    s.log.autoCommit = false
    const seen: unknown[] = []
    void s.add('a').then((answer) => seen.push(answer))
    void s.add('b', 'c').then((answer) => seen.push(answer))
    const read = s.runtime.execute(0, (machine) => ({ records: [], response: machine.list.join('') }))
    void read.then((answer) => answer).then((answer) => seen.push(answer))
    await settle()
    expect(seen).toEqual([])
    expect(s.machine().list).toEqual(['a', 'b', 'c'])
    s.log.commit(0)
    await settle()
    expect(seen).toEqual([1, 3, 'abc'])
    expect(s.log.batchCount(0)).toBe(2)
  })

  it('keeps nothing of a write that failed', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    s.log.failWith = 'NOT_ENOUGH_REPLICAS'
    expect(await s.add('a')).toBe('NOT_ENOUGH_REPLICAS')
    expect(s.machine().list).toEqual([])
  })

  it('gives up waiting after the write timeout', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    s.log.autoCommit = false
    const answer = s.add('a')
    s.clock.advance(5_000)
    expect(await answer).toBe('REQUEST_TIMED_OUT')
    const later = s.add('b')
    s.log.commit(0)
    expect(await later).toBe(2)
    expect(s.clock.pendingTimers).toBe(0)
  })

  it('answers NOT_COORDINATOR for partitions it does not lead, and to those who wait when it stops leading', async () => {
    const s = setUp()
    expect(await s.add('a')).toBe('NOT_COORDINATOR')
    s.runtime.onElected(0, 1)
    s.log.autoCommit = false
    const waiting = s.add('a')
    s.runtime.onResigned(0)
    expect(await waiting).toBe('NOT_COORDINATOR')
    expect(s.machine().unloadedWith).toBe('NOT_COORDINATOR')
    expect(s.runtime.partitions()).toEqual([])
  })

  it('loads what was written, some batches a turn, and says so meanwhile', async () => {
    const first = setUp()
    first.runtime.onElected(0, 1)
    for (let i = 0; i < 20; i++) await first.add(`text ${i}`)
    await first.add('unknown')
    const second = setUp(first.log)
    second.runtime.onElected(0, 2)
    expect(await second.add('x')).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    second.clock.runDeferred()
    expect(second.runtime.isActive(0)).toBe(true)
    expect(second.machine().list).toHaveLength(20)
    expect(await second.add('x')).toBe(21)
  })

  it('replays transactions as their markers say', () => {
    const s = setUp()
    const write = (producerId: number, text: string) =>
      s.log.append(
        0,
        1,
        encodeBatch({ producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }, [
          { timestamp: 1, key: Buffer.from(text), value: null },
        ]),
      )
    const mark = (producerId: number, committed: boolean) =>
      s.log.append(
        0,
        1,
        endTxnMarker({ producerId, producerEpoch: 0, committed, coordinatorEpoch: 0, timestamp: 1 } as never),
      )
    write(1, 'kept')
    write(2, 'void')
    write(3, 'open')
    mark(2, false)
    mark(1, true)
    s.runtime.onElected(0, 1)
    s.clock.runDeferred()
    expect(s.machine().open.get(3)).toEqual(['open'])
  })

  it('reads the partition again when replay fails', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    await s.add('a')
    s.machine().failOn = 'b'
    expect(await s.add('b')).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    s.clock.advance(0)
    expect(s.machines).toHaveLength(2)
    expect(s.machine().list).toEqual(['a', 'b'])
  })

  it('writes nothing from the timers of a machine that was thrown away', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    const old = s.machine()
    old.failOn = 'b'
    const late = () => old.timers.schedule('t', 10, () => old.add('stale'))
    const failed = s.runtime.execute(0, (machine) => ({ ...machine.add('b'), committed: late }))
    await expect(failed).rejects.toThrow()
    s.clock.advance(100)
    expect(s.machine()).not.toBe(old)
    expect(s.machine().list).toEqual(['b'])
    expect(s.clock.pendingTimers).toBe(0)
  })

  it('tries again, ever more slowly, to read what cannot be read', async () => {
    const s = setUp()
    const broken = { partitionLeaderEpoch: 1 }
    s.log.append(0, 1, encodeBatch(broken, [{ timestamp: 1, key: Buffer.from('bad'), value: null }]))
    const tried = () => s.machines.length
    const read = s.log.read.bind(s.log)
    s.log.read = () => {
      throw new Error('the disk is gone')
    }
    s.runtime.onElected(0, 1)
    expect(await s.add('a')).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    expect(tried()).toBe(1)
    s.clock.advance(1_000)
    expect(tried()).toBe(2)
    s.clock.advance(1_999)
    expect(tried()).toBe(2)
    s.clock.advance(1)
    expect(tried()).toBe(3)
    s.log.read = read
    s.clock.advance(4_000)
    expect(await s.add('a')).toBe(2)
  })

  it('is done where compaction took what lay before the log end', async () => {
    const first = setUp()
    first.runtime.onElected(0, 1)
    await first.add('a')
    const end = first.log.endOffset(0)
    first.log.endOffset = () => end + 5
    const second = setUp(first.log)
    second.runtime.onElected(0, 2)
    second.clock.advance(0)
    expect(second.runtime.isActive(0)).toBe(true)
    expect(second.machine().list).toHaveLength(1)
  })

  it('ignores an election that is not newer and follows one that is', async () => {
    const s = setUp()
    s.runtime.onElected(0, 3)
    s.runtime.onElected(0, 3)
    s.runtime.onElected(0, 2)
    expect(s.machines).toHaveLength(1)
    s.runtime.onElected(0, 4)
    expect(s.machines).toHaveLength(2)
  })

  it('runs timers as commands, and none after the leadership ended', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    const machine = s.machine()
    machine.timers.schedule('t', 10, () => machine.add('tick'))
    machine.timers.schedule('u', 10, () => machine.add('never'))
    machine.timers.cancel('u')
    s.clock.advance(10)
    expect(machine.list).toEqual(['tick'])
    machine.timers.schedule('t', 10, () => machine.add('late'))
    s.runtime.onResigned(0)
    s.clock.advance(100)
    expect(machine.list).toEqual(['tick'])
    expect(s.clock.pendingTimers).toBe(0)
  })

  it('splits large decisions that need not be atomic', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    const records = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(300)}`)
    await s.runtime.execute(0, () => ({ records, response: undefined, atomic: false }))
    expect(s.log.batchCount(0)).toBeGreaterThan(2)
    expect(s.machine().list).toEqual(records)
  })

  it('turns a command that throws into its error', async () => {
    const s = setUp()
    s.runtime.onElected(0, 1)
    const run = (error: Error) =>
      s.runtime
        .execute(0, () => {
          throw error
        })
        .catch((thrown: ApiError) => thrown.error)
    expect(await run(new ApiError('ILLEGAL_GENERATION'))).toBe('ILLEGAL_GENERATION')
    expect(await run(new Error('a bug'))).toBe('UNKNOWN_SERVER_ERROR')
  })
})
