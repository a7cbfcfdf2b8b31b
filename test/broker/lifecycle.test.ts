/** A broker's standing: what it tells the controller, when, and what it does when nobody answers. */
import { describe, expect, it } from 'vitest'
import type { ControllerChannel } from '../../src/broker/handlers/context.ts'
import { BrokerLifecycle } from '../../src/broker/lifecycle.ts'
import { MetadataImage } from '../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../src/broker/metadata/records.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { NodeConfig } from '../../src/config/node-config.ts'
import { ApiError, errorCode } from '../../src/protocol/errors.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { QuietLog } from '../support/quiet-log.ts'
import { CLUSTER_ID, uuid } from './controller/harness.ts'

type Answer = Record<string, unknown> | Error | 'never'

/** The asked requests, and what they are answered with. */
function world(answerOf: (api: string, request: Record<string, unknown>) => Answer, level = 30) {
  const clock = new ManualClock()
  const asked: [api: string, version: number, request: Record<string, unknown>][] = []
  const settings = new NodeConfig(
    BrokerConfig.resolve({
      properties: {
        'process.roles': 'broker',
        'node.id': '4',
        listeners: 'PLAINTEXT://127.0.0.1:9092',
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        'log.dirs': '/a,/b',
      },
    }),
  )
  const channel = {
    isOpen: true,
    send: (api: string, version: number, request: Record<string, unknown>) => {
      asked.push([api, version, request])
      const answer = answerOf(api, request)
      if (answer === 'never') return new Promise(() => {})
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ errorCode: 0, ...answer })
    },
  } as unknown as ControllerChannel
  const image = new MetadataImage()
  image.replay(metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: level }))
  const lifecycle = new BrokerLifecycle({
    nodeId: 4,
    clusterId: CLUSTER_ID,
    incarnationId: uuid(4),
    endpoints: [],
    rack: null,
    directories: {
      directories: [
        { path: '/a', id: uuid(10) },
        { path: '/b', id: uuid(11) },
      ],
      directoryIds: (state) => (state === 'online' ? [uuid(10), uuid(11)] : []),
    },
    previousEpoch: -1,
    channel,
    clock,
    logger: new QuietLog(),
    image,
    settings,
  })
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10)
      await settled()
    }
  }
  const beats = () => asked.filter(([api]) => api === 'BrokerHeartbeat')
  return { clock, asked, beats, settings, lifecycle, image, pass, settled }
}

const UP = { isCaughtUp: true, isFenced: false, shouldShutDown: false }
const registered = (api: string): Answer => (api === 'BrokerRegistration' ? { brokerEpoch: 7 } : UP)

function registerRecord(level: number, logDirs: string[], over: object = {}) {
  return metadataRecord('RegisterBrokerRecord', level >= 17 ? 3 : 2, {
    brokerId: 4,
    incarnationId: uuid(4),
    brokerEpoch: 7,
    endPoints: [],
    features: [],
    rack: null,
    fenced: false,
    ...(logDirs.length > 0 ? { logDirs } : {}),
    ...over,
  })
}

describe('heartbeats', () => {
  it('name the cordoned directories once the broker has caught up, and at once when they change', async () => {
    let isCaughtUp = false
    const { lifecycle, beats, settings, pass, settled } = world((api) =>
      api === 'BrokerRegistration' ? { brokerEpoch: 7 } : { ...UP, isCaughtUp },
    )
    await lifecycle.register(1000)
    const up = lifecycle.unfence()
    await up
    expect(beats()[0]?.[1]).toBe(2)
    expect(beats()[0]?.[2]).not.toHaveProperty('cordonedLogDirs')
    isCaughtUp = true
    await pass(4100)
    expect(beats().at(-1)?.[2]).toMatchObject({ cordonedLogDirs: [] })
    const before = beats().length
    settings.update([], [['cordoned.log.dirs', '/b']])
    await settled()
    expect(beats().length).toBe(before + 1)
    expect(beats().at(-1)?.[2]).toMatchObject({ cordonedLogDirs: [uuid(11)] })
    settings.update([], [['cordoned.log.dirs', '*']])
    await settled()
    expect(beats().at(-1)?.[2]).toMatchObject({ cordonedLogDirs: [uuid(10), uuid(11)] })
    lifecycle.close()
  })

  it('do not name them to a cluster that does not know of such', async () => {
    const { lifecycle, beats, pass } = world(registered, 29)
    await lifecycle.register(1000)
    await lifecycle.unfence()
    await pass(2000)
    expect(beats().every(([, version, request]) => version === 1 && !('cordonedLogDirs' in request))).toBe(true)
    lifecycle.close()
  })

  it('keep a broker fenced while its logs are loaded, at the usual pace', async () => {
    let isFenced = true
    const { lifecycle, beats, pass } = world((api, { wantFence }) => {
      if (api === 'BrokerRegistration') return { brokerEpoch: 7 }
      if (wantFence === false) isFenced = false
      return { ...UP, isFenced }
    })
    await lifecycle.register(1000)
    lifecycle.stayFenced()
    await pass(6100)
    expect(beats().map(([, , { wantFence }]) => wantFence)).toEqual([true, true, true, true])
    await lifecycle.unfence()
    expect(beats().at(-1)?.[2]).toMatchObject({ wantFence: false })
    lifecycle.close()
  })

  it('are given up after half a session without an answer, and sent again', async () => {
    let isDead = false
    const { lifecycle, beats, pass } = world((api) => (isDead && api === 'BrokerHeartbeat' ? 'never' : registered(api)))
    await lifecycle.register(1000)
    await lifecycle.unfence()
    isDead = true
    await pass(2100)
    const before = beats().length
    await pass(4300)
    expect(beats().length).toBe(before)
    await pass(300)
    expect(beats().length).toBe(before + 1)
    lifecycle.close()
  })

  it('go on unhurriedly when the cluster does not know the broker any more', async () => {
    let isForgotten = false
    const { lifecycle, asked, beats, pass } = world((api) => {
      if (isForgotten) return { errorCode: errorCode('STALE_BROKER_EPOCH') }
      return registered(api)
    })
    await lifecycle.register(1000)
    await lifecycle.unfence()
    isForgotten = true
    const before = beats().length
    await pass(20_000)
    expect(beats().length - before).toBeLessThan(12)
    expect(asked.filter(([api]) => api === 'BrokerRegistration')).toHaveLength(1)
    lifecycle.close()
  })
})

