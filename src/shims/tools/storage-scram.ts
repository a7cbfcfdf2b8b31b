/**
 * `kafka-storage format --add-scram`: users that a cluster begins with, as `SCRAM-SHA-256=[name=alice,password=secret]`, with salt,
 * iterations or a salted password of one's own. What is wrong is told in the original's words.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto'

/** A user; the server's keys are made of it. */
export interface ScramUser {
  readonly name: string
  /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  readonly mechanism: number
  readonly salt: Buffer
  readonly iterations: number
  readonly saltedPassword: Buffer
}

const MECHANISMS: Readonly<Record<string, { code: number; hash: string; bytes: number }>> = {
  'SCRAM-SHA-256': { code: 1, hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { code: 2, hash: 'sha512', bytes: 64 },
}
const ITERATIONS_MIN = 4096
const ITERATIONS_MAX = 16_384
const SALT_BYTES = 24

export class ScramError extends Error {}

/** Throws ScramError. */
export function parseScram(argument: string): ScramUser {
  const at = argument.indexOf('=')
  if (at < 0) throw new ScramError(`Failed to find equals sign in SCRAM argument '${argument}'`)
  const name = argument.slice(0, at)
  const mechanism = MECHANISMS[name]
  if (mechanism === undefined) throw new ScramError(`The add-scram mechanism ${name} is not supported.`)
  const fields = fieldsOf(argument.slice(at + 1))
  const take = (key: string) => {
    const value = fields.get(key)
    fields.delete(key)
    return value
  }
  const user = take('name')
  if (user === undefined) throw new ScramError("You must supply 'name' to add-scram")
  const salt = decoded('salt', take('salt'))
  const iterations = iterationsOf(take('iterations'))
  const password = take('password')
  const salted = decoded('saltedPassword', take('saltedpassword'))
  if (password === undefined && salted === undefined)
    throw new ScramError("You must supply one of 'password' or 'saltedpassword' to add-scram")
  if (salted !== undefined && salt === undefined)
    throw new ScramError("You must supply 'salt' with 'saltedpassword' to add-scram")
  if (fields.size > 0) throw new ScramError(`Unknown SCRAM configurations: ${[...fields.keys()].sort().join(', ')}`)
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    const [sign, limit] = iterations < ITERATIONS_MIN ? ['>=', ITERATIONS_MIN] : ['<=', ITERATIONS_MAX]
    const of = name.replaceAll('-', '_')
    throw new ScramError(`The 'iterations' value must be ${sign} ${limit} for add-scram using ${of}`)
  }
  const ownSalt = salt ?? Buffer.from(randomBytes(SALT_BYTES).toString('hex').slice(0, SALT_BYTES))
  const saltedPassword =
    password === undefined
      ? salted!
      : pbkdf2Sync(password.normalize('NFKC'), ownSalt, iterations, mechanism.bytes, mechanism.hash)
  return { name: user, mechanism: mechanism.code, salt: ownSalt, iterations, saltedPassword }
}

/** `[key=value,…]`; a value may stand in double quotes. The last one of a key counts. */
function fieldsOf(text: string): Map<string, string> {
  if (!text.startsWith('[')) throw new ScramError('Expected configuration string to start with [')
  if (!text.endsWith(']')) throw new ScramError('Expected configuration string to end with ]')
  const fields = new Map<string, string>()
  for (const part of text.slice(1, -1).split(',')) {
    const at = part.indexOf('=')
    if (at < 0) throw new ScramError(`No equals sign found in SCRAM component: ${part}`)
    const value = part.slice(at + 1)
    const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
    fields.set(part.slice(0, at), isQuoted ? value.slice(1, -1) : value)
  }
  return fields
}

function decoded(name: string, text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  if (text.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new ScramError(`Failed to decode given ${name}: ${text}`)
  return Buffer.from(text, 'base64')
}

function iterationsOf(text: string | undefined): number {
  if (text === undefined) return ITERATIONS_MIN
  if (!/^[+-]?\d+$/.test(text)) throw new ScramError(`Failed to parse iterations count: ${text}`)
  return Number(text)
}
