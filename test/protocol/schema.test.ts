/** The schemas themselves, table by table: versions within versions, tags in order and only where flexible, ranges that agree. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { apiNameOf, apiNames, apis, requestHeaderVersion, responseHeaderVersion } from '../../src/protocol/apis.ts'
import { type Field, inVersions, type Message, parseVersions, type Struct } from '../../src/protocol/schema.ts'
import { allMessages, headers, logMessages, requests, responses, versionsOf } from './support/messages.ts'

const GOLDEN_APIS = new URL('../golden/apis.txt', import.meta.url)

/** Fields of a version that Kafka has dropped: kept in its schemas, on no wire. */
const DROPPED = ['ShareFetchRequest.topics.partitions.partitionMaxBytes']

interface Place {
  readonly path: string
  readonly field: Field
}

function fieldsOf(struct: Struct, path = ''): Place[] {
  return Object.entries(struct.fields).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`
    const type = field.type.kind === 'array' ? field.type.element : field.type
    return [{ path: here, field }, ...(type.kind === 'struct' ? fieldsOf(type.struct, here) : [])]
  })
}

function structsOf(struct: Struct): Struct[] {
  return [
    struct,
    ...Object.values(struct.fields).flatMap(({ type: outer }) => {
      const type = outer.kind === 'array' ? outer.element : outer
      return type.kind === 'struct' ? structsOf(type.struct) : []
    }),
  ]
}

/** Versions of the message in which a range holds. */
function held(schema: Message, range: string | undefined): number[] {
  return versionsOf(schema).filter((version) => inVersions(range ?? '0+', version))
}

describe.each(allMessages.map((schema) => [schema.name, schema] as const))('%s', (_, schema) => {
  test('has well-formed names and ranges', () => {
    expect(schema.name).toMatch(/^[A-Z][A-Za-z]+$/)
    expect(parseVersions(schema.versions).max).toBeLessThan(100)
    for (const { path, field } of fieldsOf(schema)) {
      const { versions, nullable, tagged, flexible } = field.options
      expect(path.split('.').pop(), path).toMatch(/^[a-z][A-Za-z0-9]*$/)
      for (const range of [versions, nullable, tagged, flexible]) {
        if (range !== undefined) expect(() => parseVersions(range), path).not.toThrow()
      }
    }
  })

  test('has no field that no version carries', () => {
    for (const { path, field } of fieldsOf(schema)) {
      const dropped = DROPPED.includes(`${schema.name}.${path}`)
      expect(held(schema, field.options.versions).length > 0, path).toBe(!dropped)
    }
  })

  test('has null only where the field is', () => {
    for (const { path, field } of fieldsOf(schema)) {
      const { nullable, versions } = field.options
      if (nullable === undefined || nullable === '0+') continue
      const present = new Set(held(schema, versions))
      expect(
        held(schema, nullable).every((version) => present.has(version)),
        path,
      ).toBe(true)
    }
  })

  test('has tags only where flexible, each once, without gaps', () => {
    for (const { path, field } of fieldsOf(schema)) {
      const { tag, tagged, versions } = field.options
      if (tag === undefined) continue
      const flexible = new Set(held(schema, schema.flexible))
      expect(
        held(schema, tagged ?? versions).every((version) => flexible.has(version)),
        path,
      ).toBe(true)
    }
    for (const struct of structsOf(schema)) {
      const tags = Object.values(struct.fields).flatMap((field) => field.options.tag ?? [])
      expect([...tags].sort((a, b) => a - b)).toEqual(tags.map((_tag, i) => i))
    }
  })

  test('has defaults of the right kind', () => {
    for (const { path, field } of fieldsOf(schema)) {
      const { default: given, nullable } = field.options
      if (given === null) expect(nullable, path).toBeDefined()
      else if (given !== undefined) expect(field.type.kind, path).toBe('primitive')
    }
  })
})

describe('APIs', () => {
  test.each(apiNames)('%s has one range for request and response, inside what is known', (name) => {
    const api = apis[name]
    expect(api.request.versions).toBe(api.response.versions)
    const { min, max } = parseVersions(api.request.versions)
    expect({ min, max }).toEqual({ min: api.min, max: api.maxUnstable })
    expect(api.max).toBeLessThanOrEqual(api.maxUnstable)
    expect(api.request.name).toBe(`${name}Request`)
    expect(api.response.name).toBe(`${name}Response`)
    expect(apiNameOf(api.key)).toBe(name)
  })

  test.each(apiNames)('%s has flexible headers where its messages are flexible', (name) => {
    for (const version of versionsOf(apis[name].request)) {
      const flexible = inVersions(apis[name].request.flexible, version)
      expect(inVersions(apis[name].response.flexible, version)).toBe(flexible)
      expect(requestHeaderVersion(name, version)).toBe(flexible ? 2 : 1)
      expect(responseHeaderVersion(name, version)).toBe(flexible && name !== 'ApiVersions' ? 1 : 0)
    }
  })

  test('have distinct keys, and no message is missing or twice', () => {
    expect(new Set(apiNames.map((name) => apis[name].key)).size).toBe(apiNames.length)
    const names = allMessages.map((schema) => schema.name)
    expect(new Set(names).size).toBe(names.length)
    expect([requests, responses, headers, logMessages].map((list) => list.length)).toEqual([89, 89, 2, 92])
  })

  test('are those of the table', () => {
    const rows = [...apiNames]
      .sort((a, b) => apis[a].key - apis[b].key)
      .map((name) => {
        const { key, min, max, maxUnstable, request, listeners, clusterAction, forwardable } = apis[name]
        const range = `${min}-${max}${maxUnstable === max ? '' : ` (unstable ${maxUnstable})`}`
        const flags = [clusterAction ? 'cluster' : '', forwardable ? 'forwarded' : ''].filter((flag) => flag !== '')
        const cells = [String(key).padStart(3), name.padEnd(30), range.padEnd(6), request.flexible.padEnd(5)]
        return [...cells, listeners.join('+').padEnd(17), ...flags].join(' ').trimEnd()
      })
    const text = `key name                           range  flex  listeners\n${rows.join('\n')}\n`
    if (process.env.MQ_UPDATE_GOLDEN) writeFileSync(GOLDEN_APIS, text)
    expect(text).toBe(readFileSync(GOLDEN_APIS, 'utf8'))
  })
})
