/**
 * mq against the secured listeners of an Apache Kafka node, with the client.properties that Java's tools take and the names of
 * librdkafka: the same commands on each, clear errors for each mistake, and no secret in arguments, output or files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mq } from './support/bundled.ts'
import { apacheKafkaPeer, describeWith, KAFKA_3_VERSION, repositoryRoot } from './support/peers.ts'
import { eventually, type Finished, Running } from './support/process.ts'
import {
  type ListenerName,
  SECRETS,
  type SecuredKafka,
  startSecuredKafka,
  TOKEN_LIFE_SECONDS,
} from './support/secured-kafka.ts'
import { type Properties, securedSettings } from './support/secured-settings.ts'

describeWith('mq on secured listeners', apacheKafkaPeer(), () => {
  let kafka: SecuredKafka
  let home = ''
  /** Everything that any command printed. */
  let printed = ''
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'compat-secured-home-'))
    kafka = await startSecuredKafka()
  })
  afterAll(async () => {
    await kafka?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  let files = 0
  /** Writes a client.properties and answers the words that name it and the listener. */
  function connection(listener: ListenerName, properties: Record<string, string>): string[] {
    const file = join(home, `client-${++files}.properties`)
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value.replaceAll('\n', '\\n')}\n`)
    writeFileSync(file, lines.join(''), { mode: 0o600 })
    return ['-b', kafka.address(listener), '--command-config', file]
  }

  async function run(args: string[], input?: string, env: Record<string, string> = {}): Promise<Finished> {
    const done = await mq(args, { env: { MQ_HOME: home, ...env }, ...(input === undefined ? {} : { input }) })
    printed += done.stdout + done.stderr
    return done
  }

  const { settings, trustJks, trustP12, jaas, oauthJaas } = securedSettings(() => kafka)

  describe('work the same', () => {
    it.each(
      settings.map(([name, listener, properties], index) => ({ name, listener, properties, index })),
    )('$name', async ({ listener, properties, index }) => {
      const at = connection(listener, properties())
      const topic = `secured-${index}`
      expect(await run(['topics', 'create', topic, ...at])).toMatchObject({ code: 0 })
      const sent = await run(['produce', topic, '--key-separator', ':', ...at], 'a:1\nb:2\n')
      expect(sent).toMatchObject({ code: 0 })
      const all = ['consume', topic, '--from', 'earliest', '--until', 'latest', ...at]
      expect(await run(all)).toMatchObject({ code: 0, stdout: '1\n2\n' })
      const grouped = await run([...all, '--group', `${topic}-group`])
      expect(grouped).toMatchObject({ code: 0, stdout: '1\n2\n' })
      const groups = await run(['groups', 'list', '--json', ...at])
      expect(JSON.parse(groups.stdout).groups.map(({ group }: { group: string }) => group)).toContain(`${topic}-group`)
      const lag = await run(['lag', 'show', `${topic}-group`, '--json', ...at])
      expect(JSON.parse(lag.stdout).groups[0]).toMatchObject({ totalLag: 0 })
      const config = await run(['config', 'get', '--topic', topic, 'retention.ms', ...at])
      expect(config).toMatchObject({ code: 0 })
    })
  })

  it('a session that ends with its token is renewed, while records come', async () => {
    const properties = settings.find(([name]) => name.includes('jaas line'))![2]()
    const at = connection('OAUTH', properties)
    expect((await run(['topics', 'create', 'secured-long', ...at])).code).toBe(0)
    const given = kafka.tokensGiven()
    const consume = (...more: string[]) => {
      const words = ['consume', 'secured-long', '--from', 'earliest', ...more, ...at]
      return new Running(process.execPath, [join(repositoryRoot, 'bin', 'run.js'), ...words], {
        env: { MQ_HOME: home },
      })
    }
    const consumer = consume()
    const member = consume('--group', 'secured-long')
    const started = Date.now()
    let count = 0
    // What every user of the machine can see.
    if (process.platform === 'linux') printed += readFileSync(`/proc/${consumer.child.pid}/cmdline`, 'utf8')
    while (Date.now() - started <= TOKEN_LIFE_SECONDS * 2000) {
      expect(await run(['produce', 'secured-long', ...at], `r${++count}\n`)).toMatchObject({ code: 0 })
    }
    // A member that lost its connection is out of its group until its session ends.
    for (const [name, one] of Object.entries({ consumer, member })) {
      const isThere = async () => {
        if (!one.stdout.includes(`r${count}\n`)) throw new Error(`its last words: ${one.stderr.slice(-2000)}`)
        return true
      }
      await eventually(`record ${count} at the ${name}`, isThere, 120_000)
    }
    for (const one of [consumer, member]) {
      const done = await one.stop('SIGINT')
      printed += done.stdout + done.stderr
      expect({ code: done.code, stderr: done.stderr }).toMatchObject({ code: 130 })
      expect(done.stdout).toBe(Array.from({ length: count }, (_, index) => `r${index + 1}\n`).join(''))
    }
    expect(kafka.tokensGiven()).toBeGreaterThan(given + 2)
  })

  const mistakes: [
    name: string,
    listener: ListenerName,
    properties: () => Properties,
    error: { code: RegExp; message: RegExp; hint: RegExp },
  ][] = [
    [
      'a wrong password',
      'SASL',
      () => ({
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': jaas('plain.PlainLoginModule', `${SECRETS.password}x`),
      }),
      { code: /AUTHENTICATION/, message: /refused the login of user alice \(PLAIN\)/, hint: /password/ },
    ],
    [
      'a wrong SCRAM password',
      'SASLTLS',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config': jaas('scram.ScramLoginModule', `${SECRETS.scram}x`),
        ...trustJks(),
      }),
      { code: /AUTHENTICATION/, message: /refused the login of user alice \(SCRAM-SHA-512\)/, hint: /password/ },
    ],
    [
      'a mechanism that is not offered',
      'OAUTH',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': 'alice',
        'sasl.password': SECRETS.password,
        ...trustJks(),
      }),
      { code: /AUTHENTICATION/, message: /does not offer the SASL mechanism PLAIN/, hint: /OAUTHBEARER/ },
    ],
    [
      'another authority',
      'TLS',
      () => ({ 'security.protocol': 'SSL', 'ssl.ca.location': kafka.path('stranger.pem') }),
      { code: /TLS/, message: /not trusted/, hint: /truststore/ },
    ],
    [
      'no truststore',
      'TLS',
      () => ({ 'security.protocol': 'SSL' }),
      { code: /TLS/, message: /not trusted/, hint: /ca/ },
    ],
    [
      'an expired certificate',
      'EXPIRED',
      () => ({ 'security.protocol': 'SSL', ...trustJks() }),
      { code: /TLS/, message: /expired/, hint: /renew|clock/ },
    ],
    [
      'a certificate of another host',
      'OTHERHOST',
      () => ({ 'security.protocol': 'SSL', ...trustJks() }),
      { code: /TLS/, message: /another host|kafka\.example\.com|ALTNAME/, hint: /identification/ },
    ],
    [
      'no client certificate',
      'MUTUAL',
      () => ({ 'security.protocol': 'SSL', ...trustJks() }),
      { code: /TLS|CLOSED/, message: /./, hint: /client/ },
    ],
    ['plaintext to TLS', 'TLS', () => ({}), { code: /TLS|CLOSED/, message: /./, hint: /security\.protocol=SSL/ }],
    [
      'TLS to plaintext',
      'PLAINTEXT',
      () => ({ 'security.protocol': 'SSL', ...trustJks() }),
      { code: /TLS/, message: /TLS/, hint: /PLAINTEXT/ },
    ],
    ['no login where one is due', 'SASL', () => ({}), { code: /CLOSED/, message: /closed/, hint: /SASL/ }],
    [
      'a login where none is taken',
      'PLAINTEXT',
      () => ({
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': 'alice',
        'sasl.password': SECRETS.password,
      }),
      { code: /AUTHENTICATION/, message: /takes no SASL login/, hint: /security\.protocol/ },
    ],
    [
      'a wrong client secret',
      'OAUTH',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': kafka.tokenUrl,
        'sasl.jaas.config': oauthJaas().replace(SECRETS.client, `${SECRETS.client}x`),
        ...trustJks(),
      }),
      { code: /AUTHENTICATION/, message: /answered 401/, hint: /secret/ },
    ],
    [
      'a wrong store password',
      'TLS',
      () => ({ 'security.protocol': 'SSL', ...trustP12(), 'ssl.truststore.password': `${SECRETS.store}x` }),
      { code: /CONFIG/, message: /password of the store is wrong/, hint: /ssl\.truststore\.password/ },
    ],
  ]

  describe('say what is wrong', () => {
    it.each(
      mistakes.map(([name, listener, properties, error]) => ({ name, listener, properties, error })),
    )('$name', async ({ listener, properties, error }) => {
      const at = connection(listener, properties())
      for (const words of [
        ['topics', 'list'],
        ['consume', 'secured-0', '--group', 'g'],
        ['produce', 'secured-0'],
      ]) {
        const done = await run([...words, ...at, '--json'], '')
        expect({ words, code: done.code, stdout: done.stdout }).toEqual({ words, code: 1, stdout: '' })
        const shown = JSON.parse(done.stderr).error
        expect(shown.code).toMatch(error.code)
        expect(shown.message).toMatch(error.message)
        expect(shown.hint).toMatch(error.hint)
      }
    })
  })

  it('take no secret on the command line, but a reference to one', async () => {
    const base = ['topics', 'list', '-b', kafka.address('SASL'), '-X', 'security.protocol=SASL_PLAINTEXT']
    const login = [...base, '-X', 'sasl.mechanism=PLAIN', '-X', 'sasl.username=alice']
    const typed = await run([...login, '-X', `sasl.password=${SECRETS.password}`, '--json'])
    expect(typed.code).toBe(2)
    expect(JSON.parse(typed.stderr).error.hint).toContain('--command-config')
    const reference = [...login, '-X', 'sasl.password=$' + '{env:SECURED_PASSWORD}']
    expect(await run(reference, '', { SECURED_PASSWORD: SECRETS.password })).toMatchObject({ code: 0 })
  })

  it('a bug leaves a stack trace, and no secret in it', async () => {
    // Stands for a bug: what opens connections fails with all that it was given.
    const breaking = join(home, 'client-breaking.mjs')
    writeFileSync(
      breaking,
      `import tls from 'node:tls'
       import { syncBuiltinESMExports } from 'node:module'
       tls.connect = () => { throw new TypeError('broken on purpose') }
       syncBuiltinESMExports()`,
    )
    const [, listener, properties] = settings.find(([name]) => name.includes('encrypted key'))!
    for (const words of [['topics', 'list'], ['produce', 'secured-0'], ['smoke']]) {
      const done = await run([...words, ...connection(listener, properties()), '--json'], 'x\n', {
        NODE_OPTIONS: `--import ${breaking}`,
      })
      expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 70, stdout: '' })
      const { error } = JSON.parse(done.stderr)
      expect(error).toMatchObject({ code: 'MQ_BUG', message: expect.stringContaining('broken on purpose') })
      const file = /the stack trace is in (.*)$/.exec(error.hint)![1]!
      expect(file.startsWith(home)).toBe(true)
      expect(statSync(file).mode & 0o077).toBe(0)
      expect(readFileSync(file, 'utf8')).toContain('TypeError: broken on purpose')
    }
  })

  it('no secret was printed or left in a file', () => {
    const left = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('client-'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    // The crash files of the test before are among them.
    expect(left.length).toBeGreaterThanOrEqual(3)
    const text = [printed, ...left].join('\n')
    for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/PRIVATE KEY|eyJ[\w-]+\.eyJ/)
  })
})

describeWith('mq on secured listeners of 3.x', apacheKafkaPeer(KAFKA_3_VERSION), () => {
  let kafka: SecuredKafka
  let home = ''
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'compat-secured-home-'))
    kafka = await startSecuredKafka(KAFKA_3_VERSION)
  })
  afterAll(async () => {
    await kafka?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const { settings } = securedSettings(() => kafka)
  const some = [
    'mutual TLS, JKS',
    'SASL PLAIN, names of librdkafka',
    'SCRAM-SHA-256',
    'SCRAM-SHA-512',
    'OAUTHBEARER, client in the jaas line',
  ]
  it.each(
    settings
      .filter(([name]) => some.includes(name))
      .map(([name, listener, properties], index) => ({ name, listener, properties, index })),
  )('$name', async ({ listener, properties, index }) => {
    const file = join(home, `client-${index}.properties`)
    const lines = Object.entries(properties()).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(file, lines.join(''), { mode: 0o600 })
    const at = { env: { MQ_HOME: home, MQ_BOOTSTRAP_SERVER: kafka.address(listener), MQ_COMMAND_CONFIG: file } }
    const topic = `secured-${index}`
    expect(await mq(['topics', 'create', topic], at)).toMatchObject({ code: 0 })
    expect(await mq(['produce', topic], { ...at, input: '1\n2\n' })).toMatchObject({ code: 0 })
    const all = ['consume', topic, '--from', 'earliest', '--until', 'latest']
    expect(await mq(all, at)).toMatchObject({ code: 0, stdout: '1\n2\n' })
    expect(await mq([...all, '--group', `${topic}-group`], at)).toMatchObject({ code: 0, stdout: '1\n2\n' })
    expect(await mq(['smoke', '--messages', '20'], at)).toMatchObject({ code: 0 })
  })
})
