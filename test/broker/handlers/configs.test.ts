/** DescribeConfigs and the two ways to alter configs: what is answered here, what goes to the controller. */
import { describe, expect, it } from 'vitest'
import { alterConfigsHandler } from '../../../src/broker/handlers/alter-configs.ts'
import { createTopicsHandler } from '../../../src/broker/handlers/create-topics.ts'
import { deleteTopicsHandler } from '../../../src/broker/handlers/delete-topics.ts'
import { describeConfigsHandler } from '../../../src/broker/handlers/describe-configs.ts'
import { describeQuorumHandler } from '../../../src/broker/handlers/describe-quorum.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { incrementalAlterConfigsHandler } from '../../../src/broker/handlers/incremental-alter-configs.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { HandlerHarness } from './handler-services.ts'

const TOPIC = 2
const BROKER = 4
const LOGGER = 8
const METRICS = 16
const GROUP = 32

const cluster = () => new HandlerHarness().broker(1).topic('news', [{ replicas: [1] }])

describe('DescribeConfigs', () => {
  const one = async (h: HandlerHarness, resourceType: number, resourceName: string, keys: string[] | null = null) => {
    const resources = [{ resourceType, resourceName, configurationKeys: keys }]
    const request = { resources, includeSynonyms: true, includeDocumentation: true }
    return (await h.ask('DescribeConfigs', describeConfigsHandler, 4, request)).results[0]!
  }

  it('gives every key of a topic, its own values first', async () => {
    const h = cluster().config(TOPIC, 'news', 'retention.ms', '1000')
    const { errorCode, configs } = await one(h, TOPIC, 'news')
    expect(errorCode).toBe(0)
    expect(configs.length).toBeGreaterThan(30)
    const retention = configs.find(({ name }) => name === 'retention.ms')
    expect(retention).toMatchObject({ value: '1000', configSource: 1, configType: 5, readOnly: false })
    expect(retention?.synonyms[0]).toEqual({ name: 'retention.ms', value: '1000', source: 1 })
  })

  it('gives only the keys asked for', async () => {
    expect((await one(cluster(), TOPIC, 'news', ['cleanup.policy'])).configs.map(({ name }) => name)).toEqual([
      'cleanup.policy',
    ])
  })

  it('gives this broker, and what is set for all', async () => {
    const h = cluster().config(BROKER, '', 'log.retention.ms', '5').config(BROKER, '1', 'log.cleaner.threads', '2')
    const own = (await one(h, BROKER, '1')).configs
    expect(own.find(({ name }) => name === 'log.cleaner.threads')).toMatchObject({ value: '2', configSource: 2 })
    expect(own.find(({ name }) => name === 'log.retention.ms')).toMatchObject({ value: '5', configSource: 3 })
    expect((await one(h, BROKER, '')).configs.map(({ name, value }) => [name, value])).toEqual([
      ['log.retention.ms', '5'],
    ])
  })

  it.each([
    ['an unknown topic', TOPIC, 'none', 3],
    ['an illegal topic name', TOPIC, 'a b', 17],
    ['another broker', BROKER, '2', 42],
    ['a broker that is no number', BROKER, 'one', 42],
    ['loggers of another node', LOGGER, '2', 42],
    ['a group without a name', GROUP, '', 42],
    ['an unknown type', 99, 'x', 42],
  ])('refuses %s', async (_what, type, name, code) => {
    expect(await one(cluster(), type, name)).toMatchObject({ errorCode: code, configs: [] })
  })

  it('gives groups and client metrics', async () => {
    const h = cluster().config(METRICS, 'm', 'interval.ms', '100')
    expect((await one(h, GROUP, 'g')).configs.length).toBeGreaterThan(5)
    expect((await one(h, METRICS, 'm')).configs).toMatchObject([
      { name: 'interval.ms', value: '100', configSource: 7 },
      { name: 'match', value: '', configSource: 5 },
      { name: 'metrics', value: '', configSource: 5 },
    ])
  })
})

