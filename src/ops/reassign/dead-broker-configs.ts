/**
 * Settings of brokers that are gone: brokers take only their own, so these go to the controllers, whose addresses DescribeQuorum
 * tells (3.9 and later). Whether they can be reached from here with the same security is another matter; a failure says no more
 * than that the setting stays.
 */
import { ClusterClient } from '../../client/cluster-client.ts'
import type { HostPort } from '../../client/options.ts'
import { MqError } from '../../base/errors.ts'
import type { ThrottleSetting } from './world.ts'

const BROKER_RESOURCE = 4
const SET = 0
const UNSET = 1
/** Controllers that are behind a firewall do not answer at all. */
const WAIT_MS = 5000

/** Writes the settings through the active controller; returns those that could not be written. */
export async function writeThroughControllers(
  client: ClusterClient,
  settings: readonly ThrottleSetting[],
): Promise<ThrottleSetting[]> {
  if (settings.length === 0) return []
  let controllers: ClusterClient | undefined
  try {
    const bootstrap = await controllerAddresses(client)
    if (bootstrap.length === 0) return [...settings]
    controllers = await ClusterClient.connect({
      ...client.options,
      ...{ bootstrap, bootstrapKind: 'controller', apiTimeoutMs: WAIT_MS, requestTimeoutMs: WAIT_MS },
    })
    return await write(controllers, settings)
  } catch (error) {
    // Not reachable, not permitted, too old: the caller says that they stay.
    if (!(error instanceof MqError)) throw error
    return [...settings]
  } finally {
    controllers?.close()
  }
}

async function controllerAddresses(client: ClusterClient): Promise<HostPort[]> {
  if ((client.bootstrap.version('DescribeQuorum') ?? 0) < 2) return []
  const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
  const { nodes } = await client.request('DescribeQuorum', { topics })
  return nodes.flatMap(({ listeners }) => listeners.slice(0, 1).map(({ host, port }) => ({ host, port })))
}

async function write(controllers: ClusterClient, settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]> {
  const brokerOf = ({ entity }: ThrottleSetting) => ('broker' in entity ? entity.broker : -1)
  const brokers = [...new Set(settings.map(brokerOf))]
  const { responses } = await controllers.request(
    'IncrementalAlterConfigs',
    {
      resources: brokers.map((id) => ({
        ...{ resourceType: BROKER_RESOURCE, resourceName: String(id) },
        configs: settings
          .filter((setting) => brokerOf(setting) === id)
          .map(({ key, value }) => ({ name: key, configOperation: value === null ? UNSET : SET, value })),
      })),
      validateOnly: false,
    },
    'controller',
  )
  const refused = new Set(responses.flatMap((one) => (one.errorCode === 0 ? [] : [Number(one.resourceName)])))
  return settings.filter((setting) => refused.has(brokerOf(setting)))
}
