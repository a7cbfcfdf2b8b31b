/**
 * What `.ci/run` says of its test reports (vitest's JSON, report-NAME.json in a folder).
 *   failed FOLDER NAME          the files of that report in which something failed, one a line
 *   sum FOLDER STEPS FAILED     every failed test, then the sum, with the passed and the failed steps counted in
 * report-NAME-again.json holds files of report-NAME.json that ran once more, and counts in their place: what failed first and
 * passed then is counted as passed, and told in a line `unstable: FILE: TEST` with what it had failed with.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const AGAIN = '-again'
const OUTSIDE = 'outside of its tests'
const MOST_LINES = 12

/** The report's files; none when the run did not get to write it, which its step tells. */
function readReport(folder, name) {
  const path = join(folder, `report-${name}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : []
}

/** What failed in a file, by name: its tests, or the file itself when it failed outside of them. */
function failuresOf(file) {
  const tests = file.assertionResults.filter(({ status }) => status === 'failed')
  if (tests.length > 0) return new Map(tests.map((test) => [test.fullName, test.failureMessages.join('\n')]))
  return new Map(file.status === 'failed' ? [[OUTSIDE, file.message]] : [])
}

/** What failed in a file that runs again, with the tests that it has kept from running. */
function notPassed(file) {
  const skipped = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed')
  const found = new Map(skipped.map(({ fullName }) => [fullName, 'did not run: something before it failed']))
  for (const [name, message] of failuresOf(file)) if (name !== OUTSIDE || message !== '') found.set(name, message)
  return found.size > 0 ? found : failuresOf(file)
}

/** True when what failed in a file under that name has passed in its second run: skipped is not passed. */
function hasPassed(file, name) {
  if (file === undefined || file.status === 'failed') return false
  const tests = file.assertionResults.filter(({ fullName }) => fullName === name)
  const asked = tests.length > 0 ? tests : file.assertionResults
  return asked.length > 0 && asked.some(({ status }) => status === 'passed')
}

function sum(folder, stepsPassed, stepsFailed) {
  const names = readdirSync(folder).flatMap((file) => /^report-(.*)\.json$/.exec(file)?.[1] ?? [])
  const failed = []
  const unstable = []
  let passed = stepsPassed
  let skipped = 0
  for (const name of names.filter((one) => !one.endsWith(AGAIN)).sort()) {
    const second = new Map(readReport(folder, `${name}${AGAIN}`).map((file) => [file.name, file]))
    for (const first of readReport(folder, name)) {
      const file = second.get(first.name) ?? first
      const failures = failuresOf(file)
      for (const test of file.assertionResults) {
        if (test.status === 'passed') passed++
        else if (test.status !== 'failed') skipped++
      }
      for (const [test, message] of failures) failed.push({ file: first.name, test, message })
      if (file === first) continue
      for (const [test, message] of notPassed(first)) {
        if (failures.has(test)) continue
        const row = { file: first.name, test, message }
        if (hasPassed(file, test)) unstable.push(row)
        else if (failuresOf(first).has(test)) failed.push(row)
      }
    }
  }
  for (const { file, test, message } of unstable) {
    console.log(`unstable: ${basename(file)}: ${test}`)
    const lines = message.split('\n').filter((line) => line.trim() !== '' && !line.includes('node_modules'))
    for (const line of lines.slice(0, MOST_LINES)) console.log(`  first run: ${line}`)
  }
  for (const { file, test } of failed) console.log(`failed: ${file}: ${test}`)
  const more = [
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(unstable.length > 0 ? [`${unstable.length} unstable`] : []),
  ]
  console.log([`${passed} passed`, `${failed.length + stepsFailed} failed`, ...more].join(', '))
}

const [command, folder, ...rest] = process.argv.slice(2)
if (command === 'sum') sum(folder, Number(rest[0]), Number(rest[1]))
else if (command === 'failed') {
  for (const file of readReport(folder, rest[0])) if (failuresOf(file).size > 0) console.log(file.name)
} else {
  console.error('usage: ci-report.js failed FOLDER NAME | sum FOLDER STEPS FAILED')
  process.exit(2)
}
