/** The built command, run as a user runs it: help, unknown commands, a real broker from start to wipe, pipes and signals. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'bin', 'run.js')
let home = ''
let env: NodeJS.ProcessEnv = {}

beforeAll(() => {
  if (!existsSync(join(root, 'dist', 'commands'))) throw new Error('dist is missing: run `node scripts/build.js`')
  home = mkdtempSync(join(tmpdir(), 'mq-run-'))
  const own = Object.entries(process.env).filter(([name]) => !/^(MQ_|KAFKA_)/.test(name))
  env = { ...Object.fromEntries(own), MQ_HOME: home }
})
afterAll(() => {
  mq('broker', 'stop', '--all')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

function mq(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env,
    encoding: 'utf8',
    input: '',
  })
  return { exitCode: status, stdout, stderr }
}

describe('without a broker', () => {
  it('help lists the commands by task, and a command its flags', () => {
    const help = mq('--help')
    expect(help).toMatchObject({ exitCode: 0, stderr: '' })
    expect(help.stdout.indexOf('GETTING STARTED')).toBeLessThan(help.stdout.indexOf('GROUPS AND LAG'))
    expect(mq('topics', 'list', '--help').stdout).toContain('--bootstrap-server')
    expect(mq('help', 'broker', 'start').stdout).toContain('--foreground')
    expect(mq('-h').stdout).toBe(help.stdout)
    expect(mq('topics', 'list', '-h').stdout).toBe(mq('topics', 'list', '--help').stdout)
  })

  it('an unknown command is exit 2, also as JSON', () => {
    expect(mq('topcs', 'list')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('mq topics list?'),
    })
    const { exitCode, stderr } = mq('bogus', '--json')
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr).error.code).toBe('MQ_USAGE')
    expect(mq('bogus', '--help').exitCode).toBe(2)
  })

  it('a command without a cluster says what to type', () => {
    expect(mq('topics', 'list')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('mq broker start'),
    })
  })

  it('another engine is refused, not pretended', () => {
    expect(mq('broker', 'start', '--engine', 'apache')).toMatchObject({ exitCode: 2 })
  })

  it.skipIf(!existsSync('/dev/full'))('an output that cannot be written is a failure, not a crash', () => {
    const script = `"${process.execPath}" "${program}" profile list --json > /dev/full`
    const { status, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(JSON.parse(stderr).error.code).toBe('MQ_ENOSPC')
  })

  it('the manifest has the version of the package', () => {
    const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as { version: string }
    expect(read('oclif.manifest.json').version).toBe(read('package.json').version)
  })
})

describe('with a broker', { timeout: 60_000 }, () => {
  it('start, use, stop, wipe', () => {
    const started = mq('broker', 'start', '--port', '0')
    expect(started).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^127\.0\.0\.1:\d+\n$/) })
    expect(mq('broker', 'start')).toMatchObject({ exitCode: 0, stdout: started.stdout })
    const { clusters } = JSON.parse(mq('broker', 'status', '--json').stdout)
    expect(clusters).toMatchObject([{ name: 'local', bootstrap: started.stdout.trim(), nodes: [{ state: 'running' }] }])
    expect(clusters[0].clusterId).toMatch(/^[\w-]{22}$/)
    expect(mq('topics', 'create', 'orders')).toMatchObject({ exitCode: 0 })
    expect(mq('broker', 'logs', '--lines', '1').stdout).toMatch(/^\[\d{4}-.*\] INFO /)
    expect(mq('broker', 'wipe', '--yes')).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('is running') })
    expect(mq('broker', 'restart')).toMatchObject({ exitCode: 0, stdout: started.stdout })
    expect(mq('topics', 'list').stdout).toContain('orders')
    expect(mq('broker', 'stop')).toMatchObject({ exitCode: 0 })
    expect(mq('broker', 'stop')).toMatchObject({ exitCode: 0 })
    expect(mq('broker', 'wipe')).toMatchObject({ exitCode: 4, stdout: '' })
    expect(mq('broker', 'wipe', '--yes')).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(mq('broker', 'status', '--json').stdout)).toEqual({ clusters: [] })
  })

  it('stdin to a topic to a pipe that closes early', () => {
    const script = `
      set -e
      mq() { "${process.execPath}" "${program}" "$@"; }
      mq broker start --port 0 -q > /dev/null
      mq topics create numbers -q --partitions 2
      seq 1 20000 | mq produce numbers --json | tr -d ' \\n'; echo
      mq consume numbers --from earliest --until latest | head -1 > /dev/null; echo "\${PIPESTATUS[0]}"
      mq consume numbers --from earliest --until latest | sort -n | tail -1
      mq broker stop -q`
    const { stdout, status } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
    const lines = stdout.trim().split('\n')
    expect(lines[0]).toContain('"acknowledged":20000')
    expect(lines.slice(1)).toEqual(['0', '20000'])
    expect(status).toBe(0)
  })

  it('a tail ends with 130 when interrupted', async () => {
    const bootstrap = mq('broker', 'start', '--port', '0').stdout.trim()
    mq('topics', 'create', 'tail')
    const child = spawn(process.execPath, [program, 'consume', 'tail', '--from', 'earliest', '-b', bootstrap], { env })
    const seen = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
    spawnSync(process.execPath, [program, 'produce', 'tail', '-b', bootstrap], { env, input: 'hello\n' })
    await seen
    child.kill('SIGINT')
    const exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code)))
    expect(exitCode).toBe(130)
    expect(mq('broker', 'stop').exitCode).toBe(0)
  })
})