describe('IncrementalAlterConfigs', () => {
  const set = (name: string, value: string | null, configOperation = 0) => ({ name, value, configOperation })
  const alter = (
    h: HandlerHarness,
    resources: { resourceType: number; resourceName: string; configs: ReturnType<typeof set>[] }[],
  ) => h.ask('IncrementalAlterConfigs', incrementalAlterConfigsHandler, 1, { resources })

  it('hands good resources on and answers in the order of the request', async () => {
    const h = cluster()
    h.answers.IncrementalAlterConfigs = {
      responses: [{ resourceType: TOPIC, resourceName: 'news', errorCode: 40, errorMessage: 'no' }],
    }
    const { responses } = await alter(h, [
      { resourceType: BROKER, resourceName: '7', configs: [] },
      { resourceType: TOPIC, resourceName: 'news', configs: [set('retention.ms', 'x')] },
    ])
    expect(responses.map(({ resourceName, errorCode }) => [resourceName, errorCode])).toEqual([
      ['7', 42],
      ['news', 40],
    ])
    expect(h.asked).toMatchObject([{ request: { resources: [{ resourceName: 'news' }] } }])
  })

  it.each([
    ['a key twice', TOPIC, 'news', [set('retention.ms', '1'), set('retention.ms', '2')], 42],
    ['no value', TOPIC, 'news', [set('retention.ms', null)], 42],
    ['a broker key that cannot change', BROKER, '1', [set('node.id', '2')], 42],
    ['a bad value', BROKER, '1', [set('log.cleaner.threads', 'many')], 42],
    ['a per-broker key for all', BROKER, '', [set('advertised.listeners', 'PLAINTEXT://a:1')], 42],
    ['appending to what is no list', BROKER, '1', [set('log.cleaner.threads', '2', 2)], 40],
    ['an unknown operation', BROKER, '1', [set('log.cleaner.threads', '2', 9)], 42],
    ['a logger that is not there', LOGGER, '1', [set('no.such', 'INFO')], 40],
    ['an unknown type', 99, 'x', [], 42],
  ])('refuses %s without asking the controller', async (_what, resourceType, resourceName, configs, code) => {
    const h = cluster()
    const { responses } = await alter(h, [{ resourceType, resourceName, configs }])
    expect(responses[0]?.errorCode).toBe(code)
    expect(h.asked).toEqual([])
  })

  it('lets a deletion have no value', async () => {
    const h = cluster()
    await alter(h, [{ resourceType: TOPIC, resourceName: 'news', configs: [set('retention.ms', null, 1)] }])
    expect(h.asked).toHaveLength(1)
  })

  it('takes settings of another broker only as a controller, which that broker has asked', async () => {
    const configs = [{ name: 'leader.replication.throttled.rate', configOperation: 0, value: '1' }]
    const request = { resources: [{ resourceType: BROKER, resourceName: '2', configs }] }
    const via = async (listenerName: string) => {
      const h = cluster().broker(2)
      h.answers.IncrementalAlterConfigs = {
        responses: [{ resourceType: BROKER, resourceName: '2', errorCode: 0, errorMessage: null }],
      }
      const asked = h.ask('IncrementalAlterConfigs', incrementalAlterConfigsHandler, 1, request, { listenerName })
      return (await asked).responses[0]?.errorCode
    }
    expect(await via('CONTROLLER')).toBe(0)
    expect(await via('PLAINTEXT')).toBe(42)
  })

  it('lets a controller take directories off those that get nothing new, and a broker add some', async () => {
    const key = 'cordoned.log.dirs'
    const outcome = async (value: string, operation: number, isForwarded: boolean) => {
      const h = cluster().broker(2).config(BROKER, '2', key, '/a,/b')
      h.apply(metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }))
      h.answers.IncrementalAlterConfigs = {
        responses: [{ resourceType: BROKER, resourceName: '2', errorCode: 0, errorMessage: null }],
      }
      const request = {
        resources: [{ resourceType: BROKER, resourceName: '2', configs: [set(key, value, operation)] }],
      }
      const from = { listenerName: 'CONTROLLER', isForwarded }
      const asked = h.ask('IncrementalAlterConfigs', incrementalAlterConfigsHandler, 1, request, from)
      return (await asked).responses[0]?.errorCode
    }
    expect(await outcome('/b', 0, false)).toBe(0)
    expect(await outcome('/a', 3, false)).toBe(0)
    expect(await outcome('', 0, false)).toBe(0)
    expect(await outcome('/c', 0, false)).toBe(40)
    expect(await outcome('/c', 2, false)).toBe(40)
    expect(await outcome('*', 0, false)).toBe(40)
    expect(await outcome('/c', 2, true)).toBe(0)
  })

  it('answers each resource when there is no controller', async () => {
    const h = cluster()
    h.answers.IncrementalAlterConfigs = new ApiError('NOT_CONTROLLER', 'nobody')
    const { responses } = await alter(h, [
      { resourceType: TOPIC, resourceName: 'news', configs: [set('retention.ms', '1')] },
    ])
    expect(responses).toMatchObject([{ resourceName: 'news', errorCode: 41, errorMessage: 'nobody' }])
  })
})

describe('AlterConfigs', () => {
  it('checks brokers and refuses resources named twice', async () => {
    const h = cluster()
    const resource = (resourceType: number, resourceName: string, name: string, value: string | null) => ({
      resourceType,
      resourceName,
      configs: [{ name, value }],
    })
    const { responses } = await h.ask('AlterConfigs', alterConfigsHandler, 2, {
      resources: [
        resource(TOPIC, 'news', 'retention.ms', '1'),
        resource(TOPIC, 'news', 'retention.ms', '2'),
        resource(BROKER, '1', 'node.id', '2'),
        resource(TOPIC, 'other', 'retention.ms', null),
      ],
    })
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([42, 42, 42, 42])
    expect(h.asked).toEqual([])
  })
})

describe('requests for the controller', () => {
  it('are handed on, and answered item by item when there is none', async () => {
    const h = cluster()
    h.answers.CreateTopics = { topics: [{ name: 'a', errorCode: 36 }] }
    const topics = [{ name: 'a', numPartitions: 1, replicationFactor: 1 }]
    expect((await h.ask('CreateTopics', createTopicsHandler, 7, { topics })).topics[0]?.errorCode).toBe(36)
    h.answers.CreateTopics = new ApiError('NOT_CONTROLLER')
    expect((await h.ask('CreateTopics', createTopicsHandler, 2, { topics })).topics[0]?.errorCode).toBe(41)
    h.answers.DeleteTopics = new ApiError('REQUEST_TIMED_OUT')
    const old = await h.ask('DeleteTopics', deleteTopicsHandler, 1, { topicNames: ['a', 'b'], timeoutMs: 1000 })
    expect(old.responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a', 7],
      ['b', 7],
    ])
  })

  it('for the quorum are answered by its leader', async () => {
    const h = cluster()
    const old = await h.ask('DescribeQuorum', describeQuorumHandler, 0, {
      topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
    })
    expect(old.topics).toHaveLength(1)
    const ask = (topicName: string) =>
      h.ask('DescribeQuorum', describeQuorumHandler, 2, {
        topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }],
      })
    expect((await ask('__cluster_metadata')).topics[0]?.topicName).toBe('__cluster_metadata')
    expect((await ask('news')).topics[0]?.partitions[0]?.errorCode).toBe(3)
  })
})
