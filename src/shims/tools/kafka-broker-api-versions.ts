/** kafka-broker-api-versions: for each broker the version ranges of its APIs, and the version that a Kafka 4.3.1 client would use. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ClientConnection } from '../../client/connection.ts'
import { type ApiName, apiNameOf, apis } from '../../protocol/apis.ts'
import { fileProperties, NO_CLIENT, withCluster } from '../cluster.ts'
import { JavaError, javaText, tellFailure } from '../failures.ts'
import type { Options } from '../options.ts'
import type { ShimIo, Tool } from '../tool.ts'

export const kafkaBrokerApiVersions: Tool = {
  name: 'kafka-broker-api-versions',
  grammar: {
    kind: 'jopt',
    purpose: 'Shows which versions of which APIs the brokers serve.',
    flags: [
      {
        name: 'bootstrap-server',
        arg: 'required',
        argName: 'host:port,...',
        required: true,
        help: 'Brokers to ask first.',
      },
      { name: 'command-config', arg: 'required', argName: 'file', help: 'Properties of the client.' },
    ],
  },
  run,
  failed(error, io) {
    // The original makes a simpler client, which complains of the address itself.
    const cause = error instanceof JavaError && error.message === NO_CLIENT ? error.causedBy : undefined
    if (cause === undefined) return tellFailure(error, io)
    const at = cause.indexOf(': ')
    return tellFailure(new JavaError(cause.slice(0, at), cause.slice(at + 2)), io)
  },
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const commandConfig = options.one('command-config')
  fileProperties(commandConfig)
  const place = { bootstrapServer: options.one('bootstrap-server'), commandConfig, call: 'listNodes' }
  return withCluster(place, io, async (client) => {
    // Those that serve; no fenced ones.
    const { brokers } = await client.metadata([])
    for (const { id, host, port, rack } of [...brokers].sort((a, b) => a.id - b.id)) {
      io.stdout(`${host}:${port} (id: ${id} rack: ${rack} isFenced: false) -> `)
      try {
        io.stdout(`${await versionsOf(client, { host, port })}\n`)
      } catch (error) {
        io.stdout(`ERROR: ${javaText(error)}\n`)
      }
    }
    return 0
  })
}

const ASKING = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }

async function versionsOf(client: ClusterClient, place: { host: string; port: number }): Promise<string> {
  const connection = await ClientConnection.open(place, client.options)
  try {
    const { apiKeys } = await connection.call('ApiVersions', ASKING)
    return apiTable(
      apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({ key: apiKey, min: minVersion, max: maxVersion })),
    )
  } finally {
    connection.close()
  }
}

/** Of these, Kafka's admin and data clients send none: they are told only where a broker offers them. */
const BETWEEN_NODES =
  /^(Vote|BeginQuorum|EndQuorum|AlterPartition$|Envelope|FetchSnapshot|BrokerRegistration|BrokerHeartbeat|AllocateProducerIds|ControllerRegistration|AssignReplicasToDirs|UpdateRaftVoter|ControlledShutdown)/

/** The table of one broker, in the order of the keys. */
export function apiTable(
  offered: readonly { readonly key: number; readonly min: number; readonly max: number }[],
): string {
  const rows = new Map<number, string>()
  for (const { key, min, max } of offered) {
    const name = apiNameOf(key)
    const range = min === max ? `${min}` : `${min} to ${max}`
    rows.set(key, `${name ?? 'UNKNOWN'}(${key}): ${range}${name === undefined ? '' : ` [${usable(name, min, max)}]`}`)
  }
  for (const [name, api] of Object.entries(apis)) {
    if (!rows.has(api.key) && !BETWEEN_NODES.test(name)) rows.set(api.key, `${name}(${api.key}): UNSUPPORTED`)
  }
  const sorted = [...rows].sort(([one], [other]) => one - other).map(([, row]) => `\t${row}`)
  return `(\n${sorted.join(',\n')}\n)`
}

function usable(name: ApiName, min: number, max: number): string {
  const own = apis[name]
  if (own.max < min) return 'unusable: node too new'
  if (own.min > max) return 'unusable: node too old'
  return `usable: ${Math.min(own.max, max)}`
}
