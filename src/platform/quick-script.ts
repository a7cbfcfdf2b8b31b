/**
 * Scripts that the build leaves with the code that V8 has compiled for them: everything in one file, started without reading and
 * compiling a hundred modules. The compiled code is of the Node that built it; under another one the caller goes its usual way.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

export interface QuickScript<T> {
  readonly script: Script
  readonly exports: T
}

/** Paths that are the same in a URL. Making a URL of every path would load what few programs need. */
const PLAIN_PATH = /^\/[\w./-]*$/

/**
 * Loads the script at `place` (`….cjs`, its code in `….cache`), a function of what a CommonJS module gets, its URL, and `import`.
 * Undefined when it is not there, or its code is of another Node. The build makes that code: it takes the script without, under the
 * name that it will have.
 */
export function loadQuickScript<T>(place: string, compileAs?: string): QuickScript<T> | undefined {
  const filename = compileAs ?? place
  let source: string
  let cachedData: Buffer | undefined
  try {
    cachedData = compileAs === undefined ? readFileSync(place.replace(/cjs$/, 'cache')) : undefined
    // esbuild writes ASCII only: one byte a character, and nothing to decode.
    source = readFileSync(place, 'latin1')
  } catch {
    // No quick start in this build: the usual way.
    return undefined
  }
  const script = new Script(source, { filename, cachedData })
  if (compileAs === undefined && script.cachedDataRejected !== false) return undefined
  const module = { exports: {} as T }
  const run = script.runInThisContext() as (...values: unknown[]) => void
  const url = PLAIN_PATH.test(place) ? `file://${place}` : pathToFileURL(place).href
  const outside = (specifier: string) => import(specifier)
  run(module.exports, createRequire(place), module, filename, dirname(filename), url, outside)
  return { script, exports: module.exports }
}
