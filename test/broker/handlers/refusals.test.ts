/** What a node without authentication and access control answers, elections, hosts that limits name, and requests that name things twice. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { describeAclsHandler, createAclsHandler } from '../../../src/broker/handlers/acls.ts'
import { alterClientQuotasHandler } from '../../../src/broker/handlers/client-quotas.ts'
import { CloseConnection } from '../../../src/broker/handlers/context.ts'
import { createDelegationTokenHandler } from '../../../src/broker/handlers/delegation-tokens.ts'
import { deleteTopicsHandler } from '../../../src/broker/handlers/delete-topics.ts'
import { distinctPartitions, isDistinct, mergedTopics } from '../../../src/broker/handlers/distinct.ts'
import { answerNames } from '../../../src/broker/handlers/forward.ts'
import { offsetCommitHandler } from '../../../src/broker/handlers/offset-commit.ts'
import { saslHandshakeHandler } from '../../../src/broker/handlers/sasl.ts'
import { HandlerHarness } from './handler-services.ts'

const acl = { resourceNameFilter: null, principalFilter: null, hostFilter: null, operation: 3, permissionType: 3 }

describe('without security', () => {
  it('there are no ACLs, and requests with unknown codes end the connection', async () => {
    const h = new HandlerHarness().broker(1)
    const request = { ...acl, resourceTypeFilter: 2, patternTypeFilter: 3 }
    expect(await h.ask('DescribeAcls', describeAclsHandler, 3, request)).toMatchObject({ errorCode: 54 })
    const unknown = h.ask('DescribeAcls', describeAclsHandler, 3, { ...request, operation: 0 })
    await expect(unknown).rejects.toThrow(CloseConnection)
    expect(await h.ask('CreateAcls', createAclsHandler, 3, { creations: [] })).toMatchObject({ results: [] })
  })

  it('tokens and SASL are refused', async () => {
    const h = new HandlerHarness().broker(1)
    const token = await h.ask('CreateDelegationToken', createDelegationTokenHandler, 3, { ownerPrincipalName: null })
    expect(token).toMatchObject({ errorCode: 64, principalType: 'User', tokenRequesterPrincipalType: 'User' })
    expect(await h.ask('SaslHandshake', saslHandshakeHandler, 1, { mechanism: 'PLAIN' })).toMatchObject({
      errorCode: 34,
    })
  })
})

it('limits of hosts by name need a host', async () => {
  const h = new HandlerHarness().broker(1)
  Object.assign(h.services, { isHost: (name: string) => Promise.resolve(name === 'here') })
  const ops = [{ key: 'connection_creation_rate', value: 5, remove: false }]
  const entries = ['here', 'gone'].map((entityName) => ({ entity: [{ entityType: 'ip', entityName }], ops }))
  const answer = await h.ask('AlterClientQuotas', alterClientQuotasHandler, 1, { entries, validateOnly: true })
  const gone = answer?.entries?.find(({ entity }) => entity?.[0]?.entityName === 'gone')
  expect(gone).toMatchObject({ errorCode: 42, errorMessage: 'gone is not a valid IP or resolvable host.' })
})

describe('things named twice', () => {
  type Topic = { name: string; partitions: { index: number; value: string }[] }
  const nameOf = (topic: Topic): string => topic.name
  const indexOf = (each: { index: number }): number => each.index
  const topic = (name: string, ...partitions: [index: number, value: string][]): Topic => ({
    name,
    partitions: partitions.map(([index, value]) => ({ index, value })),
  })

  it('are served once, the last of them, at the place of the first', () => {
    const asked = [topic('a', [0, 'x'], [1, 'y'], [0, 'z']), topic('b'), topic('a', [2, 'w'])]
    expect(distinctPartitions(asked, nameOf, 'partitions', indexOf)).toEqual([topic('a', [0, 'z'], [1, 'y'], [2, 'w'])])
    expect(mergedTopics(asked, nameOf, 'partitions')).toEqual([topic('a', [0, 'x'], [1, 'y'], [0, 'z'], [2, 'w'])])
  })

  it('cost nothing where there are none', () => {
    const asked = [topic('a', [0, 'x'], [1, 'y']), topic('b', [0, 'z'])]
    expect(distinctPartitions(asked, nameOf, 'partitions', indexOf)).toBe(asked)
    expect(isDistinct([topic('a')], nameOf, (each) => each.partitions.map(indexOf))).toBe(false)
  })
})

describe('very many things in one request', () => {
  const many = Array.from({ length: 150_000 }, (_, index) => index)

  it('are put together one by one', () => {
    const asked = [{ name: 'a', partitions: many }]
    expect(mergedTopics(asked, ({ name }) => name, 'partitions')[0]!.partitions).toHaveLength(many.length)
  })

  it('are answered in time when each of them stands twice', () => {
    const names = many.map((index) => `t${index}`)
    expect(answerNames([...names, ...names], { errorCode: 7, errorMessage: null })).toHaveLength(names.length)
  })

  it('are answered in time when none of them can be deleted', async () => {
    const h = new HandlerHarness().broker(1)
    const topics = many.map(() => ({ name: null, topicId: ZERO_UUID }))
    const answer = await h.ask('DeleteTopics', deleteTopicsHandler, 6, { topics, timeoutMs: 0 })
    expect(answer?.responses).toHaveLength(many.length)
  })

  it('are answered in time when a commit names one unknown topic again and again', async () => {
    const h = new HandlerHarness().broker(1)
    const topics = many.map((partitionIndex) => ({
      name: 'gone',
      partitions: [{ partitionIndex, committedOffset: 0 }],
    }))
    const answer = await h.ask('OffsetCommit', offsetCommitHandler, 8, { groupId: 'g', topics })
    expect(answer?.topics?.map(({ partitions }) => partitions?.length)).toEqual([many.length])
  })
})
