/**
 * Profiles: names for clusters with how to talk to them, in `$MQ_HOME/profiles.json` (mode 0600, replaced whole by a
 * rename). The file holds no secret: passwords stand in a file that a profile names, or in a variable that a value refers
 * to as `${env:NAME}`, read when the profile is used.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, MqError, UsageError } from '../base/errors.ts'
import { similarText } from '../base/similar.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { mqHome } from '../platform/mq-home.ts'

export interface Profile {
  readonly bootstrapServer: string | null
  readonly bootstrapController: string | null
  /** Absolute path of a client.properties. */
  readonly commandConfig: string | null
  /** Further client properties; they win over the file. */
  readonly properties: Readonly<Record<string, string>>
  /** Every change asks for the profile's name first. */
  readonly protected: boolean
}

export interface Profiles {
  readonly current: string | null
  readonly profiles: Readonly<Record<string, Profile>>
}

const FORMAT = 1

export function profilesPath(): string {
  return join(mqHome(), 'profiles.json')
}

/** All profiles; none when there is no file. A file that is not mq's is an error that names it. */
export function readProfiles(): Profiles {
  const path = profilesPath()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { current: null, profiles: {} }
    throw new MqError('MQ_PROFILES', `cannot read ${path}: ${code ?? message}`, { cause: error })
  }
  try {
    const document = JSON.parse(text) as Profiles & { format?: number }
    if (document.format === FORMAT && typeof document.profiles === 'object' && document.profiles !== null) {
      return { current: document.current, profiles: document.profiles }
    }
  } catch {
    // Falls through to the same message: the file is not what mq wrote.
  }
  throw new MqError('MQ_PROFILES', `${path} is not a file of profiles that this mq can read`, {
    hint: 'repair it, or remove it and add the profiles again',
  })
}

/** Replaces the file whole. */
export function writeProfiles(document: Profiles): void {
  const path = profilesPath()
  const next = `${path}.${process.pid}`
  const sorted = Object.fromEntries(Object.entries(document.profiles).sort(([a], [b]) => (a < b ? -1 : 1)))
  try {
    makeDirectory(mqHome())
    writeFileSync(next, `${JSON.stringify({ format: FORMAT, ...document, profiles: sorted }, null, 2)}\n`, {
      mode: 0o600,
    })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    throw new MqError('MQ_PROFILES', `cannot write ${path}: ${code ?? message}`, { cause: error })
  }
}

/** Refuses names that read badly in a shell. */
export function checkProfileName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) return
  throw new UsageError(
    `"${name}" cannot name a profile`,
    'letters, digits, dot, dash and underscore; the first is a letter or a digit; at most 64',
  )
}

/** The profile of that name. Throws with the names that look like it. */
export function profileNamed({ profiles }: Profiles, name: string): Profile {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(profiles)
  const near = similarText(name, names)
  const known = names.length === 0 ? 'mq profile add makes one' : `known: ${names.join(', ')}`
  throw new MqError('MQ_UNKNOWN_PROFILE', `there is no profile ${name}`, {
    hint: near === undefined ? known : `did you mean ${near}? ${known}`,
  })
}

const SECRET = /password|passphrase|secret|jaas\.config|ssl\.key\.pem|keystore\.key$|oauthbearer\.token$|basic\.auth/i
const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Whether a client property of this name holds a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET.test(key)
}

/** Whether a value is made of `${env:NAME}` alone, so that it says nothing itself. */
export function isReference(value: string): boolean {
  return value !== '' && value.replace(REFERENCE, '') === ''
}

/** Values with `${env:NAME}` replaced by the variables. Throws ConfigError for one that is not set. */
export function resolveReferences(
  properties: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      value.replace(REFERENCE, (_, name: string) => {
        const found = environment[name]
        if (found !== undefined) return found
        throw new ConfigError(key, `${key} refers to the variable ${name}, which is not set`, `export ${name}=…`)
      }),
    ]),
  )
}
