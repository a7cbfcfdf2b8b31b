/** The order of Java's hash maps, as Apache Kafka was seen to print and to walk them. */
import { expect, it } from 'vitest'
import { javaMapOrder } from '../../src/base/java-order.ts'

const ordered = (...keys: string[]): string[] => javaMapOrder(keys, (key) => key)

it('orders texts as a Java HashMap does', () => {
  expect(ordered('user', 'nobody')).toEqual(['nobody', 'user'])
  expect(ordered('ip', '')).toEqual(['', 'ip'])
  expect(javaMapOrder(['client-id', '', 'ip'], (key) => key, 3)).toEqual(['client-id', '', 'ip'])
  expect(ordered('metadata.version', 'no.such')).toEqual(['no.such', 'metadata.version'])
  expect(ordered('metadata.version', 'kraft.version')).toEqual(['kraft.version', 'metadata.version'])
})
