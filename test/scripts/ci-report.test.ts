/** What CI says in the end, from vitest's reports: every failure counts, and what passed only the second time is told. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'ci-report.js')
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ci-report-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

type Status = 'passed' | 'failed' | 'pending'

/** A file of a report: its tests, and what it failed with outside of them. */
function file(name: string, tests: Record<string, Status>, message = '') {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({
    fullName,
    status,
    failureMessages: status === 'failed' ? [`Error: ${fullName}\n    at somewhere`] : [],
  }))
  const isFailed = message !== '' || Object.values(tests).includes('failed')
  return { name: `/repo/test/${name}`, status: isFailed ? 'failed' : 'passed', message, assertionResults }
}

function report(name: string, ...files: ReturnType<typeof file>[]): void {
  writeFileSync(join(folder, `report-${name}.json`), JSON.stringify({ testResults: files }))
}

function say(...args: string[]): string[] {
  const done = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  expect(done.stderr).toBe('')
  return done.stdout.trimEnd().split('\n')
}

it('counts tests and steps', () => {
  report('unit', file('a', { one: 'passed', two: 'pending' }))
  report('compat', file('b', { three: 'passed' }))
  expect(say('sum', folder, '9', '1')).toEqual(['11 passed, 1 failed, 1 skipped'])
})

it('names every failed test, and files that failed outside of their tests', () => {
  report('unit', file('a', { one: 'failed', two: 'passed' }), file('b', {}, 'cannot be read'))
  expect(say('sum', folder, '0', '1')).toEqual([
    'failed: /repo/test/a: one',
    'failed: /repo/test/b: outside of its tests',
    '1 passed, 3 failed',
  ])
  expect(say('failed', folder, 'unit')).toEqual(['/repo/test/a', '/repo/test/b'])
  expect(say('failed', folder, 'compat')).toEqual([''])
})

it('counts what passed the second time as passed, and says so', () => {
  const hook = { ...file('c', { four: 'pending', five: 'pending' }), status: 'failed' as const }
  report('compat', file('a', { one: 'failed', two: 'passed' }), file('b', {}, 'no broker\nin time'), hook)
  report(
    'compat-again',
    file('a', { one: 'passed', two: 'passed' }),
    file('b', { three: 'passed' }),
    file('c', { four: 'passed', five: 'pending' }),
  )
  expect(say('sum', folder, '1', '0')).toEqual([
    'unstable: a: one',
    '  first run: Error: one',
    '  first run:     at somewhere',
    'unstable: b: outside of its tests',
    '  first run: no broker',
    '  first run: in time',
    'unstable: c: four',
    '  first run: did not run: something before it failed',
    '5 passed, 0 failed, 1 skipped, 3 unstable',
  ])
})

it('fails what fails twice, what fails only the second time, and what is not there any more', () => {
  report('compat', file('a', { one: 'failed', two: 'passed', three: 'failed' }), file('b', { four: 'failed' }))
  report('compat-again', file('a', { one: 'failed', two: 'failed', three: 'pending' }))
  expect(say('sum', folder, '0', '0')).toEqual([
    'failed: /repo/test/a: one',
    'failed: /repo/test/a: two',
    'failed: /repo/test/a: three',
    'failed: /repo/test/b: four',
    '0 passed, 4 failed, 1 skipped',
  ])
})
