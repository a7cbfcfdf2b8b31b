/** What a move between log directories means before it begins, where a directory is offline or a replica elsewhere. */
import { describe, expect, it } from 'vitest'
import { planMove } from '../../src/admin/log-dirs.ts'
import type { ClusterClient } from '../../src/client/cluster-client.ts'

const partition = (partitionIndex: number, replicaNodes: number[]) => ({ partitionIndex, replicaNodes })
const volume = { totalBytes: 100, usableBytes: 50, isCordoned: false }

/** Broker 1 of two, with one directory that works and one that may not. */
function cluster(secondErrorCode: number): ClusterClient {
  const answers = {
    DescribeLogDirs: {
      errorCode: 0,
      results: [
        {
          ...volume,
          errorCode: 0,
          logDir: '/a',
          topics: [
            { name: 't', partitions: [{ partitionIndex: 0, partitionSize: 7, offsetLag: 0, isFutureKey: false }] },
          ],
        },
        { ...volume, errorCode: secondErrorCode, logDir: '/b', topics: [] },
      ],
    },
  }
  return {
    metadata: async () => ({
      brokers: [{ id: 1 }, { id: 2 }],
      topics: [{ name: 't', errorCode: 0, partitions: [partition(0, [1]), partition(1, [1]), partition(2, [2])] }],
    }),
    request: async (api: keyof typeof answers) => answers[api],
  } as unknown as ClusterClient
}

const plan = async (secondErrorCode: number) =>
  planMove(cluster(secondErrorCode), [{ topic: 't', partitions: [0, 1, 2] }], { broker: 1, to: '/a' })

describe('a plan', () => {
  it('tells a replica in a directory that failed from one that is on another broker', async () => {
    const { replicas } = await plan(56)
    expect(replicas.map(({ state, error }) => error?.code ?? state)).toEqual([
      'there',
      'KAFKA_STORAGE_ERROR',
      'REPLICA_NOT_AVAILABLE',
    ])
    expect(replicas[1]!.error!.message).toContain('/b on broker 1 is offline')
  })

  it('says of a replica that is nowhere that it is not there', async () => {
    const { replicas } = await plan(0)
    expect(replicas.map(({ state, error }) => error?.code ?? state)).toEqual([
      'there',
      'REPLICA_NOT_AVAILABLE',
      'REPLICA_NOT_AVAILABLE',
    ])
  })

  it('to a directory that failed or is not there is refused with exit 1', async () => {
    const to = (path: string) => planMove(cluster(56), [{ topic: 't', partitions: [0] }], { broker: 1, to: path })
    await expect(to('/b')).rejects.toMatchObject({ exitCode: 1, message: '/b on broker 1 is offline' })
    await expect(to('/c')).rejects.toMatchObject({ exitCode: 1, hint: 'it has /a' })
  })
})
