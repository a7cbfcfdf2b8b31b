/** Proposals on their way to the controller: one request at a time, tried again, judged by each answer; pauses of the process. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PartitionImage } from '../../../src/broker/metadata/topics.ts'
import { IsrChanges } from '../../../src/broker/replication/isr-changes.ts'
import { Partition } from '../../../src/broker/replication/partition.ts'
import { ApiError, errorCode } from '../../../src/protocol/errors.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { openBench, TOPIC_ID } from '../storage/support.ts'

interface Asked {
  readonly request: { topics: { partitions: { partitionIndex: number; newIsrWithEpochs: { brokerId: number }[] }[] }[] }
  resolve(answer: object): void
  reject(error: unknown): void
}

/** Time can pass without anything running. */
class PausingClock extends ManualClock {
  #skippedMs = 0

  skip(ms: number): void {
    this.#skippedMs += ms
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#skippedMs
  }
}

let clock: PausingClock
let asked: Asked[]
let lines: QuietLog
let changed: number[]
let changes: IsrChanges
let partitions: Partition[]

const turn = () => new Promise((resolve) => setImmediate(resolve))

function partitionOf(index: number, isr: number[]): Partition {
  const image: PartitionImage = {
    partition: index,
    replicas: [1, 2],
    isr,
    removing: [],
    adding: [],
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 5,
    partitionEpoch: 3,
    directories: [],
    elr: [],
    lastKnownElr: [],
  }
  const partition = new Partition({
    topic: 't',
    topicId: TOPIC_ID,
    nodeId: 1,
    image,
    log: withMinimum(openBench().log),
    terms: {
      nowMs: () => clock.monotonicMs(),
      maxLagMs: () => 1000,
      isEligible: () => true,
      isAlive: () => true,
      brokerEpoch: () => 1,
    },
  })
  partition.lead(clock.monotonicMs())
  partitions.push(partition)
  return partition
}

function withMinimum(log: ReturnType<typeof openBench>['log']) {
  Object.defineProperty(log, 'config', { value: { get: () => 1 } })
  return log
}

beforeEach(() => {
  clock = new PausingClock()
  asked = []
  lines = new QuietLog()
  changed = []
  partitions = []
  const send = (_api: string, _version: number, request: Asked['request']) =>
    new Promise<object>((resolve, reject) => asked.push({ request, resolve, reject }))
  changes = new IsrChanges({
    nodeId: 1,
    brokerEpoch: () => 9,
    channel: { send } as never,
    clock,
    log: lines,
    maxLagMs: () => 1000,
    partitions: () => partitions,
    changed: ({ index }) => changed.push(index),
  })
})

const fetch = (partition: Partition) => {
  partition.followerFetched({ replicaId: 2, fetchOffset: 0, logStartOffset: 0, nowMs: clock.monotonicMs() })
  changes.followerFetched(partition, 2)
}
const taken = (index: number, isr: number[]) => ({
  partitionIndex: index,
  errorCode: 0,
  leaderId: 1,
  leaderEpoch: 5,
  isr,
  leaderRecoveryState: 0,
  partitionEpoch: 4,
})
const answerOf = (...answers: object[]) => ({ errorCode: 0, topics: [{ topicId: TOPIC_ID, partitions: answers }] })
const indexes = ({ request }: Asked) =>
  request.topics.flatMap((topic) => topic.partitions.map((one) => one.partitionIndex))