describe('going down', () => {
  it('ends two seconds after the last controller was lost', async () => {
    let isLost = false
    const { lifecycle, clock, pass } = world((api) =>
      isLost ? new ApiError('NOT_CONTROLLER', 'nobody') : registered(api),
    )
    await lifecycle.register(1000)
    await lifecycle.unfence()
    isLost = true
    const startMs = clock.monotonicMs()
    let downMs = -1
    void lifecycle.shutDown(5000).then(() => {
      downMs = clock.monotonicMs() - startMs
    })
    await pass(4000)
    expect(downMs).toBeGreaterThanOrEqual(2000)
    expect(downMs).toBeLessThan(2400)
  })

  it('ends three seconds after the last answer of a controller that cannot commit', async () => {
    let isStuck = false
    const { lifecycle, clock, pass } = world((api) => (isStuck ? 'never' : registered(api)))
    await lifecycle.register(1000)
    await lifecycle.unfence()
    isStuck = true
    // One that is on its way already keeps nobody waiting.
    await pass(2100)
    const startMs = clock.monotonicMs()
    let downMs = -1
    void lifecycle.shutDown(5000).then(() => {
      downMs = clock.monotonicMs() - startMs
    })
    await pass(4000)
    expect(downMs).toBeGreaterThanOrEqual(2990)
    expect(downMs).toBeLessThan(3100)
  })

  it('waits while there is a controller that moves leaderships', async () => {
    let isMoved = false
    const { lifecycle, pass } = world((api, request) => {
      if (request.wantShutDown !== true) return registered(api)
      return isMoved ? { ...UP, shouldShutDown: true, isFenced: true } : UP
    })
    await lifecycle.register(1000)
    await lifecycle.unfence()
    let isDown = false
    void lifecycle.shutDown(5000).then(() => {
      isDown = true
    })
    await pass(3000)
    expect(isDown).toBe(false)
    isMoved = true
    await pass(50)
    expect(isDown).toBe(true)
  })
})

describe('metadata that move', () => {
  it('are told at once while another broker waits to go down', async () => {
    const { lifecycle, beats, image, pass } = world(registered)
    await lifecycle.register(1000)
    await lifecycle.unfence()
    await pass(100)
    const before = beats().length
    lifecycle.metadataMoved()
    await pass(100)
    expect(beats().length).toBe(before)
    image.replay(registerRecord(30, [uuid(50)], { brokerId: 5, inControlledShutdown: true }))
    lifecycle.metadataMoved()
    lifecycle.metadataMoved()
    await pass(100)
    expect(beats().length).toBe(before + 1)
    lifecycle.close()
  })

  it('renew a registration that named no directories, when the cluster comes to know them', async () => {
    const { lifecycle, asked, image, pass } = world(registered, 16)
    await lifecycle.register(1000)
    await lifecycle.unfence()
    const registrations = () => asked.filter(([api]) => api === 'BrokerRegistration').length
    image.replay(registerRecord(16, []))
    lifecycle.metadataMoved()
    expect(registrations()).toBe(1)
    image.replay(metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }))
    lifecycle.metadataMoved()
    lifecycle.metadataMoved()
    expect(registrations()).toBe(2)
    image.replay(registerRecord(30, [uuid(10), uuid(11)]))
    await pass(100)
    lifecycle.metadataMoved()
    expect(registrations()).toBe(2)
    lifecycle.close()
  })
})
