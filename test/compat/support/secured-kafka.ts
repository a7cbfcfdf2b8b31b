/**
 * One Apache Kafka node with a listener for every kind of security: TLS with and without client certificates, SASL PLAIN and SCRAM
 * with and without TLS, OAUTHBEARER with an HTTPS token endpoint, and listeners whose certificate has expired or names another
 * host. Certificates come from openssl, Java's stores from keytool, SCRAM users from kafka-storage.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaRun, tools } from './apache-kafka.ts'
import { freePorts, servesMetadata } from './node.ts'
import { KAFKA_VERSION } from './peers.ts'
import { eventually, Running, runOk } from './process.ts'

/** Found nowhere else: a test greps for them in everything that mq prints and writes. */
export const SECRETS = {
  password: 'pAssw0rd-Plain-7fd1',
  scram: 'pAssw0rd-Scram-91ce',
  store: 'pAssw0rd-Store-4b02',
  key: 'pAssw0rd-Key-d7e5',
  client: 'cl1ent-Secret-88aa',
} as const

const LISTENERS = ['PLAINTEXT', 'TLS', 'MUTUAL', 'SASL', 'SASLTLS', 'OAUTH', 'EXPIRED', 'OTHERHOST'] as const
export type ListenerName = (typeof LISTENERS)[number]

export interface SecuredKafka {
  readonly folder: string
  /** Paths of what `makeStores` made, by file name. */
  path(name: string): string
  /** `localhost:PORT` of a listener. */
  address(listener: ListenerName): string
  readonly tokenUrl: string
  /** How often the token endpoint was asked. */
  tokensGiven(): number
  stop(): Promise<void>
}

/** A life that a test can outlast; the broker ends a session with its token. */
export const TOKEN_LIFE_SECONDS = 6

async function makeStores(folder: string): Promise<void> {
  const openssl = (...args: string[]) => runOk('openssl', args, { cwd: folder })
  const keytool = (...args: string[]) => runOk('keytool', args, { cwd: folder })
  const authority = async (name: string) => {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`]
    await openssl(...request, '-keyout', `${name}.key`, '-out', `${name}.pem`)
  }
  const issue = async (name: string, host: string, dates: string[] = ['-days', '30']) => {
    const request = ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`]
    await openssl(...request, '-out', `${name}.csr`)
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${host}\n`)
    const from = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...from, ...dates, '-out', `${name}.pem`)
    const store = ['pkcs12', '-export', '-in', `${name}.pem`, '-inkey', `${name}.key`, '-certfile', 'ca.pem']
    await openssl(...store, '-name', name, '-passout', `pass:${SECRETS.store}`, '-out', `${name}.p12`)
  }
  await authority('ca')
  await authority('stranger')
  await issue('broker', 'DNS:localhost,IP:127.0.0.1')
  await issue('otherhost', 'DNS:kafka.example.com')
  await issue('expired', 'DNS:localhost', ['-days', '-1'])
  await issue('client', 'DNS:client')
  const trust = ['-importcert', '-noprompt', '-alias', 'ca', '-file', 'ca.pem', '-storepass', SECRETS.store]
  await keytool(...trust, '-storetype', 'JKS', '-keystore', 'trust.jks')
  await keytool(...trust, '-storetype', 'PKCS12', '-keystore', 'trust.p12')
  const move = ['-importkeystore', '-srckeystore', 'client.p12', '-srcstorepass', SECRETS.store, '-alias', 'client']
  const jks = ['-deststoretype', 'JKS', '-deststorepass', SECRETS.store, '-destkeypass', SECRETS.key]
  await keytool(...move, ...jks, '-destkeystore', 'client.jks')
  const pkcs12 = ['-deststoretype', 'PKCS12', '-deststorepass', SECRETS.store]
  await keytool(...move, ...pkcs12, '-destkeystore', 'client-keytool.p12')
  const locked = [
    'pkcs8',
    '-topk8',
    '-in',
    'client.key',
    '-passout',
    `pass:${SECRETS.key}`,
    '-out',
    'client-locked.key',
  ]
  await openssl(...locked)
  for (const name of ['stranger']) {
    const other = ['-importcert', '-noprompt', '-alias', name, '-file', `${name}.pem`, '-storepass', SECRETS.store]
    await keytool(...other, '-storetype', 'PKCS12', '-keystore', `${name}.p12`)
  }
}

function properties(folder: string, ports: readonly number[], controller: number): string {
  const data = join(folder, 'data')
  mkdirSync(data)
  const module = (name: string) => `org.apache.kafka.common.security.${name} required`
  const plain = `${module('plain.PlainLoginModule')} username="admin" password="${SECRETS.password}" user_alice="${SECRETS.password}";`
  const protocols = ['PLAINTEXT', 'SSL', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL', 'SASL_SSL', 'SSL', 'SSL'] as const
  const stores = (listener: string, name: string) => [
    `listener.name.${listener}.ssl.keystore.type=PKCS12`,
    `listener.name.${listener}.ssl.keystore.location=${join(folder, `${name}.p12`)}`,
    `listener.name.${listener}.ssl.keystore.password=${SECRETS.store}`,
    `listener.name.${listener}.ssl.key.password=${SECRETS.store}`,
    `listener.name.${listener}.ssl.truststore.type=PKCS12`,
    `listener.name.${listener}.ssl.truststore.location=${join(folder, 'trust.p12')}`,
    `listener.name.${listener}.ssl.truststore.password=${SECRETS.store}`,
  ]
  const sasl = (listener: string) => [
    `listener.name.${listener}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512`,
    `listener.name.${listener}.plain.sasl.jaas.config=${plain}`,
    `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${module('scram.ScramLoginModule')};`,
    `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${module('scram.ScramLoginModule')};`,
  ]
  const validator = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler'
  const listeners = LISTENERS.map((name, index) => `${name}://127.0.0.1:${ports[index]}`)
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=${listeners.join(',')},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${LISTENERS.map((name, index) => `${name}://localhost:${ports[index]}`).join(',')}`,
    'inter.broker.listener.name=PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${LISTENERS.map((name, index) => `${name}:${protocols[index]}`).join(',')}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `log.dirs=${data}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'log.cleaner.dedupe.buffer.size=2097152',
    'log.cleaner.threads=1',
    ...['tls', 'mutual', 'sasltls', 'oauth'].flatMap((listener) => stores(listener, 'broker')),
    ...stores('expired', 'expired'),
    ...stores('otherhost', 'otherhost'),
    'listener.name.mutual.ssl.client.auth=required',
    ...['sasl', 'sasltls'].flatMap(sasl),
    'listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER',
    `listener.name.oauth.oauthbearer.sasl.server.callback.handler.class=${validator}`,
    `listener.name.oauth.oauthbearer.sasl.jaas.config=${module('oauthbearer.OAuthBearerLoginModule')};`,
    `listener.name.oauth.sasl.oauthbearer.jwks.endpoint.url=file://${join(folder, 'jwks.json')}`,
    `listener.name.oauth.oauthbearer.sasl.oauthbearer.jwks.endpoint.url=file://${join(folder, 'jwks.json')}`,
    'listener.name.oauth.oauthbearer.sasl.oauthbearer.expected.audience=kafka',
    'listener.name.oauth.oauthbearer.connections.max.reauth.ms=3600000',
    '',
  ].join('\n')
}

