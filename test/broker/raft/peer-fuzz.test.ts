/**
 * A peer that may speak to controllers and says anything: requests of every API that a controller serves, half of them close
 * to right, on the controller listeners of three nodes. No node ends, and the quorum goes on deciding.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { METADATA_TOPIC_ID } from '../../../src/base/uuid.ts'
import { controllerHandlers } from '../../../src/broker/handlers/index.ts'
import { type ApiName, apiNames, apis, type RequestInput } from '../../../src/protocol/apis.ts'
import { encodeRequestFrame } from '../../../src/protocol/frame.ts'
import type { Message } from '../../../src/protocol/schema.ts'
import { randomInstance } from '../../protocol/support/instances.ts'
import type { MemoryConnection } from '../../support/memory-network.ts'
import { CLUSTER_ID, VirtualCluster } from '../virtual-cluster.ts'

const STATIC = { 'controller.quorum.voters': [1, 2, 3].map((id) => `${id}@127.0.0.1:${9100 + id}`).join(',') }
const QUORUM: readonly ApiName[] = [
  'Vote',
  'BeginQuorumEpoch',
  'EndQuorumEpoch',
  'Fetch',
  'FetchSnapshot',
  'AddRaftVoter',
  'RemoveRaftVoter',
  'UpdateRaftVoter',
  'DescribeQuorum',
]
const OTHERS = apiNames.filter((name) => controllerHandlers[name] !== undefined && !QUORUM.includes(name))

let cluster: VirtualCluster
afterEach(() => cluster.stopAll())

/** Puts values that nearly fit where the names say that they matter. */
function plausible(value: unknown, prng: Prng, epoch: number, endOffset: number): unknown {
  if (Array.isArray(value)) {
    const list = value.map((each) => plausible(each, prng, epoch, endOffset))
    return prng.chance(0.8) ? list.slice(0, 1) : list
  }
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  const fields: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) fields[name] = nearly(name, field)
  return fields

  function nearly(name: string, field: unknown): unknown {
    if (prng.chance(0.1)) return field
    if (name === 'topicName' || name === 'topic' || name === 'name') return '__cluster_metadata'
    if (name === 'topicId') return METADATA_TOPIC_ID
    if (name === 'clusterId') return prng.chance(0.8) ? CLUSTER_ID : null
    if (name === 'partitionIndex' || name === 'partition') return 0
    if (name === 'timeoutMs' || name === 'maxWaitMs') return prng.pick([0, 10, -1, 2 ** 31 - 1])
    // A peer that runs ahead of time ends all epochs there can be: that is within its rights.
    if (/epoch/i.test(name) && typeof field === 'number') return prng.pick([epoch - 1, epoch, epoch, epoch + 1, -1, 0])
    if (/(Id|Leader)$/.test(name) && typeof field === 'number') return prng.pick([-1, 1, 2, 3, 4, 999])
    if (/offset|position|highWatermark/i.test(name) && typeof field === 'number') {
      return prng.pick([0, 1, endOffset, endOffset + 1, -1, 2 ** 52, endOffset >> 1])
    }
    return plausible(field, prng, epoch, endOffset)
  }
}

function frameOf(api: ApiName, prng: Prng, epoch: number, endOffset: number): readonly Uint8Array[] {
  const version = apis[api].min + prng.int(apis[api].max - apis[api].min + 1)
  const body = randomInstance(apis[api].request as Message, version, prng, { maxElements: 2 })
  const said = prng.chance(0.7) ? plausible(body, prng, epoch, endOffset) : body
  return encodeRequestFrame(api, version, { correlationId: 1, clientId: 'peer' }, said as RequestInput<ApiName>)
}

describe('a peer that says anything', () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`ends no node, and the quorum goes on: seed ${seed}`, async () => {
      cluster = new VirtualCluster(STATIC)
      const prng = new Prng(seed)
      await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
      const connections = new Map<number, MemoryConnection>()
      let answers = 0
      const connect = (id: number): MemoryConnection => {
        const connection = cluster.network.open(VirtualCluster.controllerPort(id))
        connections.set(id, connection)
        connection.receive({
          data: () => {
            answers++
          },
          drain: () => {},
          close: () => connections.delete(id),
        })
        connection.resume()
        return connection
      }
      for (let sent = 0; sent < 600; sent++) {
        const id = 1 + prng.int(3)
        const { core } = (cluster.nodes.get(id) as unknown as Inside).metadata.driver
        const api = prng.chance(0.8) ? prng.pick(QUORUM) : prng.pick(OTHERS)
        let frame: readonly Uint8Array[]
        try {
          frame = frameOf(api, prng, core.role.epoch, core.log.endOffset().offset)
        } catch {
          // What fits no field cannot be sent.
          continue
        }
        const connection = connections.get(id) ?? connect(id)
        connection.write(frame)
        let turns = 0
        await cluster.while(() => turns++ < 2)
      }
      expect(cluster.fatal).toEqual([])
      expect(answers).toBeGreaterThan(200)
      for (const connection of connections.values()) connection.destroy()
      await cluster.while(() => cluster.leader() === undefined)
      expect((await cluster.createTopic(cluster.leader()!, 'after-all')).topics[0]!.errorCode).toBe(0)
      expect(cluster.fatal).toEqual([])
    })
  }
})

/** The epoch and the log of a node, to aim with. */
interface Inside {
  readonly metadata: {
    readonly driver: {
      readonly core: { readonly role: { epoch: number }; readonly log: { endOffset(): { offset: number } } }
    }
  }
}
