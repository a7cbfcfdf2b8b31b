/** The way to the active controller: what becomes of requests when the quorum has another leader. */
import { describe, expect, it } from 'vitest'
import { RoutingControllerChannel } from '../../src/broker/controller-channel.ts'
import type { ControllerChannel } from '../../src/broker/handlers/context.ts'
import { ManualClock } from '../support/manual-clock.ts'

const CLIENT = { principal: 'User:ann', clientHost: '10.0.0.1' }
const CREATE = { topics: [], timeoutMs: 1000, validateOnly: false }
const BEAT = { brokerId: 4, brokerEpoch: 1, currentMetadataOffset: 1, wantFence: false, wantShutDown: false }

/** Node 4, whose remote controllers answer only when they are told to. */
function world() {
  const clock = new ManualClock()
  const leader = { leaderId: 1, leaderEpoch: 1 }
  const sent: { to: number; api: string; answer: (body: object) => void }[] = []
  const remote = (to: number) =>
    ({
      send: (api: string) => new Promise((resolve) => sent.push({ to, api, answer: resolve })),
    }) as unknown as ControllerChannel
  const options = { local: undefined, remote, leader: () => leader, nodeId: 4, clock, forwardTimeoutMs: 5000 }
  const channel = new RoutingControllerChannel(options)
  const moveTo = (leaderId: number, leaderEpoch: number) => {
    Object.assign(leader, { leaderId, leaderEpoch })
    channel.leaderMoved()
  }
  return { channel, sent, moveTo }
}

describe('the way to the controller', () => {
  it('refuses what the node asked for itself of a controller that was followed by another one', async () => {
    const { channel, moveTo } = world()
    const asked = channel.send('BrokerHeartbeat', 1, BEAT, CLIENT)
    moveTo(2, 2)
    await expect(asked).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
  })

  it('refuses it as well when the same node leads anew: it may have answered in a life that is over', async () => {
    const { channel, moveTo } = world()
    const asked = channel.send('BrokerHeartbeat', 1, BEAT, CLIENT)
    moveTo(1, 3)
    await expect(asked).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
  })

  it('waits on while no other leader is known', async () => {
    const { channel, sent, moveTo } = world()
    const asked = channel.send('BrokerHeartbeat', 1, BEAT, CLIENT)
    moveTo(-1, 2)
    moveTo(1, 1)
    sent[0]!.answer({ errorCode: 0 })
    await expect(asked).resolves.toMatchObject({ errorCode: 0 })
  })

  it('does not ask a second time for a client what the former controller may have done', async () => {
    const { channel, sent, moveTo } = world()
    const asked = channel.send('CreateTopics', 7, CREATE, CLIENT)
    moveTo(2, 2)
    sent[0]!.answer({ topics: [] })
    await expect(asked).resolves.toMatchObject({ topics: [] })
    expect(sent.map(({ to }) => to)).toEqual([1])
  })

  it('asks the new leader what is asked after it moved', () => {
    const { channel, sent, moveTo } = world()
    moveTo(2, 2)
    void channel.send('BrokerHeartbeat', 1, BEAT, CLIENT)
    expect(sent.map(({ to }) => to)).toEqual([2])
  })
})
