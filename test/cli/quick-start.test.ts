/** The compiled script that the build makes and the modules beside it are one command: the same words, the same exit codes. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const cache = join('dist', 'cli', 'quick.cache')
let home = ''

beforeAll(() => {
  if (!existsSync(join(root, 'dist', 'cli'))) throw new Error('dist is missing: run `node scripts/build.js`')
  home = mkdtempSync(join(tmpdir(), 'mq-quick-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** The package somewhere else, as an installation has it. */
function installed(name: string): string {
  const place = join(home, name)
  mkdirSync(join(place, 'dist'), { recursive: true })
  for (const part of ['bin', 'package.json', 'oclif.manifest.json', join('dist', 'cli')]) {
    cpSync(join(root, part), join(place, part), { recursive: true })
  }
  for (const part of ['node_modules', join('dist', 'chunks'), join('dist', 'commands'), join('dist', 'broker')]) {
    symlinkSync(join(root, part), join(place, part))
  }
  return place
}

function mq(place: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, MQ_HOME: join(home, 'mq'), NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, 'bin', 'run.js'), ...args], {
    env,
    encoding: 'utf8',
    input: '',
  })
  return { exitCode: status, stdout, stderr }
}

describe('the quick start', () => {
  it('is there after a build with this Node', () => {
    expect(existsSync(join(root, cache))).toBe(true)
  })

  it.each([
    [['--help']],
    [['topics']],
    [['topics', 'create', '--help']],
    [['topcs', 'list']],
    [['bogus', '--json']],
    [['help', 'bogus']],
    [['topics', 'create', '--no-such-flag']],
    [['topics', 'list', '-b', '127.0.0.1:1']],
    [['logdirs', '-b', '127.0.0.1:1']],
    [['topics', 'list', '-b', '127.0.0.1:1', '--json']],
    [['profile', 'list']],
    [['completion', 'bash']],
  ])('says what the modules say: mq %j', (args) => {
    const plain = installed(`plain-${args.join('-').replaceAll(/\W+/g, '-')}`)
    rmSync(join(plain, cache), { force: true })
    expect(mq(root, ...args)).toEqual(mq(plain, ...args))
  })

  it('works elsewhere than it was built, also with what is loaded late', () => {
    const place = installed('elsewhere')
    const args = ['consume', 'x', '--group', 'g', '-b', '127.0.0.1:1', '--timeout', '20s']
    expect(mq(place, ...args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('127.0.0.1:1') })
    expect(mq(place, '--version')).toEqual(mq(root, '--version'))
  })

  it.each([
    ['cut', (file: string) => writeFileSync(file, 'not what V8 wrote')],
    ['grown', (file: string) => appendFileSync(file, 'more')],
  ])('compiled code that is %s does no harm', (name, damage) => {
    const place = installed(name)
    damage(join(place, cache))
    expect(mq(place, 'profile', 'list')).toEqual(mq(root, 'profile', 'list'))
  })
})
