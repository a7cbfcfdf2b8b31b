/** Loggers, client quotas, SCRAM credentials and the list of config resources: what is answered from this node's state. */
import { describe, expect, it } from 'vitest'
import { LOG_LEVELS, type LogLevel, type LogLevels } from '../../../src/base/log.ts'
import { alterClientQuotasHandler, describeClientQuotasHandler } from '../../../src/broker/handlers/client-quotas.ts'
import { describeConfigsHandler } from '../../../src/broker/handlers/describe-configs.ts'
import { incrementalAlterConfigsHandler } from '../../../src/broker/handlers/incremental-alter-configs.ts'
import { listConfigResourcesHandler } from '../../../src/broker/handlers/list-config-resources.ts'
import { describeUserScramCredentialsHandler } from '../../../src/broker/handlers/user-scram-credentials.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { HandlerHarness } from './handler-services.ts'

const LOGGER = 8

class Levels implements LogLevels {
  readonly levels = new Map<string, LogLevel>([
    ['root', 'INFO'],
    ['kafka.server.KafkaApis', 'INFO'],
  ])
  list = () => this.levels
  get = (name: string) => this.levels.get(name)
  set(name: string, level: LogLevel): boolean {
    this.levels.set(name, level)
    return true
  }
  unset(name: string): boolean {
    this.levels.set(name, this.levels.get('root')!)
    return true
  }
}

function withLevels(): { h: HandlerHarness; levels: Levels } {
  const h = new HandlerHarness().broker(1)
  const levels = new Levels()
  Object.assign(h.services, { logLevels: levels })
  return { h, levels }
}

describe('loggers', () => {
  const alter = async (h: HandlerHarness, name: string, value: string | null, configOperation = 0, only = false) => {
    const resources = [{ resourceType: LOGGER, resourceName: '1', configs: [{ name, value, configOperation }] }]
    const { responses } = await h.ask('IncrementalAlterConfigs', incrementalAlterConfigsHandler, 1, {
      resources,
      validateOnly: only,
    })
    return [responses[0]!.errorCode, responses[0]!.errorMessage]
  }

  it('are described with their levels', async () => {
    const { h } = withLevels()
    const resources = [{ resourceType: LOGGER, resourceName: '1', configurationKeys: null }]
    const { results } = await h.ask('DescribeConfigs', describeConfigsHandler, 4, { resources })
    expect(results[0]!.configs.map(({ name, value, configSource }) => [name, value, configSource])).toEqual([
      ['root', 'INFO', 6],
      ['kafka.server.KafkaApis', 'INFO', 6],
    ])
  })

  it('change at once, and not when that is only checked', async () => {
    const { h, levels } = withLevels()
    expect(await alter(h, 'kafka.server.KafkaApis', 'TRACE', 0, true)).toEqual([0, null])
    expect(levels.get('kafka.server.KafkaApis')).toBe('INFO')
    for (const level of LOG_LEVELS) {
      expect(await alter(h, 'kafka.server.KafkaApis', level)).toEqual([0, null])
      expect(levels.get('kafka.server.KafkaApis')).toBe(level)
    }
    expect(await alter(h, 'kafka.server.KafkaApis', null, 1)).toEqual([0, null])
    expect(levels.get('kafka.server.KafkaApis')).toBe('INFO')
    expect(h.asked).toEqual([])
  })

  it.each([
    ['no.such.logger', 'INFO', 0, 40, /Logger no.such.logger does not exist!/],
    ['root', 'LOUD', 0, 40, /Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN/],
    ['root', null, 1, 42, /Removing the log level of the root logger is not allowed/],
    ['root', 'INFO', 2, 42, /APPEND operation is not allowed for the BROKER_LOGGER resource/],
    ['root', 'INFO', 7, 42, /Unknown operation type 7/],
  ] as const)('refuse %s=%s, operation %i', async (name, value, operation, code, message) => {
    const [errorCode, errorMessage] = await alter(withLevels().h, name, value, operation)
    expect(errorCode).toBe(code)
    expect(errorMessage).toMatch(message)
  })
})

