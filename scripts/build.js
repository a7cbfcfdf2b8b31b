/**
 * Builds `dist`: one bundled file a command with shared chunks (a cold import of many small files costs more than the
 * command itself), the broker process, the embeddable broker with its types, and the oclif manifest.
 *
 *   node scripts/build.js [--fast]      --fast leaves out the type check and the declaration files
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { ensureInstalled, root, run } from './lib/install.js'
import { buildQuick, warmQuick } from './lib/quick-bundle.js'

ensureInstalled()
const { build } = await import('esbuild')
const fast = process.argv.includes('--fast')
const dist = join(root, 'dist')
const next = join(root, `dist.new-${process.pid}`)
process.on('exit', () => rmSync(next, { recursive: true, force: true }))

const sources = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith('.ts'))
const entryPoints = (files) =>
  files
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ({ in: file, out: relative('src', file).replace(/\.ts$/, '') }))
const common = {
  absWorkingDir: root,
  outdir: next,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // A command's start is mostly reading its source. Names stay, for stack traces and messages.
  minifyWhitespace: true,
  minifySyntax: true,
}

mkdirSync(next, { recursive: true })
await build({
  ...common,
  entryPoints: entryPoints(['src/broker/index.ts', 'src/broker/main.ts']),
  packages: 'external',
})

// What every command loads is bundled (oclif, chalk, cli-table3), since opening its many small files costs more than
// running them. What few commands load on demand, and what has binaries, stays outside; oclif's TypeScript loader is
// for plugins in development and would bring the whole compiler along.
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const bundled = new Set(['@oclif/core', 'chalk', 'cli-table3'])
const external = [...Object.keys(dependencies).filter((name) => !bundled.has(name)), 'typescript', 'ts-node']
await build({
  ...common,
  entryPoints: entryPoints([
    ...sources('src/commands'),
    ...sources('src/cli/hooks'),
    'src/cli/help.ts',
    'src/cli/oclif-modules.ts',
    'src/shims/main.ts',
  ]),
  external,
  // The bundled packages are CommonJS and expect what a module of that kind has around it.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module'",
      "import { dirname as __directoryOf } from 'node:path'",
      "import { fileURLToPath as __pathOf } from 'node:url'",
      'const require = __createRequire(import.meta.url)',
      'const __filename = __pathOf(import.meta.url)',
      'const __dirname = __directoryOf(__filename)',
    ].join('\n'),
  },
})
await buildQuick(build, next, { external })
warmQuick(next, dist)
if (!fast) {
  run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json', '--outDir', join(next, 'types')])
}

// Swap whole folders, so that a command that starts meanwhile sees the old build or the new one.
const old = join(root, `dist.old-${process.pid}`)
if (existsSync(dist)) renameSync(dist, old)
renameSync(next, dist)
rmSync(old, { recursive: true, force: true })

const manifest = spawnSync(process.execPath, [join(root, 'scripts', 'manifest.js')], { cwd: root, encoding: 'utf8' })
if (manifest.status !== 0) {
  console.error(manifest.stderr)
  process.exit(1)
}
// Whole at once: a command that starts meanwhile reads it.
const manifestFile = join(root, 'oclif.manifest.json')
writeFileSync(`${manifestFile}.${process.pid}`, manifest.stdout)
renameSync(`${manifestFile}.${process.pid}`, manifestFile)

// `npx mq` in a clone: npm links a package's own command only where it is installed as a dependency.
const link = join(root, 'node_modules', '.bin', 'mq')
if (process.platform !== 'win32') {
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(join('..', '..', 'bin', 'run.js'), link)
}
