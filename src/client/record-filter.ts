/**
 * Which consumed records are shown. A pattern is a glob over the whole text (`AAPL`, `us-*`, `ev?nt`), or a regular
 * expression between slashes (`/^a.*z$/i`). A header filter is `name` (present) or `name=pattern`. All must hold.
 */
import { UsageError } from '../base/errors.ts'
import type { PrintedRecord } from './record-format.ts'

export interface FilterTexts {
  readonly key: string | undefined
  readonly value: string | undefined
  readonly headers: readonly string[]
}

/** Compiles the filters; undefined when there are none. Throws UsageError for a pattern that does not parse. */
export function parseFilter(texts: FilterTexts): ((record: PrintedRecord) => boolean) | undefined {
  const tests: ((record: PrintedRecord) => boolean)[] = []
  if (texts.key !== undefined) {
    const matches = parsePattern(texts.key, 'key')
    tests.push((record) => record.key !== null && matches(record.key.toString('utf8')))
  }
  if (texts.value !== undefined) {
    const matches = parsePattern(texts.value, 'value')
    tests.push((record) => record.value !== null && matches(record.value.toString('utf8')))
  }
  for (const text of texts.headers) {
    const at = text.indexOf('=')
    const name = at < 0 ? text : text.slice(0, at)
    const matches = at < 0 ? () => true : parsePattern(text.slice(at + 1), 'header')
    tests.push((record) =>
      record.headers.some(({ key, value }) => key === name && (at < 0 || matches(value?.toString('utf8') ?? ''))),
    )
  }
  return tests.length === 0 ? undefined : (record) => tests.every((test) => test(record))
}

function parsePattern(text: string, flag: string): (value: string) => boolean {
  const regular = /^\/(.*)\/([imsu]*)$/s.exec(text)
  try {
    const pattern = regular === null ? globPattern(text) : new RegExp(regular[1]!, regular[2])
    return (value) => pattern.test(value)
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`)
  }
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}
