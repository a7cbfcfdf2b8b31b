/** A controller tells the cluster of itself, and again when the metadata do not have it. */
import { describe, expect, it } from 'vitest'
import { ControllerRegistration } from '../../src/broker/controller-registration.ts'
import { MetadataImage } from '../../src/broker/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../src/broker/metadata/records.ts'
import { ApiError } from '../../src/protocol/errors.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { QuietLog } from '../support/quiet-log.ts'
import { uuid } from './controller/harness.ts'

const level = (featureLevel: number) =>
  metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel })

function world(isHeard: () => boolean = () => true) {
  const clock = new ManualClock()
  const image = new MetadataImage()
  let offset = 0
  const apply = (...records: MetadataRecord[]) => image.apply(records, ++offset, 1)
  let sent = 0
  const channel = {
    isOpen: true,
    send: (_api: string, _version: number, request: { incarnationId: string }) => {
      sent += 1
      if (!isHeard()) return Promise.reject(new ApiError('NOT_CONTROLLER', 'nobody'))
      apply(
        metadataRecord('RegisterControllerRecord', 0, {
          controllerId: 3,
          incarnationId: request.incarnationId,
          zkMigrationReady: false,
          endPoints: [],
          features: [],
        }),
      )
      return Promise.resolve({ errorCode: 0 })
    },
  }
  const registration = new ControllerRegistration({
    nodeId: 3,
    incarnationId: uuid(3),
    endpoints: [],
    channel: channel as never,
    image,
    clock,
    logger: new QuietLog(),
  })
  const settle = async (ms = 0) => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    clock.advance(ms)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return { image, apply, registration, settle, sent: () => sent }
}

describe('a controller', () => {
  it('registers once the metadata are there, and no second time', async () => {
    const { apply, registration, settle, sent } = world()
    registration.look()
    await settle(1000)
    expect(sent()).toBe(0)
    apply(level(30))
    await settle(1000)
    expect(registration.isKnown).toBe(true)
    apply(metadataRecord('NoOpRecord', 0, {}))
    await settle(1000)
    expect(sent()).toBe(1)
  })

  it('tries until it is heard', async () => {
    let isHeard = false
    const { apply, registration, settle, sent } = world(() => isHeard)
    apply(level(30))
    await settle()
    for (let tries = 0; tries < 5; tries++) await settle(100)
    expect(sent()).toBeGreaterThan(3)
    isHeard = true
    await settle(100)
    expect(registration.isKnown).toBe(true)
  })

  it('registers when the cluster comes to know of controllers, and when another life stands there', async () => {
    const { apply, registration, settle, sent } = world()
    apply(level(14))
    await settle(1000)
    expect(sent()).toBe(0)
    expect(registration.isKnown).toBe(true)
    apply(level(15))
    await settle(1000)
    expect(sent()).toBe(1)
    apply(
      metadataRecord('RegisterControllerRecord', 0, {
        controllerId: 3,
        incarnationId: uuid(77),
        zkMigrationReady: false,
        endPoints: [],
        features: [],
      }),
    )
    await settle(1000)
    expect(sent()).toBe(2)
    expect(registration.isKnown).toBe(true)
    registration.close()
  })
})
