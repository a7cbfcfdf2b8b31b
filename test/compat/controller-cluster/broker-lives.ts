/** Brokers that register, fall back, go down and are unregistered. */
import type { Conversation } from '../support/controller-side.ts'
import {
  beat,
  create,
  directoryOf,
  drop,
  epochOf,
  fence,
  forget,
  register,
  registration,
  setEpoch,
  up,
  uuid,
} from './world.ts'

export const brokerLives: Record<string, Conversation> = {
  'registrations that are refused': async (side) => {
    await register(side, 1, { clusterId: 'another' })
    await register(side, 1, { logDirs: [] })
    await register(side, 1, { logDirs: [directoryOf(1), directoryOf(1)] })
    await register(side, 1, { logDirs: ['AAAAAAAAAAAAAAAAAAAAAA'] })
    await register(side, 1, { logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ'] })
    await register(side, 1, { features: [] })
    await register(side, 1, { isMigratingZkBroker: true })
    for (const [name, min, max] of [
      ['metadata.version', 7, 29],
      ['kraft.version', 1, 1],
      ['eligible.leader.replicas.version', 2, 3],
    ] as const) {
      const features = registration(1).features!.filter((feature) => feature.name !== name)
      await register(side, 1, {
        features: [...features, { name, minSupportedVersion: min, maxSupportedVersion: max }],
      })
    }
    const { features } = registration(1)
    await register(side, 1, {
      features: [...features!, { name: 'tomorrow', minSupportedVersion: 1, maxSupportedVersion: 1 }],
    })
    await beat(side, 1)
    await forget(side, 1)
    await side.step('ids for nobody', 'AllocateProducerIds', 0, { brokerId: 1, brokerEpoch: 1 })
  },
  'a broker registers in each version': async (side) => {
    for (const version of [0, 1, 2, 3, 4]) {
      const id = 30 + version
      await register(side, id, { logDirs: version < 2 ? [] : [directoryOf(id)] }, version)
      await forget(side, id)
    }
  },
  'brokers come up': async (side) => {
    await register(side, 0)
    await beat(side, 0, { currentMetadataOffset: 0 })
    await beat(side, 0, { wantFence: true })
    await beat(side, 0)
    await beat(side, 0)
    await up(side, 1, 2, 3)
    await register(side, 4, { logDirs: [directoryOf(1)] })
    await register(side, 2, { incarnationId: uuid(999) })
    await register(side, 2, { rack: 'z' })
    await beat(side, 2, { brokerEpoch: 1 })
    await side.step('ids', 'AllocateProducerIds', 0, { brokerId: 2, brokerEpoch: epochOf(side, 2) })
    await side.step('ids', 'AllocateProducerIds', 0, { brokerId: 3, brokerEpoch: epochOf(side, 3) })
    await side.step('ids of an old epoch', 'AllocateProducerIds', 0, { brokerId: 3, brokerEpoch: 2 })
  },
  'fenced and unfenced': async (side) => {
    await create(side, 'fences', [[0, 1, 2], [1, 2, 0], [2], [2, 1]])
    await fence(side, 2)
    await fence(side, 1, 0)
    await up(side, 1)
    await up(side, 0, 2)
    await drop(side, 'fences')
  },
  'controlled shutdown': async (side) => {
    await create(side, 'shuts', [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2]])
    await beat(side, 2, { wantShutDown: true })
    await side.step('a topic while it goes', 'CreateTopics', 7, {
      topics: [
        { name: 'shuts-9', numPartitions: 1, replicationFactor: 9 },
        {
          name: 'shuts-there',
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [2] }],
        },
        {
          name: 'shuts-near',
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [2, 3] }],
        },
      ],
      timeoutMs: 10_000,
    })
    await beat(side, 2, { wantShutDown: true })
    await beat(side, 0)
    await beat(side, 1)
    await beat(side, 3)
    await beat(side, 2, { wantShutDown: true })
    await drop(side, 'shuts', 'shuts-near')
    // The same life asks again: it is fenced, and may come back.
    await beat(side, 2, { wantShutDown: true, wantFence: true })
  },
  'another life after a clean end': async (side) => {
    await register(side, 6)
    await beat(side, 6)
    await create(side, 'clean', [[6], [6, 0], [0, 6]])
    await fence(side, 6)
    await register(side, 6, { incarnationId: uuid(6666) })
    setEpoch(side, 6, epochOf(side, 6))
    await forget(side, 6)
    await drop(side, 'clean')
  },
  unregistered: async (side) => {
    await register(side, 7)
    await beat(side, 7)
    await create(side, 'forgets', [[7], [7, 0], [0, 7], [0, 1]])
    await forget(side, 7)
    await side.step('is forgotten twice', 'UnregisterBroker', 0, { brokerId: 7 })
    await beat(side, 7)
    await register(side, 7, { incarnationId: uuid(7777) })
    await beat(side, 7)
    await forget(side, 7)
    await drop(side, 'forgets')
  },
}
