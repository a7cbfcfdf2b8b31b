/** What looks at a cluster find: every code from a look that has it, and none from a healthy one. */
import { describe, expect, it } from 'vitest'
import { healthFindings } from '../../../src/ops/health/findings.ts'
import { FINDING_CODES, type HealthSnapshot, type PartitionLook } from '../../../src/ops/health/model.ts'
import { reportOf } from '../../../src/ops/health/report.ts'
import { healthyLook, partitionLook } from './support/looks.ts'

const codes = (now: HealthSnapshot, before?: HealthSnapshot) => healthFindings(now, before).map(({ code }) => code)
const look = (change: Partial<HealthSnapshot>): HealthSnapshot => ({ ...healthyLook(), ...change })
const partitions = (...changes: Partial<PartitionLook>[]) =>
  changes.map((change, partition) => partitionLook({ partition, ...change }))

describe('a healthy cluster', () => {
  it('has no findings', () => {
    expect(healthFindings(healthyLook(), healthyLook())).toEqual([])
    expect(reportOf(healthyLook(), undefined, 5)).toMatchObject({ healthy: true, at: 5, findings: [] })
  })

  it('may have partitions of one replica with a minimum of one', () => {
    expect(codes(look({ partitions: partitions({ replicas: [1], isr: [1], minIsr: 1 }) }))).toEqual([])
  })
})

describe('partitions', () => {
  it('without a leader are offline and nothing else', () => {
    const found = healthFindings(look({ partitions: partitions({ leader: null, isr: [2], elr: [] }) }))
    expect(found.map(({ code, nodes, severity }) => ({ code, nodes, severity }))).toEqual([
      { code: 'offline-partitions', nodes: [2], severity: 'critical' },
    ])
  })

  it('without a leader and in-sync replicas need one of the eligible ones', () => {
    const found = healthFindings(look({ partitions: partitions({ leader: null, isr: [], elr: [3] }) }))
    expect(found).toMatchObject([{ code: 'offline-partitions', nodes: [3] }])
  })

  it('are under, at, or above the minimum', () => {
    const three = partitions({ isr: [1] }, { isr: [1, 2] }, { isr: [1, 2, 3] })
    expect(healthFindings(look({ partitions: three }))).toMatchObject([
      { code: 'under-min-isr', partitions: [{ topic: 't', partition: 0 }], nodes: [2, 3] },
      { code: 'at-min-isr', partitions: [{ topic: 't', partition: 1 }], nodes: [3] },
      { code: 'under-replicated', partitions: [{ partition: 0 }, { partition: 1 }] },
    ])
  })

  it('with fewer replicas than their minimum need more of them', () => {
    const found = healthFindings(look({ partitions: partitions({ replicas: [1], isr: [1], minIsr: 2 }) }))
    expect(found).toMatchObject([{ code: 'under-min-isr', hint: expect.stringContaining('reassign rf') }])
  })

  it('name three and count the rest', () => {
    const many = partitions(...Array.from({ length: 5 }, () => ({ leader: null, isr: [] })))
    expect(healthFindings(look({ partitions: many }))[0]?.message).toBe(
      '5 partitions have no leader: t-0, t-1, t-2 and 2 more',
    )
  })
})

describe('preferred leaders', () => {
  const led = (...leaders: number[]) => partitions(...leaders.map((leader) => ({ leader })))

  it('may be missing for a tenth of what a broker should lead', () => {
    expect(codes(look({ partitions: led(1, 1, 1, 1, 1, 1, 1, 1, 1, 2) }))).toEqual([])
    expect(healthFindings(look({ partitions: led(1, 1, 1, 1, 1, 1, 1, 1, 2) }))).toMatchObject([
      { code: 'unbalanced-leaders', nodes: [1], partitions: [{ topic: 't', partition: 8 }] },
    ])
  })

  it('do not count while they are not in sync, or while they move', () => {
    const behind = partitions({ leader: 2, isr: [2, 3] })
    expect(codes(look({ partitions: behind }))).not.toContain('unbalanced-leaders')
    const moves = [{ topic: 't', partition: 0, adding: [3], removing: [], isr: [1, 2], copied: 1 }]
    expect(codes(look({ partitions: led(2), moves }))).toEqual([])
  })
})

