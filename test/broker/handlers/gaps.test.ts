/** docs/gaps.md says what is not served: exactly the APIs that no handler is registered for, each with a reason. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { brokerHandlers, controllerHandlers } from '../../../src/broker/handlers/index.ts'
import { apiNames, apis } from '../../../src/protocol/apis.ts'

const page = new URL('../../../docs/gaps.md', import.meta.url)

it('docs/gaps.md lists the APIs that are not served, and no others', () => {
  const listed = [...readFileSync(page, 'utf8').matchAll(/^\| (\d+) \| (\w+) \| ([^|]*) \| ([^|]*) \|$/gm)]
  const gaps = apiNames.flatMap((name) => {
    const { key } = apis[name]
    const listeners = apis[name].listeners as readonly string[]
    const missing = [
      ...(listeners.includes('broker') && !(name in brokerHandlers) ? ['broker'] : []),
      ...(listeners.includes('controller') && !(name in controllerHandlers) ? ['controller'] : []),
    ]
    return missing.length === 0 ? [] : [`${key} ${name} ${missing.join(' and ')}`]
  })
  expect(listed.map(([, key, name, where]) => `${key} ${name} ${where}`)).toEqual(gaps)
  expect(listed.filter(([, , , , reason]) => reason!.trim() === '')).toEqual([])
})
