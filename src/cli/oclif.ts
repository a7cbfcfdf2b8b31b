/**
 * What bin/run.js starts: oclif, from the one script with compiled code that the build leaves (scripts/lib/quick-bundle.js)
 * where this Node takes it, else from its modules, bundled too, since loading its hundred files one by one costs more than
 * most commands. Both are the same code.
 */
import { dirname, join } from 'node:path'
import type { Script } from 'node:vm'
import { loadQuickScript } from '../platform/quick-script.ts'

type Main = (root: string, args?: string[]) => Promise<void>

/** Runs the command line of the package that `dist/cli` belongs to. */
export async function execute(): Promise<void> {
  const root = dirname(dirname(import.meta.dirname))
  const quick = loadQuick()
  if (quick !== undefined) return quick.main(root)
  const modules = await import('./oclif-modules.ts')
  await modules.execute({ dir: root })
}

/**
 * The script that the build made; undefined when it is not there, or its compiled code is of another Node. The build itself
 * makes that code: it takes the script without, under the name that it will have.
 */
export function loadQuick(compileAs?: string): { script: Script; main: Main } | undefined {
  const quick = loadQuickScript<{ main: Main }>(join(import.meta.dirname, 'quick.cjs'), compileAs)
  return quick === undefined ? undefined : { script: quick.script, main: quick.exports.main }
}
