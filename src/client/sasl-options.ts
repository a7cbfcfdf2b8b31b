/**
 * SASL settings of a client from Java's names (jaas line included) or librdkafka's. Knows PLAIN, SCRAM-SHA-256,
 * SCRAM-SHA-512 and OAUTHBEARER (a given token, an unsecured one for tests, or client credentials at an endpoint).
 */
import { ConfigError } from '../base/errors.ts'

export type SaslOptions =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: TokenSource }

export type TokenSource =
  | { readonly kind: 'token'; readonly token: string }
  /** A token without a signature: what Kafka's built-in login makes for development. */
  | { readonly kind: 'unsecured'; readonly subject: string; readonly lifeSeconds: number }
  | {
      readonly kind: 'endpoint'
      readonly url: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope: string | undefined
    }

type Properties = Readonly<Record<string, string>>
type ReadFile = (key: string, path: string) => Buffer

/** The options of a jaas line: `Module required username="a" password="b";`. */
export function parseJaas(text: string): { module: string; options: Record<string, string> } {
  const match = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b([\s\S]*?);?\s*$/i.exec(text)
  if (match === null) {
    throw new ConfigError(
      'sasl.jaas.config',
      'sasl.jaas.config is no login module line',
      'It looks like: org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";',
    )
  }
  const options: Record<string, string> = {}
  for (const [, key, quoted, plain] of match[2]!.matchAll(/([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/g)) {
    options[key!] = quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1')
  }
  return { module: match[1]!, options }
}

function required(value: string | undefined, key: string, what: string): string {
  if (value !== undefined && value !== '') return value
  throw new ConfigError(key, `${what} is missing`, `Set ${key}.`)
}

/** Resolves the SASL options. Throws ConfigError. */
export function saslOptions(properties: Properties, readFile: ReadFile): SaslOptions {
  const jaasText = properties['sasl.jaas.config']
  const jaas = jaasText === undefined ? { module: '', options: {} as Record<string, string> } : parseJaas(jaasText)
  const given = properties['sasl.mechanism'] ?? properties['sasl.mechanisms'] ?? mechanismOf(jaas.module)
  const mechanism = given?.trim().toUpperCase()
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512': {
      const key = jaasText === undefined ? 'sasl.username' : 'sasl.jaas.config'
      return {
        mechanism,
        username: required(jaas.options.username ?? properties['sasl.username'], key, 'the SASL user name'),
        password: required(
          jaas.options.password ?? properties['sasl.password'],
          key === 'sasl.username' ? 'sasl.password' : key,
          'the SASL password',
        ),
      }
    }
    case 'OAUTHBEARER':
      return { mechanism, token: tokenSource(properties, jaas.options, readFile) }
    default:
      throw new ConfigError(
        'sasl.mechanism',
        mechanism === undefined ? 'sasl.mechanism is missing' : `the SASL mechanism ${mechanism} is not supported`,
        'Supported: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER.',
      )
  }
}

function mechanismOf(module: string): string | undefined {
  if (module.endsWith('PlainLoginModule')) return 'PLAIN'
  if (module.endsWith('OAuthBearerLoginModule')) return 'OAUTHBEARER'
  return undefined
}

function tokenSource(properties: Properties, jaas: Readonly<Record<string, string>>, readFile: ReadFile): TokenSource {
  const token = properties['sasl.oauthbearer.token'] ?? jaas.token
  if (token !== undefined) return { kind: 'token', token }
  const url = properties['sasl.oauthbearer.token.endpoint.url']
  if (url?.startsWith('file:')) {
    const path = decodeURIComponent(new URL(url).pathname)
    return { kind: 'token', token: readFile('sasl.oauthbearer.token.endpoint.url', path).toString('utf8').trim() }
  }
  if (url !== undefined) {
    const id =
      jaas.clientId ??
      properties['sasl.oauthbearer.client.credentials.client.id'] ??
      properties['sasl.oauthbearer.client.id']
    const secret =
      jaas.clientSecret ??
      properties['sasl.oauthbearer.client.credentials.client.secret'] ??
      properties['sasl.oauthbearer.client.secret']
    return {
      kind: 'endpoint',
      url,
      clientId: required(id, 'sasl.oauthbearer.client.credentials.client.id', 'the OAuth client id'),
      clientSecret: required(secret, 'sasl.oauthbearer.client.credentials.client.secret', 'the OAuth client secret'),
      scope: jaas.scope ?? properties['sasl.oauthbearer.scope'],
    }
  }
  const subject = jaas.unsecuredLoginStringClaim_sub
  if (subject !== undefined) {
    return { kind: 'unsecured', subject, lifeSeconds: Number(jaas.unsecuredLoginLifetimeSeconds ?? 3600) }
  }
  throw new ConfigError(
    'sasl.oauthbearer.token.endpoint.url',
    'no source for the OAuth token',
    'Set sasl.oauthbearer.token.endpoint.url with client id and secret, or sasl.oauthbearer.token.',
  )
}
