/**
 * What bin/shim.cjs starts: the stand-ins, from the one script with compiled code that the build leaves (scripts/lib/quick-bundle.js)
 * where this Node takes it, else from their modules. Both are the same code. A CommonJS file in the build: Node is at work with one
 * some milliseconds earlier than with a module.
 */
import { join } from 'node:path'
import { loadQuickScript, type QuickScript } from '../platform/quick-script.ts'
import type { ShimIo } from './tool.ts'

interface Entry {
  readonly main: (argv: readonly string[]) => Promise<void>
  /** For the build, which runs some tools to have their code compiled. */
  readonly runShim: (name: string, argv: readonly string[], io: ShimIo) => Promise<number>
}

/** What needs, or may run what needs, the broker's code, which the script does not have. */
const BY_MODULES: ReadonlySet<string | undefined> = new Set(['kafka-storage', 'kafka-run-class'])

/** Runs the tool `argv[0]` with the rest as its arguments. */
export async function start(argv: readonly string[]): Promise<void> {
  const quick = BY_MODULES.has(argv[0]) ? undefined : loadQuick()
  const { main } = quick === undefined ? await import('./main.ts') : quick.exports
  await main(argv)
}

/** The script of the build; `compileAs` is for the build itself. */
export function loadQuick(compileAs?: string): QuickScript<Entry> | undefined {
  return loadQuickScript<Entry>(join(import.meta.dirname, 'quick.cjs'), compileAs)
}
