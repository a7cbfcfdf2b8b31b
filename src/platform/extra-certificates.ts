/**
 * The certificates of NODE_EXTRA_CA_CERTS for tools that Node starts without it: Node reads and checks that file at every start, which
 * with a system's whole bundle takes longer than most tools do. The scripts of `mq shims install` name it MQ_EXTRA_CA_CERTS instead.
 */
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'

export const EXTRA_CA_CERTS = 'MQ_EXTRA_CA_CERTS'

/**
 * What is trusted where nothing else is said: Node's own certificates and those of the file. Undefined when there is no such file named:
 * Node knows best then. One that cannot be read is warned of and left out, as Node does.
 */
export function trustedByDefault(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] | undefined {
  const path = env[EXTRA_CA_CERTS]
  if (path === undefined || path === '') return undefined
  try {
    return [...rootCertificates, readFileSync(path, 'latin1')]
  } catch (error) {
    process.emitWarning(`Ignoring extra certs from ${path}: ${(error as NodeJS.ErrnoException).code}`)
    return undefined
  }
}
