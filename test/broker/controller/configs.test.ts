/** Configs, features, quotas and SCRAM credentials as the controller decides them. */
import { pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerHarness, uuid } from './harness.ts'

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

  const refused = (message: string) => [
    'INVALID_UPDATE_VERSION',
    `The update failed for all features since the following feature had an error: ${message}`,
  ]

  it('takes what is served and known', () => {
    expect(update('metadata.version', 30)).toEqual(['NONE', null])
    expect(update('kraft.version', 0)).toEqual(['NONE', null])
    expect(update('group.version', 0)).toEqual(['NONE', null])
  })

  it.each([
    ['metadata.version', 31, 1, 'Local controller 1 only supports versions 7-30'],
    ['metadata.version', -1, 1, 'A feature version cannot be less than 0.'],
    ['metadata.version', 30, 2, undefined],
    ['metadata.version', 30, 9, 'The controller does not support the given upgrade type.'],
    ['group.version', 1, 1, 'Local controller 1 does not support this feature.'],
    ['nope', 0, 1, 'Feature nope not found.'],
  ] as const)('of %s to %i with upgrade type %i', (feature, level, type, reason) => {
    expect(update(feature, level, type)).toEqual(
      reason === undefined
        ? ['NONE', null]
        : refused(`Invalid update version ${level} for feature ${feature}. ${reason}`),
    )
  })

  it('raises kraft.version with all the others, or not at all', () => {
    const harness = new ControllerHarness()
    const update = (other: string, validateOnly = false) =>
      harness.request('UpdateFeatures', 2, {
        featureUpdates: [
          { feature: 'kraft.version', maxVersionLevel: 1, upgradeType: 1 },
          { feature: other, maxVersionLevel: 0, upgradeType: 1 },
        ],
        validateOnly,
      }).errorMessage
    for (const unknown of ['nope', 'a', 'zzz', 'x.version']) expect(update(unknown)).toMatch(/not found/)
    expect(update('group.version', true)).toBeNull()
    expect(harness.kraftVersions).toEqual([])
    expect(update('group.version')).toBeNull()
    expect(harness.kraftVersions).toEqual([1])
  })

  it('waits for every static voter to have said what it supports', () => {
    const two = '1@127.0.0.1:9093,2@127.0.0.1:9094'
    const harness = new ControllerHarness({ 'controller.quorum.voters': two })
    const to = (maxVersionLevel: number) =>
      harness.request('UpdateFeatures', 2, {
        featureUpdates: [{ feature: 'metadata.version', maxVersionLevel, upgradeType: 1 }],
      }).errorMessage
    expect(to(30)).toMatch(/controller 2 has not registered, and may not support this feature$/)
    harness.request('ControllerRegistration', 0, {
      controllerId: 2,
      incarnationId: uuid(2),
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
    })
    expect(to(30)).toBeNull()
  })

  it('goes back over no metadata version that changed records, and over the others only when told so', () => {
    expect(update('metadata.version', 29, 2)).toEqual(
      refused(
        'Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because it might delete metadata information.',
      ),
    )
    const harness = cluster()
    harness.append([metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 29 })])
    const down = (upgradeType: number) =>
      harness.request('UpdateFeatures', 2, {
        featureUpdates: [{ feature: 'metadata.version', maxVersionLevel: 24, upgradeType }],
      }).errorMessage
    expect(down(1)).toMatch(/without setting the upgrade type/)
    expect(down(2)).toBeNull()
    expect(harness.state.features.metadataVersion).toBe(24)
  })
})

