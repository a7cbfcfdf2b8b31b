/**
 * The published JSON schemas: each command that has `--json` has one, none is left over, and all say what their fields mean.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonProblems, jsonSchemas, schemaNameOf } from './support/json-schemas.ts'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { flags: Record<string, unknown> }>
}
const withJson = Object.entries(manifest.commands)
  .filter(([, command]) => 'json' in command.flags)
  .map(([id]) => id.replaceAll(':', '-').replaceAll(' ', '-'))

interface SchemaNode {
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  $defs?: Record<string, SchemaNode>
  anyOf?: SchemaNode[]
  oneOf?: SchemaNode[]
  additionalProperties?: boolean | SchemaNode
}
/** Objects of a schema that let unnamed fields pass. */
function openObjects(node: SchemaNode, path = ''): string[] {
  const children = [
    ...Object.entries(node.properties ?? {}),
    ...Object.entries(node.$defs ?? {}),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].map((child, i) => [`${i}`, child] as const),
    ...(node.items ? [['[]', node.items] as const] : []),
  ]
  const open = node.properties !== undefined && node.additionalProperties === undefined ? [path || '/'] : []
  return [...open, ...children.flatMap(([name, child]) => openObjects(child, `${path}/${name}`))]
}

describe('docs/json', () => {
  it('has a schema for each command with --json, and no other', () => {
    expect([...jsonSchemas().keys()].sort()).toEqual([...withJson, 'error'].sort())
  })

  it('names every field', () => {
    for (const name of jsonSchemas().keys()) {
      const schema = JSON.parse(readFileSync(join(root, 'docs', 'json', `${name}.json`), 'utf8'))
      expect({ name, title: schema.title, described: typeof schema.description, open: openObjects(schema) }).toEqual({
        ...{ name, title: name, described: 'string', open: [] },
      })
    }
  })
})

describe('schemaNameOf', () => {
  it('takes the command of the leading words', () => {
    expect(schemaNameOf(['error', 'x', '--json'])).toBe('error')
    expect(schemaNameOf(['unheard', 'of'])).toBeUndefined()
  })

  it('has the problems of an error told', () => {
    expect(jsonProblems(['x', '--json'], '', '{"error":{"code":"A","message":"b","hint":null,"extra":1}}')).toEqual([
      'docs/json/error.json: /error must NOT have additional properties {"additionalProperty":"extra"}',
    ])
  })
})