describe('proposals', () => {
  it('of one turn go together, later ones when the answer is there', async () => {
    const all = [0, 1, 2].map((index) => partitionOf(index, [1]))
    fetch(all[0]!)
    fetch(all[1]!)
    clock.advance(0)
    fetch(all[2]!)
    clock.advance(1000)
    expect(asked.map(indexes)).toEqual([[0, 1]])
    asked[0]!.resolve(answerOf(taken(0, [1, 2]), taken(1, [1, 2])))
    await turn()
    clock.advance(0)
    expect(asked.map(indexes)).toEqual([[0, 1], [2]])
    expect(changed).toEqual([0, 1])
    expect(all[0]!.isr).toEqual([1, 2])
  })

  it('without an answer go again', async () => {
    fetch(partitionOf(0, [1]))
    clock.advance(0)
    asked[0]!.reject(new ApiError('NOT_CONTROLLER'))
    await turn()
    clock.advance(49)
    expect(asked).toHaveLength(1)
    clock.advance(1)
    expect(asked).toHaveLength(2)
    asked[1]!.resolve({ errorCode: errorCode('STALE_BROKER_EPOCH'), topics: [] })
    await turn()
    clock.advance(50)
    expect(asked).toHaveLength(3)
  })

  it('that nobody takes are said once for each reason, by its name', async () => {
    let refused = 0
    changes.onRefused = () => refused++
    fetch(partitionOf(0, [1]))
    clock.advance(0)
    const settled = async (settle: (one: Asked) => void) => {
      settle(asked.at(-1)!)
      await turn()
      clock.advance(50)
    }
    const whole = (error: 'NOT_CONTROLLER' | 'STALE_BROKER_EPOCH') => (one: Asked) =>
      one.resolve({ errorCode: errorCode(error), topics: [] })
    for (let round = 0; round < 3; round++) await settled(whole('NOT_CONTROLLER'))
    for (let round = 0; round < 3; round++) await settled(whole('STALE_BROKER_EPOCH'))
    for (let round = 0; round < 3; round++) await settled((one) => one.reject(new ApiError('REQUEST_TIMED_OUT')))
    const ofOne = answerOf({ ...taken(0, []), errorCode: errorCode('NOT_CONTROLLER') })
    for (let round = 0; round < 3; round++) await settled((one) => one.resolve(ofOne))
    expect(asked).toHaveLength(13)
    const said = lines.lines.map(({ message }) => message).filter((message) => !message.startsWith('Asking'))
    expect(said).toEqual([
      'Changes of ISRs wait for the controller: NOT_CONTROLLER',
      'Changes of ISRs wait for the controller: STALE_BROKER_EPOCH',
      'Changes of ISRs wait for the controller: REQUEST_TIMED_OUT',
      'A change of the ISR of t-0 was refused: NOT_CONTROLLER',
    ])
    expect(refused).toBe(3)
  })

  it('that are refused for now are made anew by the next fetch; others wait for metadata', async () => {
    const all = [0, 1].map((index) => partitionOf(index, [1]))
    let refused = 0
    changes.onRefused = () => refused++
    for (const partition of all) fetch(partition)
    clock.advance(0)
    const refusal = (index: number, error: 'INELIGIBLE_REPLICA' | 'INVALID_UPDATE_VERSION') => ({
      ...taken(index, []),
      errorCode: errorCode(error),
    })
    asked[0]!.resolve(answerOf(refusal(0, 'INELIGIBLE_REPLICA'), refusal(1, 'INVALID_UPDATE_VERSION')))
    await turn()
    for (const partition of all) fetch(partition)
    clock.advance(0)
    expect(asked.map(indexes)).toEqual([[0, 1], [0]])
    expect([refused, changed]).toEqual([2, []])
  })
})

describe('followers that fell behind', () => {
  it('are found within half the lag', () => {
    const partition = partitionOf(0, [1, 2])
    Object.defineProperty(partition.log().files, 'endOffset', { value: 5, writable: true })
    changes.start()
    clock.advance(1000)
    expect(asked).toHaveLength(0)
    clock.advance(500)
    expect(asked.map(indexes)).toEqual([[0]])
    expect(asked[0]!.request.topics[0]!.partitions[0]!.newIsrWithEpochs).toEqual([{ brokerId: 1, brokerEpoch: 1 }])
  })

  it('are excused when this process stood still', () => {
    const partition = partitionOf(0, [1, 2])
    Object.defineProperty(partition.log().files, 'endOffset', { value: 5, writable: true })
    changes.start()
    // Nobody ran in between: neither the timer, nor what the follower sent.
    clock.skip(20_000)
    changes.shrink()
    expect(partition.isChanging).toBe(false)
    clock.skip(400)
    changes.shrink()
    expect(partition.isChanging).toBe(false)
    clock.skip(200)
    changes.shrink()
    expect(partition.isChanging).toBe(true)
  })
})
