/** Stands in for kafka-log-dirs: two lines for people, then one JSON document, all on stdout. */
import type { ResponseOf } from '../../protocol/apis.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { withCluster } from '../cluster.ts'
import { exceptionName } from '../failures.ts'
import { hashOrder, javaSplit, parseInteger, partitionHash, stringHash } from '../java.ts'
import type { Options } from '../options.ts'
import { type Flag, type ShimIo, type Tool, ToolExit } from '../tool.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text('bootstrap-server', 'host:port,…', 'The brokers to connect to first. Required.'),
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'describe', help: 'Show the log directories of brokers. Required.' },
  { ...text('topic-list', 'topic,…', 'Only these topics.'), default: '' },
  { ...text('broker-list', 'id,…', 'Only these brokers.'), default: '' },
]

const listOf = (text: string) => [...new Set(javaSplit(text, ',').filter((entry) => entry !== ''))]
const byValue = (id: number) => id

async function run(options: Options, io: ShimIo): Promise<number> {
  options.require('bootstrap-server', 'describe')
  const place = { bootstrapServer: options.one('bootstrap-server'), commandConfig: options.one('command-config') }
  const properties = { 'client.id': 'log-dirs-tool' }
  return withCluster({ ...place, properties, call: 'listNodes' }, io, async (client) => {
    const topics = new Set(listOf(options.one('topic-list') ?? ''))
    const { brokers } = await client.metadata([])
    const cluster = hashOrder(
      brokers.map((broker) => broker.id),
      byValue,
    )
    const wanted = listOf(options.one('broker-list') ?? '').map(parseInteger)
    const unknown = hashOrder(
      wanted.filter((id) => !cluster.includes(id)),
      byValue,
    )
    if (unknown.length > 0) {
      const message = `ERROR: The given brokers do not exist from --broker-list: ${unknown.join(',')}. Current existent brokers: ${cluster.join(',')}\n`
      throw new ToolExit(1, { stderr: message })
    }
    io.stdout('Querying brokers for log directories information\n')
    const asked = wanted.length === 0 ? cluster : hashOrder(wanted, byValue)
    const found = await Promise.all(
      asked.map(async (broker) => {
        const answer = await client.request('DescribeLogDirs', { topics: null }, { broker })
        if (answer.errorCode !== 0 && answer.errorCode !== undefined) throw new ApiError(errorName(answer.errorCode))
        const results = hashOrder(answer.results, (result) => stringHash(result.logDir), answer.results.length)
        return { broker, logDirs: results.map(shown) }
      }),
    )
    function shown(result: ResponseOf<'DescribeLogDirs'>['results'][number]) {
      const replicas = result.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
          topic: name,
          partition: partitionIndex,
          size: partitionSize,
          offsetLag,
          isFuture: isFutureKey,
        })),
      )
      const kept = hashOrder(replicas, partitionHash).filter(({ topic }) => topics.size === 0 || topics.has(topic))
      const error = errorName(result.errorCode)
      return {
        partitions: hashOrder(kept, partitionHash).map(({ topic, partition, ...rest }) => ({
          partition: `${topic}-${partition}`,
          ...rest,
        })),
        error: result.errorCode === 0 ? null : `org.apache.kafka.common.errors.${exceptionName(error)}`,
        logDir: result.logDir,
      }
    }
    io.stdout(`Received log directory information from brokers ${asked.join(',')}\n`)
    io.stdout(`${JSON.stringify({ brokers: found, version: 1 })}\n`)
    return 0
  })
}

export const kafkaLogDirs: Tool = {
  name: 'kafka-log-dirs',
  grammar: {
    kind: 'jopt',
    purpose: 'This tool helps to query log directory usage on the specified brokers.',
    flags,
  },
  run,
}
