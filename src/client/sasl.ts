/**
 * The client's side of SASL: PLAIN, SCRAM-SHA-256 and -512 (RFC 5802, the server's proof is checked) and OAUTHBEARER
 * (RFC 7628). A mechanism is a generator of messages; who sends them is the connection's affair. Secrets stay in here:
 * errors name the user, never the password or token.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { MqError } from '../base/errors.ts'
import { fetchToken } from './oauth-token.ts'
import type { SaslOptions } from './sasl-options.ts'

/** Sends one token to the server and gives its answer. */
export type SaslExchange = (token: Buffer) => Promise<Buffer>

/** Runs the whole exchange. Throws MqError when the server's proof is wrong or a token cannot be had. */
export async function authenticate(options: SaslOptions, exchange: SaslExchange): Promise<void> {
  switch (options.mechanism) {
    case 'PLAIN':
      await exchange(Buffer.from(`\0${options.username}\0${options.password}`))
      return
    case 'SCRAM-SHA-256':
      return scram('sha256', options, exchange)
    case 'SCRAM-SHA-512':
      return scram('sha512', options, exchange)
    case 'OAUTHBEARER':
      return oauthBearer(options, exchange)
  }
}

function failed(message: string, hint?: string): MqError {
  return new MqError('MQ_AUTHENTICATION', message, hint === undefined ? {} : { hint })
}

function attribute(message: string, name: string): string {
  const part = message.split(',').find((entry) => entry.startsWith(`${name}=`))
  if (part === undefined) throw failed('the broker sent a SCRAM message that makes no sense')
  return part.slice(2)
}

async function scram(
  hash: 'sha256' | 'sha512',
  options: { username: string; password: string; isToken?: boolean },
  exchange: SaslExchange,
): Promise<void> {
  const user = options.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const nonce = randomBytes(18).toString('base64url')
  // A delegation token says that it is one.
  const firstBare = `n=${user},r=${nonce}${options.isToken === true ? ',tokenauth=true' : ''}`
  const first = (await exchange(Buffer.from(`n,,${firstBare}`))).toString('utf8')
  const serverNonce = attribute(first, 'r')
  const iterations = Number(attribute(first, 'i'))
  if (!serverNonce.startsWith(nonce) || !(iterations >= 1 && iterations <= 1_000_000)) {
    throw failed('the broker sent a SCRAM challenge that makes no sense')
  }
  const size = hash === 'sha256' ? 32 : 64
  const salt = Buffer.from(attribute(first, 's'), 'base64')
  const salted = await promisify(pbkdf2)(options.password.normalize('NFKC'), salt, iterations, size, hash)
  const mac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
  const clientKey = mac(salted, 'Client Key')
  const storedKey = createHash(hash).update(clientKey).digest()
  const finalBare = `c=biws,r=${serverNonce}`
  const transcript = `${firstBare},${first},${finalBare}`
  const signature = mac(storedKey, transcript)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!))
  const last = (await exchange(Buffer.from(`${finalBare},p=${proof.toString('base64')}`))).toString('utf8')
  if (last.startsWith('e=')) throw failed(`authentication failed: ${last.slice(2)}`)
  const expected = mac(mac(salted, 'Server Key'), transcript)
  const shown = Buffer.from(attribute(last, 'v'), 'base64')
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
    throw failed('the broker could not prove that it knows the password', 'It may not be the broker it claims to be.')
  }
}

async function oauthBearer(options: SaslOptions & { mechanism: 'OAUTHBEARER' }, exchange: SaslExchange): Promise<void> {
  const token = await fetchToken(options.token)
  const extensions = Object.entries(options.extensions).map(([key, value]) => `${key}=${value}\x01`)
  const answer = await exchange(Buffer.from(`n,,\x01auth=Bearer ${token}\x01${extensions.join('')}\x01`))
  if (answer.length > 0) {
    // The server refuses in JSON and waits for one more message before it says so with an error code.
    await exchange(Buffer.from([1]))
    throw failed('authentication failed: the broker refused the token')
  }
}
