/** Which leader is asked over which connection, as leaders die and come back. Time is virtual, the leaders are the test's. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PartitionImage } from '../../../../src/broker/metadata/topics.ts'
import { ReplicaFetchers } from '../../../../src/broker/replication/fetcher/replica-fetchers.ts'
import { Partition } from '../../../../src/broker/replication/partition.ts'
import type { LeaderClients } from '../../../../src/broker/replication/ports.ts'
import { QuietLog } from '../../../support/quiet-log.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { openBench, TOPIC_ID } from '../../storage/support.ts'

/** Leaders that never answer, as those whose machine lost its power. */
class SilentLeaders implements LeaderClients {
  readonly asked: number[] = []
  readonly #waiting = new Map<number, ((error: Error) => void)[]>()

  send(leaderId: number): Promise<never> {
    this.asked.push(leaderId)
    return new Promise((_, reject) => this.#waiting.set(leaderId, [...(this.#waiting.get(leaderId) ?? []), reject]))
  }

  drop(leaderId: number): void {
    for (const reject of this.#waiting.get(leaderId) ?? []) reject(new Error('the connection is closed'))
    this.#waiting.delete(leaderId)
  }
}

let clock: ManualClock
let leaders: SilentLeaders
let fetchers: ReplicaFetchers
let partition: Partition
/** Epochs of the leaders' registrations. */
let lives: Map<number, number>

const image = (changes: Partial<PartitionImage> = {}): PartitionImage => ({
  ...{ partition: 0, replicas: [1, 2, 3], isr: [1, 2, 3], removing: [], adding: [], leader: 2, leaderRecoveryState: 0 },
  ...{ leaderEpoch: 4, partitionEpoch: 0, directories: [], elr: [], lastKnownElr: [] },
  ...changes,
})

function lead(changes: Partial<PartitionImage>): void {
  partition.update(image(changes), clock.monotonicMs())
  fetchers.changed(partition)
}

/** Lets what was rejected be heard, and time pass for another try. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

beforeEach(() => {
  clock = new ManualClock()
  leaders = new SilentLeaders()
  lives = new Map([
    [2, 20],
    [3, 30],
  ])
  const settings: Record<string, number> = {
    'replica.fetch.backoff.ms': 1000,
    'replica.fetch.max.bytes': 1000,
    'replica.fetch.wait.max.ms': 500,
    'replica.fetch.min.bytes': 1,
    'replica.fetch.response.max.bytes': 1000,
    'replica.socket.timeout.ms': 30_000,
  }
  fetchers = new ReplicaFetchers({
    nodeId: 1,
    brokerEpoch: () => 10,
    epochOf: (id) => lives.get(id) ?? -1,
    clients: leaders,
    clock,
    log: new QuietLog(),
    config: { get: (key: string) => settings[key] } as never,
    appended: () => {},
    isThrottled: () => false,
  })
  partition = new Partition({ topic: 't', topicId: TOPIC_ID, nodeId: 1, image: image(), log: openBench().log })
  fetchers.changed(partition)
})

describe('a leader that died without a word and came back', () => {
  it('is asked anew: nobody answers what its former life was asked', async () => {
    await settle()
    expect(leaders.asked).toEqual([2])
    lead({ leader: -1, leaderEpoch: 5 })
    lives.set(2, 21)
    lead({ leader: 2, leaderEpoch: 6 })
    await settle()
    expect(leaders.asked).toEqual([2, 2])
  })

  it('is asked once while it lives, whatever its epochs', async () => {
    await settle()
    lead({ leader: 2, leaderEpoch: 5 })
    await settle()
    expect(leaders.asked).toEqual([2])
  })
})

describe('a leader that gives way', () => {
  it('holds nobody up: the next one is asked at once', async () => {
    await settle()
    lead({ leader: 3, leaderEpoch: 5 })
    await settle()
    expect(leaders.asked).toEqual([2, 3])
  })
})
