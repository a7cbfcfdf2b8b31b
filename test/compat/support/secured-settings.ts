/**
 * The client.properties that the secured listeners take, each kind once: TLS with every format of store, mutual TLS, each SASL
 * mechanism, in Java's names and librdkafka's.
 */
import { readFileSync } from 'node:fs'
import { type ListenerName, SECRETS, type SecuredKafka } from './secured-kafka.ts'

const MODULE = 'org.apache.kafka.common.security'

export type Properties = Record<string, string>

/** One way to connect: what it is, through which listener, with which properties. */
export type Setting = [name: string, listener: ListenerName, properties: () => Properties]

/** The pieces that settings are made of. The node may start later: nothing is read before a piece is asked for. */
export function securedSettings(node: () => SecuredKafka) {
  const pem = (name: string) => readFileSync(node().path(name), 'utf8')
  /** As Java's properties hold PEM: one line. */
  const flat = (name: string) => pem(name).replaceAll('\n', ' ')
  const trustJks = () => ({
    'ssl.truststore.location': node().path('trust.jks'),
    'ssl.truststore.password': SECRETS.store,
  })
  const trustP12 = () => ({
    'ssl.truststore.location': node().path('trust.p12'),
    'ssl.truststore.type': 'PKCS12',
    'ssl.truststore.password': SECRETS.store,
  })
  const jaas = (module: string, password: string) =>
    `${MODULE}.${module} required username="alice" password="${password}";`
  const oauthJaas = () =>
    `${MODULE}.oauthbearer.OAuthBearerLoginModule required clientId="alice" clientSecret="${SECRETS.client}" scope="kafka";`

  const settings: Setting[] = [
    ['TLS, JKS truststore', 'TLS', () => ({ 'security.protocol': 'SSL', ...trustJks() })],
    ['TLS, PKCS12 truststore', 'TLS', () => ({ 'security.protocol': 'SSL', ...trustP12() })],
    [
      'TLS, PEM file',
      'TLS',
      () => ({
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': node().path('ca.pem'),
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
        'ssl.keystore.location': node().path('client.jks'),
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
        'ssl.keystore.location': node().path('client-keytool.p12'),
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
        'ssl.ca.location': node().path('ca.pem'),
        'ssl.certificate.location': node().path('client.pem'),
        'ssl.key.location': node().path('client-locked.key'),
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
        'ssl.ca.location': node().path('ca.pem'),
      }),
    ],
    ...(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map(
      (mechanism): Setting => [
        mechanism,
        'SASLTLS',
        () => ({
          'security.protocol': 'SASL_SSL',
          'sasl.mechanism': mechanism,
          'sasl.jaas.config': jaas('scram.ScramLoginModule', SECRETS.scram),
          ...trustP12(),
        }),
      ],
    ),
    [
      'OAUTHBEARER, client in the jaas line',
      'OAUTH',
      () => ({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': node().tokenUrl,
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
        'sasl.oauthbearer.token.endpoint.url': node().tokenUrl,
        'sasl.oauthbearer.client.credentials.client.id': 'alice',
        'sasl.oauthbearer.client.credentials.client.secret': SECRETS.client,
        'sasl.oauthbearer.scope': 'kafka',
        ...trustP12(),
      }),
    ],
  ]

  return { settings, trustJks, trustP12, jaas, oauthJaas }
}