describe('moves', () => {
  const move = { topic: 't', partition: 0, adding: [3], removing: [1], isr: [1, 2], copied: 100 }

  it('stand still when two looks show the same', () => {
    const before = look({ atMs: 0, moves: [move] })
    expect(codes(look({ atMs: 2100, moves: [move] }), before)).toEqual(['stuck-move'])
    expect(codes(look({ atMs: 2100, moves: [{ ...move, copied: 101 }] }), before)).toEqual([])
    expect(codes(look({ atMs: 2100, moves: [{ ...move, isr: [1, 2, 3] }] }), before)).toEqual([])
    expect(codes(look({ atMs: 2100, moves: [{ ...move, copied: null }] }), before)).toEqual([])
  })

  it('are not judged by looks close together, or by one', () => {
    expect(codes(look({ atMs: 1000, moves: [move] }), look({ atMs: 0, moves: [move] }))).toEqual([])
    expect(codes(look({ atMs: 9000, moves: [move] }))).toEqual([])
  })

  it('to a broker that is not there stand still at once', () => {
    expect(healthFindings(look({ moves: [{ ...move, adding: [9] }] }))).toMatchObject([
      { code: 'stuck-move', nodes: [9], hint: expect.stringContaining('mq reassign cancel') },
    ])
  })
})

describe('throttles', () => {
  const rate = { on: { broker: 2 }, key: 'leader.replication.throttled.rate', value: '1000' }
  const move = { topic: 't', partition: 0, adding: [3], removing: [], isr: [1, 2], copied: null }

  it('are left over when nothing moves, and the command that takes each away is told', () => {
    const list = { on: { topic: 't' }, key: 'leader.replication.throttled.replicas', value: '0:1' }
    const all = { on: { allBrokers: true as const }, key: 'follower.replication.throttled.rate', value: '5' }
    const [found] = healthFindings(look({ throttles: [rate, list, all] }))
    expect(found).toMatchObject({ code: 'leftover-throttle', nodes: [2] })
    expect(found?.hint).toBe(
      'mq config unset --broker 2 leader.replication.throttled.rate; ' +
        'mq config unset --topic t leader.replication.throttled.replicas; ' +
        'mq config unset --broker-default follower.replication.throttled.rate',
    )
  })

  it('are in use while something moves, and between two batches', () => {
    expect(codes(look({ throttles: [rate], moves: [move] }))).toEqual([])
    expect(codes(look({ throttles: [rate] }), look({ throttles: [rate], moves: [move] }))).toEqual([])
  })

  it('of directories are in use while a replica moves between them', () => {
    const own = { ...rate, key: 'replica.alter.log.dirs.io.max.bytes.per.second' }
    const [first, ...others] = healthyLook().directories
    expect(codes(look({ throttles: [own] }))).toEqual(['leftover-throttle'])
    expect(codes(look({ throttles: [own], directories: [{ ...first!, moving: 1 }, ...others] }))).toEqual([])
  })
})

describe('the quorum', () => {
  const voters = healthyLook().quorum!.voters
  const quorum = (change: Partial<NonNullable<HealthSnapshot['quorum']>>) =>
    look({ quorum: { ...healthyLook().quorum!, ...change } })

  it('needs a leader', () => {
    expect(codes(quorum({ leader: null, epoch: null, voters: [] }))).toEqual(['no-quorum-leader'])
  })

  it('has silent voters, and how many more may fail is told', () => {
    const silent = voters.map((one) => (one.id === 3 ? { ...one, silentMs: 10_001, lag: 5, behindMs: 20_000 } : one))
    expect(healthFindings(quorum({ voters: silent }))).toMatchObject([
      { code: 'voter-silent', nodes: [3], message: 'voter 3 of the metadata quorum is silent; no other may fail' },
    ])
    const five = [...silent, { ...voters[0]!, id: 4 }, { ...voters[0]!, id: 5 }]
    expect(healthFindings(quorum({ voters: five }))[0]?.message).toContain('1 more may fail')
  })

  it('has voters that ask and do not catch up', () => {
    const slow = voters.map((one) => (one.id === 2 ? { ...one, lag: 7, behindMs: 11_000 } : one))
    expect(healthFindings(quorum({ voters: slow }))).toMatchObject([{ code: 'voter-lagging', nodes: [2] }])
  })

  it('that elects again between two looks is told', () => {
    expect(codes(quorum({ epoch: 6 }), quorum({ epoch: 4 }))).toEqual(['quorum-churn'])
    expect(codes(quorum({ epoch: 4 }), quorum({ epoch: null, leader: null, voters: [] }))).toEqual([])
  })
})

