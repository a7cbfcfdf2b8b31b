/** lag.yaml: what it can say, and that nothing in it is passed over in silence. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../../src/admin/lag/policy.ts'

const parse = (text: string) => parsePolicy(text, 'lag.yaml')

it('reads rules with everything, and with nothing but a limit', async () => {
  const policy = await parse(`
window: 1m
interval: 5s
rules:
  - name: orders
    groups: 'orders-.*'
    except: [orders-test]
    topics: [orders]
    max-lag: 10000
    max-partition-lag: 5000
    max-time: 5m
    max-lost: 0
    min-members: 2
    status: [STALL, STOP]
    for: 2m
    severity: critical
    uncommitted: ignore
    optional: true
  - status: true
`)
  expect(policy).toEqual({
    windowMs: 60_000,
    intervalMs: 5000,
    rules: [
      {
        ...{ name: 'orders', severity: 'critical', groups: ['orders-.*'], except: ['orders-test'], topics: ['orders'] },
        ...{ maxLag: 10_000, maxPartitionLag: 5000, maxTimeMs: 300_000, maxLost: 0, minMembers: 2 },
        ...{ statuses: ['STALL', 'STOP'], forMs: 120_000, uncommitted: 'ignore', optional: true },
      },
      {
        ...{ name: 'rule 2', severity: null, forMs: 0, uncommitted: 'unknown', optional: false },
        statuses: ['WARN', 'STALL', 'STOP', 'REWIND'],
      },
    ],
  })
})

describe('refuses, with the place', () => {
  const cases: [string, string][] = [
    ['rules: [', 'lag.yaml:1: '],
    ['', 'lag.yaml: the file must have fields: window, interval, rules'],
    ['rules: []', 'lag.yaml: rules must be a list'],
    ['limits: []', 'lag.yaml: limits is not known'],
    ['rules: [{max_lag: 5}]', 'lag.yaml: rules[0].max_lag is not known: did you mean max-lag?'],
    ['rules: [{groups: a}]', 'lag.yaml: rules[0] has no limit'],
    ['rules: [{max-lag: 5.5}]', 'lag.yaml: rules[0].max-lag must be a whole number, 0 or more, not 5.5'],
    ['rules: [{max-lag: "5"}]', 'not "5"'],
    ['rules: [{max-time: 5}]', 'rules[0].max-time must be a duration such as 30s, 5m or 2h, not 5'],
    ['rules: [{max-lag: 5, groups: "("}]', 'rules[0].groups "(" is not a regular expression'],
    ['rules: [{max-lag: 5, groups: []}]', 'rules[0].groups names nothing'],
    ['rules: [{status: STUCK}]', 'rules[0].status must be true, or some of WARN, STALL, STOP, REWIND'],
    ['rules: [{max-lag: 5, optional: maybe}]', 'rules[0].optional must be true or false'],
    ['rules: [{max-lag: 5, uncommitted: fine}]', 'rules[0].uncommitted must be unknown or ignore'],
    ['rules: [{max-lag: 5, name: a}, {max-lag: 5, name: a}]', 'rules[1].name is that of another rule: a'],
    ['rules: [{max-lag: 5, name: 7}]', 'rules[0].name must be a text'],
    ['rules: [7]', 'rules[0] must have fields'],
  ]
  it.each(cases)('%s', async (text, message) => {
    const error = await parse(text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) })
  })
})

it('takes the shipped example, where each number names its line', async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'lag.yaml'), 'utf8')
  const policy = await parsePolicy(text, 'lag.yaml')
  expect(policy.rules.map(({ name }) => name)).toContain('warning')
  const named = text.split('\n').filter((line) => line.startsWith('  - name: '))
  for (const line of named) expect(line).toMatch(/# (\d{3}:\d+|no handbook)/)
  expect(named.length).toBe(policy.rules.length)
})
