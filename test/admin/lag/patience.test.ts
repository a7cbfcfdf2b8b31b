/** How long lag commands wait: less than other commands, unless the user says so. */
import { expect, it } from 'vitest'
import { patientOptions } from '../../../src/admin/lag/patience.ts'
import { resolveClientOptions } from '../../../src/client/options.ts'

const options = (properties: Record<string, string>, kind: 'once' | 'again') => {
  const all = patientOptions(resolveClientOptions({ bootstrapServer: 'a:1', properties }), kind)
  return [all.apiTimeoutMs, all.requestTimeoutMs, all.connectTimeoutMs]
}

it('is seconds, more for a single look; what the user sets counts there, and never makes repeated looks slower', () => {
  expect(options({}, 'once')).toEqual([20_000, 10_000, 5000])
  expect(options({}, 'again')).toEqual([8000, 5000, 5000])
  const long = { 'request.timeout.ms': '45000', 'default.api.timeout.ms': '90000' }
  expect(options(long, 'once')).toEqual([90_000, 45_000, 5000])
  expect(options(long, 'again')).toEqual([8000, 5000, 5000])
  expect(options({ 'request.timeout.ms': '700' }, 'again')).toEqual([8000, 700, 5000])
})
