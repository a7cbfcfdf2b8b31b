/**
 * What bin/shim.js starts: the stand-ins, from the one script with compiled code that the build leaves (scripts/lib/quick-bundle.js)
 * where this Node takes it, else from their modules. Both are the same code.
 */
import { fileURLToPath } from 'node:url'
import { loadQuickScript, type QuickScript } from '../platform/quick-script.ts'
import type { ShimIo } from './tool.ts'

interface Entry {
  readonly main: (argv: readonly string[]) => Promise<void>
  /** For the build, which runs some tools to have their code compiled. */
  readonly runShim: (name: string, argv: readonly string[], io: ShimIo) => Promise<number>
}

/** Runs the tool `argv[0]` with the rest as its arguments. */
export async function start(argv: readonly string[]): Promise<void> {
  const quick = loadQuick()
  const { main } = quick === undefined ? await import('./main.ts') : quick.exports
  await main(argv)
}

/** The script of the build; `compileAs` is for the build itself. */
export function loadQuick(compileAs?: string): QuickScript<Entry> | undefined {
  const place = fileURLToPath(new URL('./quick.cjs', import.meta.url))
  return loadQuickScript<Entry>(place, import.meta.url, compileAs)
}