describe('nodes', () => {
  const brokers = healthyLook().brokers

  it('are fenced, missing, or silent', () => {
    const fenced = brokers.map((one) => (one.id === 3 ? { ...one, fenced: true } : one))
    expect(codes(look({ brokers: fenced }))).toEqual(['broker-fenced'])
    expect(healthFindings(look({ brokers: brokers.slice(0, 2) }))).toMatchObject([
      { code: 'broker-missing', nodes: [3] },
    ])
    const error = { code: 'MQ_CONNECTION', message: 'refused' }
    const mute = brokers.map((one) => (one.id === 2 ? { ...one, error } : one))
    expect(healthFindings(look({ brokers: mute }))).toMatchObject([{ code: 'broker-unreachable', nodes: [2] }])
  })

  it('have directories that are offline or nearly full', () => {
    const [first, second, third] = healthyLook().directories
    const directories = [
      { ...first!, error: { code: 'KAFKA_STORAGE_ERROR', message: 'offline' } },
      { ...second!, usable: 49 },
      { ...third!, usable: 50 },
    ]
    expect(healthFindings(look({ directories }))).toMatchObject([
      { code: 'log-dir-offline', nodes: [1] },
      { code: 'log-dir-low-space', nodes: [2], message: expect.stringContaining('4.9% free') },
    ])
  })

  it('differ in what they support', () => {
    const supported = [
      { broker: 1, range: { min: 1, max: 30 } },
      { broker: 2, range: { min: 1, max: 21 } },
    ]
    const skewed = (finalized: number) => look({ features: [{ feature: 'metadata.version', finalized, supported }] })
    expect(healthFindings(skewed(21))).toMatchObject([{ code: 'version-skew', nodes: [2] }])
    expect(codes(skewed(22))).toEqual(['feature-unsupported', 'version-skew'])
  })
})

it('tells what could not be looked at', () => {
  const error = { code: 'CLUSTER_AUTHORIZATION_FAILED', message: 'not allowed' }
  expect(healthFindings(look({ unseen: [{ what: 'reassignments', error }] }))).toMatchObject([
    { code: 'not-checked', message: 'reassignments could not be looked at: not allowed' },
  ])
})

it('tells the gravest first, whatever the order of the codes', () => {
  const broken = look({ partitions: partitions({ isr: [1] }, { leader: null, isr: [2] }), quorum: null })
  const found = healthFindings(broken)
  const order = found.map(({ severity, code }) => (severity === 'critical' ? 0 : 100) + FINDING_CODES.indexOf(code))
  expect(order).toEqual([...order].sort((one, other) => one - other))
})

it('what only a controller can tell is not blamed on addresses while there is none', () => {
  const error = { code: 'MQ_CONNECTION', message: 'broker 3 cannot be reached', hint: 'look at advertised.listeners' }
  const quorum = { ...healthyLook().quorum!, leader: null }
  const unseen = [{ what: 'reassignments', error }]
  const hintOf = (now: HealthSnapshot) => healthFindings(now).find(({ code }) => code === 'not-checked')?.hint
  expect(hintOf(look({ unseen }))).toBe('look at advertised.listeners')
  expect(hintOf(look({ unseen, quorum }))).toBe('only a controller can tell: bring the metadata quorum back first')
})

describe('operations', () => {
  const mine = { id: 'reassign-1', kind: 'reassign', operator: 'anna@a (pid 7)', begunAtMs: 5, reason: 'interrupted' }
  const lock = { operator: mine.operator, host: '10.0.0.1', sinceMs: 4, work: 'mq reassign drain' }

  it('that were stopped half way are found, with the way on', () => {
    expect(healthFindings(look({ operations: [mine] }))).toEqual([
      {
        ...{ code: 'unfinished-operation', severity: 'warning', nodes: [], partitions: [] },
        message: 'reassign-1, begun by anna@a (pid 7), has not ended (interrupted)',
        hint: 'go on with it or give it up: mq reassign resume, mq reassign cancel',
      },
    ])
    const killed = { ...mine, kind: 'rolling-restart', reason: null }
    const [found] = healthFindings(look({ operations: [killed], lock: { ...lock, operator: 'bert@b (pid 7)' } }))
    expect(found?.hint).toContain('mq broker restart --rolling --cancel')
  })

  it('that run are told, and are nothing wrong', () => {
    const now = look({ operations: [{ ...mine, reason: null }], lock })
    expect(reportOf(now, undefined, 9)).toMatchObject({
      healthy: true,
      operations: [{ id: 'reassign-1', kind: 'reassign', operator: mine.operator, begunAt: 5, state: 'running' }],
      lock: { operator: mine.operator, host: '10.0.0.1', since: 4, work: 'mq reassign drain' },
    })
  })
})
