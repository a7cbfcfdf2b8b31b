/**
 * The house rules that a machine can hold: the floors (who may import whom), the ban on ambient clock, disk, network and
 * chance in the core, file heads and lengths, fresh generated files. A rule that hurts is changed here, in the open.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const LINES_MAX = 400

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)).split(sep).join('/'))
    .filter((name) => name.endsWith(ending))
    .sort()
}

const sources = filesUnder('src', '.ts').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/**
 * The floors. A file belongs to the first row whose prefix it has; it may import from its own folder and from the rows
 * named. `import type` counts. A need that points upward is an interface declared by the lower floor and passed in.
 */
const BROKER_STATE = ['broker/storage', 'broker/raft', 'broker/metadata', 'broker/metrics', 'broker/security']
const BROKER_LOGIC = ['broker/replication', 'broker/controller', 'broker/coordinator']
const BROKER_EDGE = ['broker/handlers', 'broker/network']
const FOUNDATION = ['base', 'protocol', 'config']
const TOOLKIT = [...FOUNDATION, 'client', 'zookeeper', 'platform']
const FLOORS: readonly { folder: string; mayImport: readonly string[] }[] = [
  { folder: 'base', mayImport: [] },
  { folder: 'protocol', mayImport: ['base'] },
  { folder: 'config', mayImport: ['base', 'protocol'] },
  { folder: 'platform', mayImport: ['base'] },
  ...BROKER_STATE.map((folder) => ({ folder, mayImport: FOUNDATION })),
  ...BROKER_LOGIC.map((folder) => ({ folder, mayImport: [...FOUNDATION, ...BROKER_STATE] })),
  ...BROKER_EDGE.map((folder) => ({ folder, mayImport: [...FOUNDATION, ...BROKER_STATE, ...BROKER_LOGIC] })),
  { folder: 'broker/peers', mayImport: [...FOUNDATION, ...BROKER_STATE, ...BROKER_LOGIC, ...BROKER_EDGE] },
  {
    folder: 'broker',
    mayImport: [...FOUNDATION, ...BROKER_STATE, ...BROKER_LOGIC, ...BROKER_EDGE, 'broker/peers', 'platform'],
  },
  { folder: 'client', mayImport: [...FOUNDATION, 'platform'] },
  { folder: 'zookeeper', mayImport: [...FOUNDATION, 'platform'] },
  { folder: 'admin', mayImport: TOOLKIT },
  { folder: 'cluster', mayImport: TOOLKIT },
  { folder: 'perf', mayImport: TOOLKIT },
  { folder: 'ops', mayImport: [...TOOLKIT, 'admin', 'cluster'] },
  { folder: 'output', mayImport: ['base'] },
  { folder: 'cli', mayImport: ['base', 'config', 'client', 'output', 'platform', 'cluster'] },
  { folder: 'shims', mayImport: [...TOOLKIT, 'admin', 'cluster', 'perf', 'ops', 'output'] },
  { folder: 'commands', mayImport: [...TOOLKIT, 'admin', 'cluster', 'perf', 'ops', 'output', 'cli', 'shims'] },
]

function floorOf(path: string): string | undefined {
  const inner = path.replace(/^src\//, '')
  const hit = FLOORS.filter(({ folder }) => inner.startsWith(`${folder}/`)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
  return hit?.folder
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g

function importsOf(text: string): { target: string; dynamic: boolean }[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    target: match[1] ?? match[2] ?? match[3]!,
    dynamic: match[2] !== undefined,
  }))
}

