/**
 * Keeps secrets off the command line, where `ps` and shell histories show them: which client settings are secret, and the
 * references `${env:NAME}` and `${file:PATH:KEY}` (as Kafka's config providers read them) that stand for one.
 */
import { readFileSync } from 'node:fs'
import { ConfigError, UsageError } from '../base/errors.ts'
import { parseProperties } from '../config/properties.ts'

const SECRET_KEYS = /password|passphrase|secret|^sasl\.jaas\.config$|^sasl\.oauthbearer\.token$|\.key(?:\.pem)?$/i
const REFERENCE = /\$\{(env|file):([^}]+)\}/g

/** Whether the value of this setting is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEYS.test(key)
}

/** Refuses secrets that were typed on the command line. Throws UsageError that names the key only. */
export function refuseTypedSecrets(properties: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(properties)) {
    if (!isSecretKey(key) || value.replaceAll(REFERENCE, '').trim() === '') continue
    // A jaas line may hold no secret at all, or only references.
    if (key === 'sasl.jaas.config' && !/(?:password|secret|token)\w*\s*=\s*"?(?!\$\{)[^\s";]/i.test(value)) continue
    throw new UsageError(
      `-X ${key}: a secret on the command line can be seen by every user of this machine`,
      `put it into a file that only you can read (--command-config FILE), or give -X '${key}=\${env:VARIABLE}'`,
    )
  }
}

/** Puts values in place of references. Throws ConfigError for a variable, file or key that is not there. */
export function withReferences(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      value.includes('${') ? value.replaceAll(REFERENCE, (_all, kind, what) => lookUp(key, kind, what)) : value,
    ]),
  )
}

function lookUp(key: string, kind: string, what: string): string {
  if (kind === 'env') {
    const value = process.env[what]
    if (value === undefined) throw new ConfigError(key, `${key}: the environment variable ${what} is not set`)
    return value
  }
  const colon = what.lastIndexOf(':')
  const path = colon < 0 ? what : what.slice(0, colon)
  const name = colon < 0 ? '' : what.slice(colon + 1)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(key, `${key}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
  const value = parseProperties(text)[name]
  if (value === undefined)
    throw new ConfigError(key, `${key}: ${path} has no setting ${name === '' ? '(none named)' : name}`)
  return value
}