describe('AlterClientQuotas', () => {
  const quota = (key: string, value: number | null) => ({ key, value: value ?? 0, remove: value === null })
  const entity = (parts: Record<string, string | null>) =>
    Object.entries(parts).map(([entityType, entityName]) => ({ entityType, entityName }))
  const asked = (harness: ControllerHarness, parts: Record<string, string | null>, ops: ReturnType<typeof quota>[]) =>
    harness.request('AlterClientQuotas', 1, { entries: [{ entity: entity(parts), ops }], validateOnly: false })
      .entries[0]!.errorMessage

  it('records what changes and takes away what goes', () => {
    const harness = cluster()
    expect(asked(harness, { user: 'u' }, [quota('producer_byte_rate', 5), quota('request_percentage', 1.5)])).toBeNull()
    const count = harness.records.length
    expect(
      asked(harness, { user: 'u' }, [quota('producer_byte_rate', 5), quota('consumer_byte_rate', null)]),
    ).toBeNull()
    expect(harness.records.length).toBe(count)
    expect(asked(harness, { user: 'u' }, [quota('producer_byte_rate', null)])).toBeNull()
    expect([...harness.state.quotas.get(entity({ user: 'u' }))]).toEqual([['request_percentage', 1.5]])
  })

  it.each([
    [{ ip: '127.0.0.1', user: 'u' }, 'connection_creation_rate', 1, /combination/],
    [{ ip: 'no host' }, 'connection_creation_rate', 1, /not a valid IP or resolvable host/],
    [{ ip: '::1' }, 'producer_byte_rate', 1, /Invalid configuration key/],
    [{ ip: null }, 'connection_creation_rate', 3e9, /too large for an INT/],
    [{ user: 'u' }, 'producer_byte_rate', 1.5, /fractional/],
    [{ user: 'u' }, 'producer_byte_rate', 0, /must be greater than 0/],
    [{ user: '' }, 'producer_byte_rate', 1, /Empty user not supported/],
    [{ group: 'g' }, 'producer_byte_rate', 1, /Unhandled client quota entity type/],
    [{}, 'producer_byte_rate', 1, /Invalid empty client quota entity/],
  ] as const)('refuses %j %s=%d', (parts, key, value, message) => {
    const harness = cluster()
    expect(asked(harness, parts as Record<string, string | null>, [quota(key, value)])).toMatch(message)
  })
})

describe('AlterUserScramCredentials', () => {
  it('keeps the keys of RFC 7677, and takes credentials away', () => {
    const harness = cluster()
    // The example of RFC 7677: user "user", password "pencil".
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    const saltedPassword = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256')
    const upsertions = [{ name: 'user', mechanism: 1, iterations: 4096, salt, saltedPassword }]
    const { results } = harness.request('AlterUserScramCredentials', 0, { deletions: [], upsertions })
    expect(results).toEqual([{ user: 'user', errorCode: 0, errorMessage: null }])
    const { storedKey, serverKey } = harness.state.security.scram('user', 1)!
    expect(Buffer.from(storedKey).toString('base64')).toBe('WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=')
    expect(Buffer.from(serverKey).toString('base64')).toBe('wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=')
    const remove = () =>
      harness.request('AlterUserScramCredentials', 0, { deletions: [{ name: 'user', mechanism: 1 }], upsertions: [] })
        .results[0]!.errorCode
    expect([remove(), remove()].map(errorName)).toEqual(['NONE', 'RESOURCE_NOT_FOUND'])
  })

  it('refuses weak and double ones', () => {
    const one = { name: 'u', mechanism: 1, iterations: 4095, salt: Buffer.alloc(1), saltedPassword: Buffer.alloc(32) }
    const good = { ...one, iterations: 4096 }
    const errorsOf = (upsertions: (typeof one)[]) =>
      cluster()
        .request('AlterUserScramCredentials', 0, { deletions: [], upsertions })
        .results.map(({ errorCode }) => errorName(errorCode))
    expect(errorsOf([one])).toEqual(['UNACCEPTABLE_CREDENTIAL'])
    expect(errorsOf([{ ...good, mechanism: 7 }])).toEqual(['UNSUPPORTED_SASL_MECHANISM'])
    expect(errorsOf([good, { ...good, mechanism: 2 }])).toEqual(['DUPLICATE_RESOURCE'])
  })
})