describe('floors', () => {
  it('every file stands on a known floor', () => {
    expect(sources.filter(({ path }) => floorOf(path) === undefined).map(({ path }) => path)).toEqual([])
  })

  it('imports point down', () => {
    const wrong: string[] = []
    for (const { path, text } of sources) {
      const from = floorOf(path)
      if (from === undefined) continue
      const allowed = FLOORS.find(({ folder }) => folder === from)!.mayImport
      for (const { target, dynamic } of importsOf(text)) {
        if (!target.startsWith('.')) continue
        const resolved = relative(root, join(root, dirname(path), target))
          .split(sep)
          .join('/')
        const to = floorOf(resolved)
        if (to === from || (to !== undefined && allowed.includes(to))) continue
        // Commands start an embedded broker only through its public face, and only when they need it.
        if (resolved === 'src/broker/index.ts' && dynamic && (from === 'commands' || from === 'shims')) continue
        wrong.push(`${path} imports ${resolved}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

/** The broker process itself is the one file under `src/broker` that talks to the machine besides the platform. */
const PROCESS_FILES = ['src/broker/main.ts', 'src/broker/index.ts']
const AMBIENT: readonly { pattern: RegExp; use: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/, use: 'the Clock port' },
  { pattern: /\bset(Timeout|Interval|Immediate)\b|\bprocess\.nextTick\b/, use: 'Clock.schedule or Clock.defer' },
  { pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b/, use: 'the Random port' },
  { pattern: /from 'node:(fs|fs\/promises|net|tls|dns|os|child_process|worker_threads|http|https)'/, use: 'a port' },
  { pattern: /\bprocess\.(env|exit|cwd|argv|pid)\b/, use: 'an option passed in' },
  { pattern: /\bconsole\./, use: 'the Logger port' },
]

describe('the core', () => {
  it('has no ambient clock, disk, network, chance, environment or console', () => {
    const wrong: string[] = []
    for (const { path, text } of sources) {
      if (!/^src\/(base|broker)\//.test(path) || PROCESS_FILES.includes(path)) continue
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      for (const { pattern, use } of AMBIENT) {
        const hit = pattern.exec(code)
        if (hit) wrong.push(`${path}: ${hit[0]} (use ${use})`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('is synchronous: no async in the state machines', () => {
    const machines = /^src\/broker\/(raft|metadata|controller|coordinator|storage)\//
    const shells = /\/(driver|runtime)\.ts$/
    const wrong = sources
      .filter(({ path }) => machines.test(path) && !shells.test(path))
      .filter(({ text }) => /\basync\b|\bawait\b/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })
})

describe('files', () => {
  it('open with a head that says what they are', () => {
    expect(sources.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([])
  })

  it(`have at most ${LINES_MAX} lines, tables apart`, () => {
    const tables =
      /^src\/(protocol\/(messages\/.*|logs\/.*|apis|error-codes|error-messages)|config\/(.*-keys|.*-docs|.*-documentation))\.ts$/
    const long = sources
      .filter(({ path }) => !tables.test(path))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > LINES_MAX)
    expect(long).toEqual([])
  })

  it('hold no unfinished work and no switched-off checks', () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)/
    const untyped = /\bas any\b|: any\b(?!\.)/
    const wrong = sources.flatMap(({ path, text }) => {
      const hit = marks.exec(text) ?? untyped.exec(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))
      return hit ? [`${path}: ${hit[0]}`] : []
    })
    expect(wrong).toEqual([])
  })

  it('export names, not defaults, outside the command tree', () => {
    const wrong = sources
      .filter(({ path }) => !/^src\/(commands\/|cli\/(help|hooks\/))/.test(path)) // oclif asks for defaults there
      .filter(({ text }) => /^export default\b/m.test(text))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('hold nothing that nobody imports', () => {
    const imported = new Set<string>()
    const scan = [...sources]
    for (const path of filesUnder('test', '.ts')) scan.push({ path, text: readFileSync(join(root, path), 'utf8') })
    for (const { path, text } of scan) {
      for (const { target } of importsOf(text)) {
        if (target.startsWith('.'))
          imported.add(
            relative(root, join(root, dirname(path), target))
              .split(sep)
              .join('/'),
          )
      }
    }
    const entry = /^src\/(commands\/|shims\/start\.ts$|broker\/(index|main)\.ts$|cli\/(help\.ts$|oclif\.ts$|hooks\/))/
    expect(sources.map(({ path }) => path).filter((path) => !entry.test(path) && !imported.has(path))).toEqual([])
  })
})

describe('generated files', () => {
  it('the oclif manifest is the one of the built commands', () => {
    if (!existsSync(join(root, 'dist', 'commands'))) throw new Error('dist is missing: run `node scripts/build.js`')
    const fresh = spawnSync(process.execPath, ['scripts/manifest.js'], { cwd: root, encoding: 'utf8' })
    expect(fresh.status, fresh.stderr).toBe(0)
    expect(JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))).toEqual(JSON.parse(fresh.stdout))
  })
})
