/**
 * What bin/run.js starts: oclif, from the one script with compiled code that the build leaves (scripts/lib/quick-bundle.js)
 * where this Node takes it, else from its modules, bundled too, since loading its hundred files one by one costs more than
 * most commands. Both are the same code.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

type Main = (root: string, args?: string[]) => Promise<void>

/** Runs the command line. `dir` is the URL of a file one folder below the package. */
export async function execute({ dir }: { dir: string }): Promise<void> {
  const quick = loadQuick()
  if (quick !== undefined) return quick.main(dirname(dirname(fileURLToPath(dir))))
  const modules = await import('./oclif-modules.ts')
  await modules.execute({ dir })
}

/**
 * The script that the build made; undefined when it is not there, or its compiled code is of another Node. The build itself
 * makes that code: it takes the script without, under the name that it will have.
 */
export function loadQuick(compileAs?: string): { script: Script; main: Main } | undefined {
  const place = fileURLToPath(new URL('./quick.cjs', import.meta.url))
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
  const wrapped = `(function (exports, require, module, __filename, __dirname, __moduleUrl, __import) {${source}\n})`
  const script = new Script(wrapped, { filename, cachedData })
  if (compileAs === undefined && script.cachedDataRejected !== false) return undefined
  const module = { exports: {} as { main: Main } }
  const run = script.runInThisContext() as (...values: unknown[]) => void
  const outside = (specifier: string) => import(specifier)
  run(module.exports, createRequire(import.meta.url), module, filename, dirname(filename), import.meta.url, outside)
  return { script, main: module.exports.main }
}
