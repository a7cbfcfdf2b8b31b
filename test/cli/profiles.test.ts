/** Profiles: the file, secrets that stay out of it, the order of sources, and protected ones. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveConnection } from '../../src/cli/connection.ts'
import { isReference, isSecretKey, profilesPath, resolveReferences } from '../../src/cli/profiles.ts'
import ProfileAdd from '../../src/commands/profile/add.ts'
import ProfileList from '../../src/commands/profile/list.ts'
import ProfileRemove from '../../src/commands/profile/remove.ts'
import ProfileUse from '../../src/commands/profile/use.ts'
import TopicsCreate from '../../src/commands/topics/create.ts'
import TopicsList from '../../src/commands/topics/list.ts'
import { runCommand } from '../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

const SAVED = { HOME: process.env.HOME, MQ_HOME: process.env.MQ_HOME, MQ_PROFILE: process.env.MQ_PROFILE }
let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mq-profiles-'))
  // What runs a command here passes no MQ_ variables on: the home directory does it.
  process.env.HOME = home
  delete process.env.MQ_HOME
  delete process.env.MQ_PROFILE
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
  for (const [name, value] of Object.entries(SAVED)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

const add = (...argv: string[]) => runCommand(ProfileAdd, ...argv)

describe('the file', () => {
  it('is readable by its owner only, and holds what was given', async () => {
    const added = await add('test', '-b', 'a:1,b:2', '-X', 'client.id=me', '--protected', '--json')
    expect(added).toMatchObject({
      exitCode: 0,
      json: {
        name: 'test',
        bootstrapServer: 'a:1,b:2',
        properties: { 'client.id': 'me' },
        protected: true,
        current: false,
      },
    })
    expect(statSync(profilesPath()).mode & 0o777).toBe(0o600)
    expect((await runCommand(ProfileList)).stdout).toMatch(/test +- +a:1,b:2 +yes/)
  })

  it('takes the same again, and another only with --force', async () => {
    await add('test', '-b', 'a:1')
    expect((await add('test', '-b', 'a:1')).exitCode).toBe(0)
    expect((await add('test', '-b', 'b:1')).exitCode).toBe(4)
    expect((await add('test', '-b', 'b:1', '--force')).exitCode).toBe(0)
  })

  it('does not lose its protection by being replaced, except with a yes', async () => {
    await add('prod', '-b', 'a:1', '--protected')
    expect(await add('prod', '-b', 'a:1', '--force')).toMatchObject({ exitCode: 4 })
    const kept = await runCommand(ProfileList, '--json')
    expect(kept.json).toMatchObject({ profiles: [{ name: 'prod', protected: true }] })
    expect((await add('prod', '-b', 'a:1', '--force', '--yes')).exitCode).toBe(0)
  })

  it('that is damaged is named, and stops only what needs it', async () => {
    mkdirSync(join(home, '.mq'))
    writeFileSync(profilesPath(), '{')
    expect(await runCommand(ProfileList)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(profilesPath()),
    })
    expect(() => connect({ bootstrapServer: 'a:1' }, 'bootstrap-server')).not.toThrow()
  })

  it('holds no secrets', async () => {
    const refused = await add('test', '-b', 'a:1', '-X', 'sasl.password=hunter2')
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('env:NAME') })
    expect(refused.stderr).not.toContain('hunter2')
    const reference = '$' + '{env:PW}'
    expect((await add('test', '-b', 'a:1', '-X', `sasl.password=${reference}`)).exitCode).toBe(0)
    expect(readFileSync(profilesPath(), 'utf8')).toContain(reference)
    expect(isReference(reference)).toBe(true)
    expect(isReference(`x${reference}`)).toBe(false)
    expect(resolveReferences({ a: `<${reference}>` }, { PW: 's' })).toEqual({ a: '<s>' })
    expect(() => resolveReferences({ a: reference }, {})).toThrow('PW')
    for (const key of ['sasl.jaas.config', 'ssl.key.password', 'sasl.oauthbearer.client.credentials.client.secret']) {
      expect(isSecretKey(key)).toBe(true)
    }
    for (const key of ['sasl.mechanism', 'ssl.keystore.location', 'sasl.oauthbearer.token.endpoint.url']) {
      expect(isSecretKey(key)).toBe(false)
    }
  })

  it('refuses what cannot be a profile', async () => {
    expect((await add('a b', '-b', 'x:1')).exitCode).toBe(2)
    expect((await add('x')).exitCode).toBe(2)
    expect((await add('x', '-b', 'x:notaport')).exitCode).toBe(2)
    expect((await add('x', '--command-config', join(home, 'none'))).exitCode).toBe(1)
  })
})

function connect(sources: Partial<Parameters<typeof resolveConnection>[0]>, ...typed: string[]) {
  const { options, profile } = resolveConnection({
    bootstrapServer: undefined,
    bootstrapController: undefined,
    configFile: undefined,
    properties: {},
    clusterName: undefined,
    ...sources,
    typed: (flag) => typed.includes(flag),
  })
  return { at: options.bootstrap.map(({ host, port }) => `${host}:${port}`).join(','), options, profile: profile?.name }
}

describe('the order of sources', () => {
  beforeEach(async () => {
    const file = join(home, 'prod.properties')
    writeFileSync(
      file,
      'security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\nclient.id=file\n',
    )
    await add('prod', '-b', 'prod:1', '--command-config', file, '-X', 'client.id=profile')
    await add('test', '-b', 'test:1')
    await runCommand(ProfileUse, 'prod')
  })

  it('takes the current profile with its file, and its own properties before the file', () => {
    expect(connect({})).toMatchObject({
      at: 'prod:1',
      profile: 'prod',
      options: { clientId: 'profile', sasl: { username: 'u' } },
    })
    expect(connect({ properties: { 'client.id': 'x' } }).options.clientId).toBe('x')
  })

  it('keeps the current profile and its password out of the way of a flag or a variable', () => {
    expect(connect({ bootstrapServer: 'x:1' }, 'bootstrap-server')).toMatchObject({
      at: 'x:1',
      profile: undefined,
      options: { sasl: null },
    })
    expect(connect({ bootstrapServer: 'x:1' })).toMatchObject({ at: 'x:1', profile: undefined })
    expect(connect({ properties: { 'bootstrap.servers': 'x:1' } })).toMatchObject({ at: 'x:1', profile: undefined })
  })

  it('lets a named profile go first, and an address that was typed before it', () => {
    expect(connect({ profile: 'test', bootstrapServer: 'env:1' }, 'profile')).toMatchObject({ at: 'test:1' })
    expect(connect({ profile: 'test', bootstrapServer: 'env:1' })).toMatchObject({ at: 'env:1' })
    expect(connect({ profile: 'prod', bootstrapServer: 'x:1' }, 'profile', 'bootstrap-server')).toMatchObject({
      at: 'x:1',
      options: { sasl: { username: 'u' } },
    })
    expect(() => connect({ profile: 'test', clusterName: 'local' }, 'profile', 'name')).toThrow('different clusters')
    expect(() => connect({ profile: 'prdo' }, 'profile')).toThrow('there is no profile prdo')
  })

  it('forgets: use --none, remove', async () => {
    expect((await runCommand(ProfileUse)).exitCode).toBe(2)
    expect((await runCommand(ProfileUse, '--none', '--json')).json).toEqual({ current: null, previous: 'prod' })
    await runCommand(ProfileUse, 'test')
    expect((await runCommand(ProfileRemove, 'test', '--json')).json).toEqual({ removed: ['test'], current: null })
    expect((await runCommand(ProfileRemove, 'test')).exitCode).toBe(1)
    expect((await runCommand(ProfileUse, 'pord')).stderr).toContain('did you mean prod?')
  })
})

describe('a protected profile', () => {
  let cluster: FakeCluster
  beforeEach(async () => {
    cluster = await startCluster({ topics: { orders: topic([{ start: 0, end: 1 }]) } })
    await add('prod', '-b', cluster.address, '--protected')
  })
  afterEach(() => cluster.close())

  it('lets reading and dry runs pass', async () => {
    expect((await runCommand(TopicsList, '--profile', 'prod')).exitCode).toBe(0)
    expect((await runCommand(TopicsCreate, 'x', '--profile', 'prod', '--dry-run')).exitCode).toBe(0)
  })

  it('refuses a change without its name off a terminal, and takes it with --confirm', async () => {
    expect(await runCommand(TopicsCreate, 'x', '--profile', 'prod')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('--confirm prod'),
    })
    expect((await runCommand(TopicsCreate, 'x', '--profile', 'prod', '--confirm', 'test')).exitCode).toBe(4)
    expect(cluster.topics.has('x')).toBe(false)
    expect((await runCommand(TopicsCreate, 'x', '--profile', 'prod', '--confirm', 'prod')).exitCode).toBe(0)
    expect(cluster.topics.has('x')).toBe(true)
  })

  it('is removed only with a yes', async () => {
    expect((await runCommand(ProfileRemove, 'prod')).exitCode).toBe(4)
    expect((await runCommand(ProfileRemove, 'prod', '--yes')).exitCode).toBe(0)
  })
})
