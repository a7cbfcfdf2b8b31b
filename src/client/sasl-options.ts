/**
 * SASL settings of a client from Java's names (jaas line included) or librdkafka's. Knows PLAIN, SCRAM-SHA-256,
 * SCRAM-SHA-512 and OAUTHBEARER (a given token, an unsecured one for tests, or client credentials at an endpoint).
 */
import { ConfigError } from '../base/errors.ts'
import { type Properties, type ReadFile, trustedCertificates } from './tls-options.ts'

export type SaslOptions =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
      /** User name and password are those of a delegation token (SCRAM only). */
      readonly isToken?: boolean
    }
  | {
      readonly mechanism: 'OAUTHBEARER'
      readonly token: TokenSource
      /** Sent to the broker beside the token (KIP-342). */
      readonly extensions: Readonly<Record<string, string>>
    }

export type TokenSource =
  | { readonly kind: 'token'; readonly token: string }
  /** Read anew for each login: something else keeps it fresh. */
  | { readonly kind: 'file'; readonly path: string }
  /** A token without a signature: what Kafka's built-in login makes for development. */
  | { readonly kind: 'unsecured'; readonly subject: string; readonly lifeSeconds: number }
  | {
      readonly kind: 'endpoint'
      readonly url: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope: string | undefined
      /** Id and secret are URL-encoded before they go into the header, as RFC 6749 wants it and many endpoints do not. */
      readonly urlEncodes: boolean
      /** Trusted for the endpoint besides the usual authorities, PEM. */
      readonly ca: string | undefined
    }

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
        ...(mechanism !== 'PLAIN' && jaas.options.tokenauth === 'true' ? { isToken: true } : {}),
      }
    }
    case 'OAUTHBEARER':
      return {
        mechanism,
        token: tokenSource(properties, jaas.options, readFile),
        extensions: extensionsOf(properties, jaas.options),
      }
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

function extensionsOf(properties: Properties, jaas: Readonly<Record<string, string>>): Record<string, string> {
  const listed = properties['sasl.oauthbearer.extensions']?.split(',').map((pair) => pair.trim().split('=', 2)) ?? []
  const inJaas = Object.entries(jaas).flatMap(([key, value]) => {
    const name = /^(?:extension_|unsecuredLoginExtension_)(.+)$/.exec(key)?.[1]
    return name === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries([...listed, ...inJaas].filter(([key, value]) => key !== '' && value !== undefined))
}

function tokenSource(properties: Properties, jaas: Readonly<Record<string, string>>, readFile: ReadFile): TokenSource {
  const token = properties['sasl.oauthbearer.token'] ?? jaas.token
  if (token !== undefined) return { kind: 'token', token }
  const key = 'sasl.oauthbearer.token.endpoint.url'
  const url = properties[key]?.trim()
  if (url?.startsWith('file:')) {
    const path = decodeURIComponent(new URL(url).pathname)
    // A missing file is told before anything connects.
    readFile(key, path)
    return { kind: 'file', path }
  }
  if (url !== undefined) return endpoint(key, url, properties, jaas, readFile)
  const subject = jaas.unsecuredLoginStringClaim_sub ?? principalOf(properties['sasl.oauthbearer.config'])
  if (subject !== undefined) {
    return { kind: 'unsecured', subject, lifeSeconds: Number(jaas.unsecuredLoginLifetimeSeconds ?? 3600) }
  }
  throw new ConfigError(
    key,
    'no source for the OAuth token',
    'Set sasl.oauthbearer.token.endpoint.url with client id and secret, or sasl.oauthbearer.token.',
  )
}

/** librdkafka's `principal=admin scope=…`: an unsecured token for development. */
function principalOf(config: string | undefined): string | undefined {
  return /(?:^|\s)principal=(\S+)/.exec(config ?? '')?.[1]
}

function endpoint(
  key: string,
  url: string,
  properties: Properties,
  jaas: Readonly<Record<string, string>>,
  readFile: ReadFile,
): TokenSource {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new ConfigError(key, `${key} is no http, https or file address`)
  }
  const newer = 'sasl.oauthbearer.client.credentials.client'
  const id = properties[`${newer}.id`] ?? jaas.clientId ?? properties['sasl.oauthbearer.client.id']
  const secret = properties[`${newer}.secret`] ?? jaas.clientSecret ?? properties['sasl.oauthbearer.client.secret']
  const caFile = properties['https.ca.location']
  return {
    kind: 'endpoint',
    url,
    clientId: required(id, `${newer}.id`, 'the OAuth client id'),
    clientSecret: required(secret, `${newer}.secret`, 'the OAuth client secret'),
    scope: properties['sasl.oauthbearer.scope'] ?? jaas.scope,
    urlEncodes: properties['sasl.oauthbearer.header.urlencode']?.trim() === 'true',
    ca:
      caFile === undefined
        ? (trustedCertificates(jaas, readFile) ?? trustedCertificates(properties, readFile))
        : readFile('https.ca.location', caFile).toString('latin1'),
  }
}
