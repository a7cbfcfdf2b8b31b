/**
 * Runs a TypeScript program of this repository: `node scripts/run.js test/fuzz/main.ts --frames 1000`.
 * Bundled with esbuild on every start, since Node 20 does not strip types; dependencies stay external.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { bundleProgram } from './lib/bundle.js'
import { ensureInstalled, root } from './lib/install.js'

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) {
  console.error('usage: node scripts/run.js FILE.ts [ARGUMENTS]')
  process.exit(2)
}
ensureInstalled()
const outfile = join(
  root,
  'node_modules',
  '.cache',
  'mq-run',
  `${entry.replaceAll(/[^a-z0-9]+/gi, '-')}-${process.pid}.mjs`,
)
await bundleProgram(entry, outfile, { keepNames: true })
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// npm hands a signal on to its shell, which dies of it without telling us.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref()
}
child.on('exit', (code, signal) => {
  import('node:fs').then(({ rmSync }) => {
    rmSync(outfile, { force: true })
    process.exit(signal ? 1 : (code ?? 1))
  })
})