/** An OAuth server of one client, with its keys as the broker reads them. */
async function startTokens(folder: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }))
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  let given = 0
  const tls = { key: readFileSync(join(folder, 'broker.key')), cert: readFileSync(join(folder, 'broker.pem')) }
  const server = createServer(tls, (request, response) => {
    const expected = `Basic ${Buffer.from(`alice:${SECRETS.client}`).toString('base64')}`
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}')
      return
    }
    given++
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: 'alice', aud: 'kafka', scope: 'kafka', iat: now, exp: now + TOKEN_LIFE_SECONDS }
    const unsigned = `${encode({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(unsigned), privateKey).toString('base64url')
    const answer = { access_token: `${unsigned}.${signature}`, token_type: 'bearer', expires_in: TOKEN_LIFE_SECONDS }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port, given: () => given }
}

/**
 * Resolves when the node answers for its cluster, whatever it logs meanwhile; rejects with what was awaited, and the end of what it
 * printed, when it ends or the time is over.
 */
async function serving(node: Running, version: string, port: number): Promise<void> {
  const what = `Apache Kafka ${version} with secured listeners`
  const died = node.ended.then(({ code }) => {
    throw new Error(`${what} ended with ${code} before it served`)
  })
  died.catch(() => {})
  try {
    const metadata = `${what} lists itself as a broker when asked for metadata on 127.0.0.1:${port}`
    await Promise.race([died, eventually(metadata, () => servesMetadata(port), 120_000)])
  } catch (error) {
    const printed = (node.stdout + node.stderr).trim().split('\n').slice(-40)
    throw new Error(`${(error as Error).message}; the last lines it printed:\n${printed.join('\n')}`, { cause: error })
  }
}

/** Makes certificates, starts the token endpoint and the node; resolves when it serves. */
export async function startSecuredKafka(version: string = KAFKA_VERSION): Promise<SecuredKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'compat-secured-'))
  await makeStores(folder)
  const tokens = await startTokens(folder)
  const [controller, ...ports] = (await freePorts(LISTENERS.length + 1)) as [number, ...number[]]
  const file = join(folder, 'server.properties')
  writeFileSync(file, properties(folder, ports, controller))
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=alice,password=${SECRETS.scram}]`,
  ])
  await runOk(kafkaRun(version), [
    tools['kafka-storage'],
    'format',
    '-t',
    'MkU3OEVBNTcwNTJENDM2Qg',
    '-c',
    file,
    ...users,
  ])
  const node = new Running(kafkaRun(version), ['kafka.Kafka', file], {
    env: {
      KAFKA_HEAP_OPTS: '-Xms64m -Xmx512m',
      KAFKA_OPTS: `-Dkafka.log.level=INFO -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${join(folder, 'jwks.json')} -Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${join(folder, 'jwks.json')}`,
    },
  })
  try {
    await serving(node, version, ports[0]!)
  } catch (error) {
    await node.stop('SIGKILL')
    tokens.server.close()
    throw error
  }
  return {
    folder,
    path: (name) => join(folder, name),
    address: (listener) => `localhost:${ports[LISTENERS.indexOf(listener)]}`,
    tokenUrl: `https://localhost:${tokens.port}/token`,
    tokensGiven: tokens.given,
    async stop() {
      await node.stop('SIGTERM', 60_000)
      tokens.server.closeAllConnections()
      tokens.server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