describe('client quotas', () => {
  const entity = (parts: Record<string, string | null>) =>
    Object.entries(parts).map(([entityType, entityName]) => ({ entityType, entityName }))
  const stored = [{ user: 'u' }, { user: null }, { user: 'u', 'client-id': 'c' }, { ip: '10.0.0.1' }]
  function harness(): HandlerHarness {
    const h = new HandlerHarness().broker(1)
    for (const [index, parts] of stored.entries()) {
      const value = { entity: entity(parts), key: 'producer_byte_rate', value: index + 1, remove: false }
      h.apply(metadataRecord('ClientQuotaRecord', 0, value))
    }
    return h
  }
  const found = async (components: [string, number, string | null][], strict = false) => {
    const request = {
      components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
      strict,
    }
    const answer = await harness().ask('DescribeClientQuotas', describeClientQuotasHandler, 1, request)
    return answer.entries?.map(({ values }) => values[0]!.value) ?? answer.errorMessage
  }

  it('are found by name, default or kind, strictly or not', async () => {
    expect(await found([])).toEqual([1, 2, 3, 4])
    expect(await found([['user', 0, 'u']])).toEqual([1, 3])
    expect(await found([['user', 0, 'u']], true)).toEqual([1])
    expect(await found([['user', 1, null]])).toEqual([2])
    expect(await found([['user', 2, null]])).toEqual([1, 2, 3])
    expect(await found([['ip', 2, null]])).toEqual([4])
  })

  it('are not found by what makes no sense', async () => {
    expect(await found([['group', 2, null]])).toBe('Unsupported entity type group')
    expect(await found([['user', 0, null]])).toMatch(/MATCH_TYPE_EXACT/)
    expect(await found([['user', 5, null]])).toBe('Unknown match type 5')
    const both: [string, number, null][] = [
      ['ip', 2, null],
      ['user', 2, null],
    ]
    expect(await found(both)).toMatch(/IP filter component/)
  })

  it('say for each entity that no controller answers', async () => {
    const h = harness()
    h.answers.AlterClientQuotas = new ApiError('NOT_CONTROLLER', 'nobody')
    const entries = [{ entity: entity({ user: 'x' }), ops: [] }]
    const answer = await h.ask('AlterClientQuotas', alterClientQuotasHandler, 1, { entries, validateOnly: false })
    expect(answer.entries).toEqual([{ entity: entity({ user: 'x' }), errorCode: 41, errorMessage: 'nobody' }])
  })
})

describe('SCRAM credentials', () => {
  it('are described by user', async () => {
    const h = new HandlerHarness().broker(1)
    for (const mechanism of [2, 1]) {
      const keys = { salt: Buffer.alloc(1), storedKey: Buffer.alloc(1), serverKey: Buffer.alloc(1) }
      h.apply(metadataRecord('UserScramCredentialRecord', 0, { name: 'u', mechanism, iterations: 4096, ...keys }))
    }
    const ask = async (users: string[] | null) => {
      const request = { users: users?.map((name) => ({ name })) ?? null }
      const answer = await h.ask('DescribeUserScramCredentials', describeUserScramCredentialsHandler, 0, request)
      return answer.results.map(({ user, errorCode, credentialInfos }) => [
        user,
        errorCode,
        credentialInfos.map((info) => info.mechanism),
      ])
    }
    expect(await ask(null)).toEqual([['u', 0, [1, 2]]])
    expect(await ask(['none', 'u'])).toEqual([
      ['none', 91, []],
      ['u', 0, [1, 2]],
    ])
    expect(await ask(['u', 'u'])).toEqual([['u', 92, []]])
  })
})

describe('ListConfigResources', () => {
  it('names what has or may have configs', async () => {
    const h = new HandlerHarness()
      .broker(1)
      .topic('news', [{ replicas: [1] }])
      .config(16, 'm', 'interval.ms', '100')
    const ask = async (version: number, resourceTypes: number[]) => {
      const request = version === 0 ? {} : { resourceTypes }
      const answer = await h.ask('ListConfigResources', listConfigResourcesHandler, version, request)
      return [answer.errorCode, answer.configResources.map((one) => `${one.resourceType}:${one.resourceName}`)]
    }
    expect(await ask(0, [])).toEqual([0, ['16:m']])
    expect(await ask(1, [])).toEqual([0, ['16:m', '8:1', '4:1', '2:news']])
    expect(await ask(1, [2, 4])).toEqual([0, ['4:1', '2:news']])
    expect(await ask(1, [99])).toEqual([35, []])
  })
})
