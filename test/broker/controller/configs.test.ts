/** IncrementalAlterConfigs, AlterConfigs and UpdateFeatures as the controller decides them. */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerHarness } from './harness.ts'

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]

function cluster(): ControllerHarness {
  const harness = new ControllerHarness()
  harness.brokers(1)
  harness.request('CreateTopics', 7, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] })
  return harness
}

function alter(
  harness: ControllerHarness,
  configs: [name: string, operation: number, value: string | null][],
  over: { resourceType?: number; resourceName?: string; validateOnly?: boolean } = {},
) {
  const { resourceType = 2, resourceName = 't', validateOnly = false } = over
  const answer = harness.request('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
      },
    ],
    validateOnly,
  })
  const { errorCode, errorMessage } = answer.responses[0]!
  return { error: errorName(errorCode), errorMessage }
}

const own = (harness: ControllerHarness) => Object.fromEntries(harness.state.configs.get('topic', 't'))

describe('IncrementalAlterConfigs', () => {
  it('sets, appends, subtracts and deletes', () => {
    const harness = cluster()
    expect(
      alter(harness, [
        ['retention.ms', SET!, '1000'],
        ['cleanup.policy', APPEND!, 'compact'],
      ]),
    ).toEqual({ error: 'NONE', errorMessage: null })
    expect(own(harness)).toEqual({ 'retention.ms': '1000', 'cleanup.policy': 'delete,compact' })
    alter(harness, [
      ['cleanup.policy', SUBTRACT!, 'delete'],
      ['retention.ms', DELETE!, null],
    ])
    expect(own(harness)).toEqual({ 'cleanup.policy': 'compact' })
  })

  it('writes nothing for what is so already, or only validated', () => {
    const harness = cluster()
    alter(harness, [['retention.ms', SET!, '1000']])
    const before = harness.records.length
    alter(harness, [['retention.ms', SET!, '1000']])
    alter(harness, [['retention.ms', SET!, '2000']], { validateOnly: true })
    expect(harness.records.length).toBe(before)
  })

  it.each([
    [[['retention.ms', 0, 'x']], {}, 'INVALID_CONFIG'],
    [[['no.such.key', 0, '1']], {}, 'INVALID_CONFIG'],
    [[['retention.ms', 2, '1']], {}, 'INVALID_CONFIG'],
    [[['retention.ms', 0, null]], {}, 'INVALID_CONFIG'],
    [[['retention.ms', 7, '1']], {}, 'INVALID_REQUEST'],
    [
      [
        ['retention.ms', 0, '1'],
        ['retention.ms', 1, null],
      ],
      {},
      'INVALID_REQUEST',
    ],
    [[['retention.ms', 0, '1']], { resourceName: 'none' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [[['log.retention.ms', 0, '1']], { resourceType: 4, resourceName: 'one' }, 'INVALID_REQUEST'],
    [[['log.retention.ms', 0, '1']], { resourceType: 4, resourceName: '9' }, 'BROKER_ID_NOT_REGISTERED'],
    [[['process.roles', 0, 'broker']], { resourceType: 4, resourceName: '' }, 'INVALID_REQUEST'],
    [[['x', 0, '1']], { resourceType: 1, resourceName: '' }, 'INVALID_REQUEST'],
  ] as [[string, number, string | null][], object, string][])('refuses %j of %j', (configs, over, error) => {
    expect(alter(cluster(), configs, over).error).toBe(error)
  })

  it('takes cluster-wide and single brokers', () => {
    const harness = cluster()
    expect(alter(harness, [['log.retention.ms', SET!, '1']], { resourceType: 4, resourceName: '' }).error).toBe('NONE')
    expect(alter(harness, [['log.retention.ms', SET!, '2']], { resourceType: 4, resourceName: '1' }).error).toBe('NONE')
    expect(harness.state.configs.get('broker', '').get('log.retention.ms')).toBe('1')
    expect(harness.state.configs.get('broker', '1').get('log.retention.ms')).toBe('2')
  })
})

describe('AlterConfigs', () => {
  it('replaces all entries', () => {
    const harness = cluster()
    alter(harness, [
      ['retention.ms', SET!, '1000'],
      ['segment.ms', SET!, '1000'],
    ])
    const answer = harness.request('AlterConfigs', 2, {
      resources: [{ resourceType: 2, resourceName: 't', configs: [{ name: 'segment.ms', value: '9' }] }],
    })
    expect(answer.responses[0]!.errorCode).toBe(0)
    expect(own(harness)).toEqual({ 'segment.ms': '9' })
  })
})

describe('UpdateFeatures', () => {
  const update = (feature: string, maxVersionLevel: number, upgradeType = 1) => {
    const answer = cluster().request('UpdateFeatures', 2, {
      featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
    })
    return [errorName(answer.errorCode), answer.errorMessage]
  }

  it('refuses levels that are not served', () => {
    expect(update('metadata.version', 30)).toEqual(['NONE', null])
    expect(update('metadata.version', 31)).toEqual([
      'INVALID_UPDATE_VERSION',
      'Invalid update version 31 for feature metadata.version. Local controller 1 only supports versions 7-30',
    ])
    expect(update('group.version', 1)[0]).toBe('INVALID_UPDATE_VERSION')
    expect(update('metadata.version', 20)[0]).toBe('INVALID_UPDATE_VERSION')
  })
})
