/**
 * The published JSON schemas (`docs/json`): finds the schema of a command line and checks a document against it. A document with a
 * field that its schema does not name is wrong, so that schemas and commands cannot drift apart.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'json')
/** Commands whose --json is a line for each record rather than one document. */
const STREAMS = new Set(['consume', 'lag-watch'])

let compiled: Map<string, ValidateFunction> | undefined

/** The schemas by name (`topics-list`), compiled. */
export function jsonSchemas(): ReadonlyMap<string, ValidateFunction> {
  if (compiled === undefined) {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
    // added before any is compiled, since one may refer to another
    for (const name of names) ajv.addSchema(JSON.parse(readFileSync(join(folder, name), 'utf8')), name)
    compiled = new Map(names.map((name) => [name.slice(0, -'.json'.length), ajv.getSchema(name) as ValidateFunction]))
  }
  return compiled
}

/** The name of the schema that describes `args`' output: the longest leading words that one is named after. */
export function schemaNameOf(args: readonly string[]): string | undefined {
  const first = args.findIndex((word) => word.startsWith('-'))
  const words = first < 0 ? args : args.slice(0, first)
  for (const count of [3, 2, 1]) {
    const name = words.slice(0, count).join('-')
    if (words.length >= count && jsonSchemas().has(name)) return name
  }
  return undefined
}

function problemsOf(name: string, document: unknown): string[] {
  const validate = jsonSchemas().get(name)
  if (validate === undefined) return [`docs/json/${name}.json is missing`]
  if (validate(document)) return []
  return (validate.errors ?? []).map(
    (error) => `docs/json/${name}.json: ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`,
  )
}

/** What is wrong with the stdout and stderr of `mq ARGS --json`, as lines; empty when both are as published. */
export function jsonProblems(args: readonly string[], stdout: string, stderr: string): string[] {
  if (!args.includes('--json') || args.includes('--help')) return []
  const name = schemaNameOf(args)
  const problems: string[] = []
  if (stdout !== '') {
    // that there is one for each command is json-schemas.test.ts's to check
    if (name !== undefined) {
      const documents =
        STREAMS.has(name) || args.includes('--watch') ? stdout.split('\n').filter((line) => line !== '') : [stdout]
      for (const document of documents.slice(0, 1000)) problems.push(...problemsOf(name, JSON.parse(document)))
    }
  }
  const errorLine = stderr.split('\n').find((line) => line.startsWith('{"error":'))
  if (errorLine !== undefined) problems.push(...problemsOf('error', JSON.parse(errorLine)))
  return problems
}
