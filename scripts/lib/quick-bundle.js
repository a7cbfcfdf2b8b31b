/**
 * The quick start of the command: everything in one script, with the code that V8 has compiled for it. Reading forty modules
 * and compiling them costs more than most commands do; with this a command is at work in half the time. The cache is of the
 * Node that built it: under another one `dist/cli/oclif.js` goes the usual way, module by module.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './install.js'

const require = createRequire(import.meta.url)

/** Parts of Node that few commands need and that take milliseconds to load: loaded when one of their names is used. */
const LATE = ['child_process', 'crypto', 'http', 'https', 'readline', 'tls', 'zlib']

const lateBuiltins = {
  name: 'late-builtins',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(node:)?(${LATE.join('|')})$`) }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const names = Object.keys(require(path)).filter((name) => name !== 'default')
      const getters = names.map((name) => `${JSON.stringify(name)}: { enumerable: true, get: () => load().${name} }`)
      return {
        contents: `const load = () => require(${JSON.stringify(path)})\nObject.defineProperties(exports, { ${getters.join(', ')} })`,
      }
    })
  },
}

const BY_LOCALE = 'a.id.localeCompare(b.id)'

/** oclif sorts the commands by locale, and loading that takes longer than anything else in it; ids are plain letters. */
const sortByCode = {
  name: 'sort-by-code',
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/]config[\\/]plugin\.js$/ }, async ({ path }) => {
      const { readFileSync } = await import('node:fs')
      const text = readFileSync(path, 'utf8')
      if (!text.includes(BY_LOCALE)) throw new Error(`${path} sorts in another way now`)
      return { contents: text.replace(BY_LOCALE, '(a.id < b.id ? -1 : a.id > b.id ? 1 : 0)') }
    })
  },
}

/** oclif asks whether this is Windows' Linux by a package that brings PowerShell along. */
const plainWsl = {
  name: 'plain-wsl',
  setup(build) {
    build.onResolve({ filter: /^(wsl-utils|is-wsl)$/ }, ({ path }) => ({ path, namespace: 'wsl' }))
    build.onLoad({ filter: /.*/, namespace: 'wsl' }, () => ({
      contents: `
        import { release } from 'node:os'
        export const isWsl = process.platform === 'linux' && /microsoft/i.test(release())
        export const powerShellPath = async () => 'powershell.exe'
        export default isWsl`,
    }))
  },
}

/** The broker's code stays in its own files: of the tools in these scripts hardly any needs it. */
const brokerOutside = {
  name: 'broker-outside',
  setup(build) {
    build.onResolve({ filter: /\/broker\/index\.ts$/ }, ({ kind, importer }) => {
      if (kind !== 'dynamic-import') throw new Error(`${importer} brings the broker into the quick start`)
      return { path: '../broker/index.js', external: true }
    })
  },
}

/** What stands at the end of the bundle: oclif, told where the classes of the commands are. */
function entry() {
  const files = readdirSync(join(root, 'src', 'commands'), { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
  const commands = files.map((file) => {
    const id = file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':')
    return `${JSON.stringify(id)}: () => import('./src/commands/${file}')`
  })
  return `
    import { Config, Plugin } from '@oclif/core/config'
    import { execute } from '@oclif/core/execute'
    import commandNotFound from './src/cli/hooks/command-not-found.ts'
    const commands = { ${commands.join(', ')} }
    const findCommand = Plugin.prototype.findCommand
    Plugin.prototype.findCommand = async function (id, options) {
      if (!this.isRoot || !Object.hasOwn(commands, id)) return findCommand.call(this, id, options)
      const { default: command } = await commands[id]()
      return Object.assign(command, { id, plugin: this, isESM: true })
    }
    const runHook = Config.prototype.runHook
    Config.prototype.runHook = async function (event, options, ...rest) {
      if (event !== 'command_not_found') return runHook.call(this, event, options, ...rest)
      const result = await commandNotFound.call({ config: this }, { ...options, config: this })
      return { successes: [{ plugin: this, result }], failures: [] }
    }
    export const main = (root, args) => execute({ args, dir: root })`
}

/**
 * Writes `cli/quick.cjs` and `shims/quick.cjs` below `outdir`, and what loads them; `warmQuick` adds their code, without which they are
 * not used.
 */
export async function buildQuick(build, outdir, options) {
  await buildStarters(build, outdir, options)
  await buildScript(build, join(outdir, 'cli', 'quick.cjs'), entry(), options)
  await buildScript(
    build,
    join(outdir, 'shims', 'quick.cjs'),
    "export { main } from './src/shims/main.ts'\nexport { runShim } from './src/shims/run.ts'",
    options,
  )
}

async function buildScript(build, outfile, contents, options) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    write: false,
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [lateBuiltins, plainWsl, sortByCode, brokerOutside],
    // As a parameter of the function that the script is run in: a script has no import.meta.
    define: { 'import.meta.url': '__moduleUrl' },
    ...options,
  })
  // A script with compiled code looks for modules where it was compiled: those that stay outside are asked of its loader.
  const text = outputFiles[0].text.replaceAll(/(?<![\w$.])import\(/g, '__import(')
  writeFileSync(
    outfile,
    `(function (exports, require, module, __filename, __dirname, __moduleUrl, __import) {${text}\n})`,
  )
}

/**
 * What `bin/run.js` and `bin/shim.cjs` load: one file each, since finding and linking modules costs a millisecond or two apiece. The
 * modules that they fall back to are those of the build.
 */
async function buildStarters(build, outdir, options) {
  const modulesOutside = {
    name: 'modules-outside',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        kind === 'dynamic-import' ? { path: path.replace(/ts$/, 'js'), external: true } : undefined,
      )
    },
  }
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    minifyWhitespace: true,
    plugins: [modulesOutside],
    ...options,
  }
  await build({ ...common, entryPoints: ['src/cli/oclif.ts'], outfile: join(outdir, 'cli', 'oclif.js'), format: 'esm' })
  await build({
    ...common,
    entryPoints: ['src/shims/start.ts'],
    outfile: join(outdir, 'shims', 'start.cjs'),
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
  })
}

/** Runs common commands on a broker in memory and keeps what V8 has compiled. Without it the command works all the same. */
export function warmQuick(dist, final) {
  const program = join(root, 'scripts', 'lib', 'warm-quick.js')
  const done = spawnSync(process.execPath, [program, dist, final], { encoding: 'utf8', timeout: 60_000 })
  if (done.status !== 0) console.error(`no compiled code is kept: ${done.stderr}`)
}
