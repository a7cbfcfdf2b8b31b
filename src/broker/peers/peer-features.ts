/** What another controller supports, as it says itself. */
import type { PeerClients } from './peer-clients.ts'
import { PeerError } from './peer-connection.ts'

const KRAFT_VERSION = 'kraft.version'
/** Whose levels begin at 0 is listed from this version of ApiVersions on. */
const WITH_ZERO_LEVELS = 4

/** The levels of kraft.version that controller `id` supports; undefined: it does not answer. */
export async function kraftVersionsOf(
  clients: PeerClients,
  id: number,
  timeoutMs: number,
): Promise<{ min: number; max: number } | undefined> {
  const body = () => ({ clientSoftwareName: 'mq', clientSoftwareVersion: 'node' })
  try {
    const asked = { body, version: WITH_ZERO_LEVELS, timeoutMs }
    const { supportedFeatures } = (await clients.send(id, 'raft', 'ApiVersions', asked)).body
    const feature = supportedFeatures.find(({ name }) => name === KRAFT_VERSION)
    return { min: feature?.minVersion ?? 0, max: feature?.maxVersion ?? 0 }
  } catch (error) {
    if (error instanceof PeerError) return undefined
    throw error
  }
}
