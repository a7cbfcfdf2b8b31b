/**
 * Bearer tokens for OAUTHBEARER: given, read from a file, made without a signature for development, or fetched with client
 * credentials at an endpoint (RFC 6749 4.4). A fetched token serves all connections until it is about to expire. Errors
 * name the endpoint, never the secret or the token.
 */
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { MqError } from '../base/errors.ts'
import { trustedByDefault } from '../platform/extra-certificates.ts'
import type { TokenSource } from './sasl-options.ts'

const ANSWER_MAX_BYTES = 1 << 20
const ENDPOINT_TIMEOUT_MS = 10_000
/** A token is used for so much of its life, as Java clients do. */
const USABLE_SHARE = 0.8
/**
 * And not when less than this is left: a session ends with its token, brokers take no renewal within a second of the last
 * one, and kafkajs renews a second early. Tokens count whole seconds, which may take one more.
 */
const LEFT_MIN_MS = 3500
const RETRY_PAUSES_MS = [100, 500, 2000] as const

interface CachedToken {
  readonly token: string
  /** On the clock of performance.now(). */
  readonly usableUntilMs: number
}

const fetched = new WeakMap<TokenSource, Promise<CachedToken>>()

function failed(message: string, hint?: string): MqError {
  return new MqError('MQ_AUTHENTICATION', message, hint === undefined ? {} : { hint })
}

/** The bearer token of this source. Throws MqError without the secret in it. */
export async function fetchToken(source: TokenSource): Promise<string> {
  switch (source.kind) {
    case 'token':
      return source.token
    case 'file':
      return readToken(source.path)
    case 'unsecured':
      return unsecured(source.subject, source.lifeSeconds)
    case 'endpoint':
      return (await cached(source)).token
  }
}

async function cached(source: TokenSource & { kind: 'endpoint' }): Promise<CachedToken> {
  const known = fetched.get(source)
  if (known !== undefined) {
    // A token that could not be had before is asked for again below.
    const token = await known.catch(() => undefined)
    if (token !== undefined && token.usableUntilMs > performance.now()) return token
    // Whoever waited with this one may have begun a new fetch already.
    if (fetched.get(source) !== known) return cached(source)
  }
  const fetching = ask(source)
  fetched.set(source, fetching)
  return fetching
}

function readToken(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw failed(`cannot read the token file ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
  if (text === '') throw failed(`the token file ${path} is empty`)
  return text
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function unsecured(subject: string, lifeSeconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  return `${encode({ alg: 'none' })}.${encode({ sub: subject, iat: now, exp: now + lifeSeconds })}.`
}

async function ask(source: TokenSource & { kind: 'endpoint' }): Promise<CachedToken> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  if (source.scope !== undefined) body.set('scope', source.scope)
  const answer = await postPatiently(source, body.toString(), credentialsOf(source))
  if (answer.status !== 200) {
    throw failed(
      `the token endpoint ${shown(source.url)} answered ${answer.status}`,
      answer.status === 400 || answer.status === 401
        ? 'Check the OAuth client id, its secret and the scope.'
        : undefined,
    )
  }
  let document: { access_token?: unknown; expires_in?: unknown } | undefined
  try {
    document = JSON.parse(answer.text)
  } catch {
    // What it said instead may hold anything; that it was no JSON is all that helps.
  }
  const token = document?.access_token
  if (typeof token !== 'string' || token === '') {
    throw failed(`the token endpoint ${shown(source.url)} answered without an access_token`)
  }
  const left = lifeMs(token, document?.expires_in)
  return { token, usableUntilMs: performance.now() + Math.min(left * USABLE_SHARE, left - LEFT_MIN_MS) }
}

/** What is left of the token's life: as the endpoint says, or the token itself when it is a JWT. */
function lifeMs(token: string, expiresIn: unknown): number {
  if (typeof expiresIn === 'number' && expiresIn > 0) return expiresIn * 1000
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp?: unknown }
    if (typeof claims.exp === 'number') return Math.max(0, claims.exp * 1000 - Date.now())
  } catch {
    // An opaque token: it says nothing about itself, so it is fetched anew for each connection.
  }
  return 0
}

function credentialsOf({ clientId, clientSecret, urlEncodes }: TokenSource & { kind: 'endpoint' }): string {
  const parts = [clientId, clientSecret].map((part) => (urlEncodes ? encodeURIComponent(part) : part))
  return Buffer.from(parts.join(':')).toString('base64')
}

/** An address without what may be a password in it. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** An endpoint that is busy, restarting or away for a moment is asked again: a login under way would end with it. */
async function postPatiently(source: TokenSource & { kind: 'endpoint' }, body: string, credentials: string) {
  for (const pauseMs of [...RETRY_PAUSES_MS, undefined]) {
    try {
      const answer = await post(source, body, credentials)
      if (pauseMs === undefined || (answer.status < 500 && answer.status !== 429)) return answer
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException }
      // A certificate does not get better, and who was waited for once is not waited for again.
      const isLasting = cause?.code === undefined || hintOf(cause) !== undefined
      if (pauseMs === undefined || isLasting) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  throw failed(`cannot get a token from ${shown(source.url)}`)
}

async function post(
  source: TokenSource & { kind: 'endpoint' },
  body: string,
  credentials: string,
): Promise<{ status: number; text: string }> {
  const { url } = source
  // Loaded here: few commands need it, and all would wait for it.
  const client = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const trusted =
    source.ca === undefined ? trustedByDefault() : [...(trustedByDefault() ?? rootCertificates), source.ca]
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const text = `cannot get a token from ${shown(url)}: ${reasonOf(error)}`
      reject(Object.assign(failed(text, hintOf(error)), { cause: error }))
    }
    const options = {
      method: 'POST',
      timeout: ENDPOINT_TIMEOUT_MS,
      headers: {
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      ...(trusted === undefined ? {} : { ca: trusted }),
    }
    const request = client.request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
        if (text.length > ANSWER_MAX_BYTES) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', fail)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ENDPOINT_TIMEOUT_MS / 1000}s`)))
    request.on('error', fail)
    request.end(body)
  })
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' ? 'connection refused' : (code ?? error.message)
}

function hintOf(error: Error): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code)) {
    return 'The endpoint needs a certificate of a known CA: ssl.truststore.location in the jaas line or the file, or https.ca.location.'
  }
  return undefined
}
