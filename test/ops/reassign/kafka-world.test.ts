/** The world of reassignments over the wire: what is asked fits the broker that is asked, whatever the others of its cluster know. */
import { expect, it } from 'vitest'
import type { ClusterClient } from '../../../src/client/cluster-client.ts'
import { KafkaWorld } from '../../../src/ops/reassign/kafka-world.ts'

/** A client whose first broker knows the newest version, and whose controller requests end at one that knows `version`. */
function clientOf(version: number, sent: unknown[]): ClusterClient {
  const connection = {
    version: () => version,
    call: async (_api: string, body: unknown) => {
      sent.push(body)
      return { errorCode: 0, errorMessage: null, responses: [] }
    },
  }
  const client = {
    bootstrap: { version: () => 1 },
    retry: (attempt: () => Promise<unknown>) => attempt(),
    connection: async () => connection,
    request: (api: string, body: unknown) => connection.call(api, body),
  }
  return client as unknown as ClusterClient
}

it.each([
  ['an old one', 0, {}],
  ['a new one', 1, { allowReplicationFactorChange: false }],
])('asks %s for assignments as it knows them', async (_name, version, option) => {
  const sent: unknown[] = []
  await new KafkaWorld(clientOf(version, sent)).alter([{ topic: 't', partition: 0, replicas: [1, 2] }], false)
  expect(sent).toEqual([{ topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas: [1, 2] }] }], ...option }])
})
