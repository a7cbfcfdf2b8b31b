/** Joining a group: a coordinator that is still loading is waited for, what cannot get better is not. */
import { describe, expect, it } from 'vitest'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { awaitCoordinator } from '../../src/client/group-reader.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { startCluster } from '../support/scripted-cluster.ts'

describe('the coordinator of a group', () => {
  it('is waited for while it loads', async () => {
    let calls = 0
    const cluster = await startCluster(
      {},
      {
        DescribeGroups: ({ groups }) => {
          calls += 1
          const code = calls < 3 ? errorCode('COORDINATOR_LOAD_IN_PROGRESS') : 0
          return { groups: groups.map((groupId) => ({ groupId, errorCode: code, groupState: 'Dead' })) }
        },
      },
    )
    const options = resolveClientOptions({ bootstrapServer: cluster.address, properties: { 'retry.backoff.ms': '1' } })
    const client = await ClusterClient.connect(options)
    await awaitCoordinator(client, 'g')
    expect(calls).toBe(3)
    client.close()
    await cluster.close()
  })
})
