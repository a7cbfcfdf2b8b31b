/**
 * mq against the secured listeners of an Apache Kafka node, with the client.properties that Java's tools take and the names of
 * librdkafka: the same commands on each, clear errors for each mistake, and no secret in arguments, output or files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mq } from './support/bundled.ts'
import { apacheKafkaPeer, describeWith, repositoryRoot } from './support/peers.ts'
import { eventually, type Finished, Running } from './support/process.ts'
import {
  type ListenerName,
  SECRETS,
  type SecuredKafka,
  startSecuredKafka,
  TOKEN_LIFE_SECONDS,
} from './support/secured-kafka.ts'

const MODULE = 'org.apache.kafka.common.security'

describeWith('mq on secured listeners', apacheKafkaPeer(), () => {
  let kafka: SecuredKafka
  let home = ''
  /** Everything that any command printed. */
  let printed = ''
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'compat-secured-home-'))
    kafka = await startSecuredKafka()
  }, 240_000)
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

  const pem = (name: string) => readFileSync(kafka.path(name), 'utf8')
  /** As Java's properties hold PEM: one line. */
  const flat = (name: string) => pem(name).replaceAll('\n', ' ')
  const trustJks = () => ({
    'ssl.truststore.location': kafka.path('trust.jks'),
    'ssl.truststore.password': SECRETS.store,
  })
  const trustP12 = () => ({
    'ssl.truststore.location': kafka.path('trust.p12'),
    'ssl.truststore.type': 'PKCS12',
    'ssl.truststore.password': SECRETS.store,
  })
  const jaas = (module: string, password: string) =>
    `${MODULE}.${module} required username="alice" password="${password}";`
  const oauthJaas = () =>
    `${MODULE}.oauthbearer.OAuthBearerLoginModule required clientId="alice" clientSecret="${SECRETS.client}" scope="kafka";`

  const settings: [name: string, listener: ListenerName, properties: () => Record<string, string>][] = [
    ['TLS, JKS truststore', 'TLS', () => ({ 'security.protocol': 'SSL', ...trustJks() })],
    ['TLS, PKCS12 truststore', 'TLS', () => ({ 'security.protocol': 'SSL', ...trustP12() })],
    [
      'TLS, PEM file',
      'TLS',
      () => ({
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': kafka.path('ca.pem'),
      }),
    ],
    [
      'TLS, another host accepted',
      'OTHERHOST',
      () => ({ 'security.protocol': 'SSL', ...trustJks(), 'ssl.endpoint.identification.algorithm': '' }),
    ],
    [
      'mutual TLS, JKS',
      'MUTUAL',
      () => ({
        'security.protocol': 'SSL',
        ...trustJks(),
        'ssl.keystore.location': kafka.path('client.jks'),
        'ssl.keystore.password': SECRETS.store,
        'ssl.key.password': SECRETS.key,
      }),
    ],
    [
      'mutual TLS, PKCS12 of keytool',
      'MUTUAL',
      () => ({
        'security.protocol': 'SSL',
        ...trustP12(),
        'ssl.keystore.location': kafka.path('client-keytool.p12'),
        'ssl.keystore.password': SECRETS.store,
      }),
    ],
    [
      'mutual TLS, inline PEM with an encrypted key',
      'MUTUAL',
      () => ({
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': flat('ca.pem'),
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': flat('client.pem'),
        'ssl.keystore.key': flat('client-locked.key'),
        'ssl.key.password': SECRETS.key,
      }),
    ],
    [
      'mutual TLS, names of librdkafka',
      'MUTUAL',
      () => ({
        'security.protocol': 'ssl',
        'ssl.ca.location': kafka.path('ca.pem'),
        'ssl.certificate.location': kafka.path('client.pem'),
        'ssl.key.location': kafka.path('client-locked.key'),
        'ssl.key.password': SECRETS.key,
      }),
    ],
    [
      'SASL PLAIN without TLS',
      'SASL',
      () => ({
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': jaas('plain.PlainLoginModule', SECRETS.password),
      }),
    ],
    [
      'SASL PLAIN, names of librdkafka',
      'SASLTLS',
      () => ({
        'security.protocol': 'sasl_ssl',
        'sasl.mechanisms': 'PLAIN',
        'sasl.username': 'alice',
        'sasl.password': SECRETS.password,
        'ssl.ca.location': kafka.path('ca.pem'),
      }),
    ],
    ...(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map((mechanism): (typeof settings)[number] => [
      mechanism,
      'SASLTLS',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': mechanism,
        'sasl.jaas.config': jaas('scram.ScramLoginModule', SECRETS.scram),
        ...trustP12(),
      }),
    ]),
    [
      'OAUTHBEARER, client in the jaas line',
      'OAUTH',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': kafka.tokenUrl,
        'sasl.jaas.config': oauthJaas(),
        ...trustJks(),
      }),
    ],
    [
      'OAUTHBEARER, client in its own keys',
      'OAUTH',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': kafka.tokenUrl,
        'sasl.oauthbearer.client.credentials.client.id': 'alice',
        'sasl.oauthbearer.client.credentials.client.secret': SECRETS.client,
        'sasl.oauthbearer.scope': 'kafka',
        ...trustP12(),
      }),
    ],
  ]

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
    const consumer = new Running(
      process.execPath,
      [join(repositoryRoot, 'bin', 'run.js'), 'consume', 'secured-long', '--from', 'earliest', ...at],
      { env: { MQ_HOME: home } },
    )
    const started = Date.now()
    let count = 0
    await eventually(
      'records after the life of two tokens',
      async () => {
        expect((await run(['produce', 'secured-long', ...at], `r${++count}\n`)).code).toBe(0)
        const lived = Date.now() - started > TOKEN_LIFE_SECONDS * 2000
        return lived && consumer.stdout.includes(`r${count}\n`)
      },
      60_000,
    )
    const done = await consumer.stop('SIGINT')
    printed += done.stdout + done.stderr
    expect(done.code).toBe(130)
    expect(done.stdout).toBe(Array.from({ length: count }, (_, index) => `r${index + 1}\n`).join(''))
    expect(kafka.tokensGiven()).toBeGreaterThan(given + 2)
  })

  const mistakes: [
    name: string,
    listener: ListenerName,
    properties: () => Record<string, string>,
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

  it('no secret was printed or left in a file', () => {
    const left = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('client-'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    const text = [printed, ...left].join('\n')
    for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/PRIVATE KEY|eyJ[\w-]+\.eyJ/)
  })
})
