/**
 * Bundles a TypeScript program of this repository, since Node 20 does not strip types; dependencies stay external. Call it after
 * `ensureInstalled`.
 */
import { root } from './install.js'

/** Writes the program of `entry` to `outfile`. `more`: esbuild's own options besides. */
export async function bundleProgram(entry, outfile, more = {}) {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    ...more,
  })
}
