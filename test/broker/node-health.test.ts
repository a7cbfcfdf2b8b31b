/** Readiness of a node in each of its states, and with each thing that can be wrong. */
import { expect, it } from 'vitest'
import { healthOf } from '../../src/broker/node-health.ts'
import { BROKER_STATE, type BrokerState } from '../../src/broker/node-metrics/node-metrics.ts'

type Parts = Parameters<typeof healthOf>[0]

function parts(change: { fenced?: boolean; registered?: boolean; leaderId?: number; offline?: string } = {}): Parts {
  const { fenced = false, registered = true, leaderId = 1, offline } = change
  return {
    nodeId: 1,
    image: { brokers: new Map(registered ? [[1, { fenced }]] : []) },
    quorum: { leaderId },
    logs: { directories: ['/a', '/b'].map((path) => ({ path, state: path === offline ? 'offline' : 'online' })) },
  } as unknown as Parts
}

it('is ready only while it runs', () => {
  const ready = (Object.keys(BROKER_STATE) as BrokerState[]).filter(
    (state) => healthOf(parts(), state, false).reasons.length === 0,
  )
  expect(ready).toEqual(['running'])
})

it('names everything that speaks against it', () => {
  const reasons = (change: Parameters<typeof parts>[0], failed = false) =>
    healthOf(parts(change), 'running', failed).reasons
  expect(reasons({ fenced: true })).toEqual(['the broker is fenced'])
  expect(reasons({ registered: false })).toEqual(['the broker is not registered'])
  expect(reasons({ leaderId: -1 })).toEqual(['no active controller is known'])
  expect(reasons({ offline: '/b' })).toEqual(['log directory /b is offline'])
  expect(reasons({}, true)).toEqual(['the metadata log failed'])
  expect(reasons({ fenced: true, offline: '/a', leaderId: -1 })).toHaveLength(3)
})
