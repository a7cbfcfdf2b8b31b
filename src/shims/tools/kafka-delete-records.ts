/** kafka-delete-records: removes the records below the offsets of a JSON file. Refused partitions are told in their line; exit code 0. */
import { readFileSync } from 'node:fs'
import { deleteRecords } from '../../admin/delete-records.ts'
import type { OffsetRow } from '../../admin/partitions.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { itemFailure, JavaError, javaText } from '../failures.ts'
import type { Options } from '../options.ts'
import { type ShimIo, type Tool, UsageFailure } from '../tool.ts'

export const kafkaDeleteRecords: Tool = {
  name: 'kafka-delete-records',
  grammar: {
    kind: 'jopt',
    purpose: 'Removes the records of partitions that are below an offset.',
    flags: [
      { name: 'bootstrap-server', arg: 'required', argName: 'host:port,...', help: 'Brokers to ask first.' },
      {
        name: 'offset-json-file',
        arg: 'required',
        argName: 'file',
        help: '{"version":1,"partitions":[{"topic":"T","partition":0,"offset":10}]}; offset -1 is the end.',
      },
      { name: 'command-config', arg: 'required', argName: 'file', help: 'Properties of the client.' },
    ],
  },
  run,
  parseFailed(error, io) {
    io.stderr(`${error.message}\n${javaText(error)}\n`)
    return 1
  },
}

async function run(options: Options, io: ShimIo): Promise<number> {
  for (const name of ['bootstrap-server', 'offset-json-file']) {
    if (!options.has(name)) throw new UsageFailure(`Missing required argument "[${name}]"`)
  }
  const commandConfig = options.one('command-config')
  fileProperties(commandConfig)
  const place = { bootstrapServer: options.one('bootstrap-server'), commandConfig, call: 'deleteRecords' }
  return withCluster(place, io, async (client) => {
    const rows = readOffsets(options.one('offset-json-file')!)
    io.stdout('Executing records delete operation\n')
    const results = await deleteRecords(client, rows)
    io.stdout('Records delete operation completed:\n')
    for (const { topic, partition, lowWatermark, error } of results) {
      const outcome = error === undefined ? `low_watermark: ${lowWatermark}` : `error: ${javaText(itemFailure(error))}`
      io.stdout(`partition: ${topic}-${partition}\t${outcome}\n`)
    }
    return 0
  })
}

const wrong = (message: string) => new JavaError('org.apache.kafka.tools.AdminOperationException', message)
const notJson = (message: string) => new JavaError('com.fasterxml.jackson.databind.JsonMappingException', message)

/** The rows of the file, as strict as the original. Throws JavaError. */
export function readOffsets(path: string): OffsetRow[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const below = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'java.nio.file.NoSuchFileException' : ''
    throw new JavaError(
      'java.io.IOException',
      `Unable to read file ${path}`,
      `${below || 'java.io.IOException'}: ${path}`,
    )
  }
  let document: Record<string, unknown>
  try {
    document = JSON.parse(text) as Record<string, unknown>
  } catch {
    throw wrong('The input string is not a valid JSON')
  }
  const version = document.version ?? 1
  if (version !== 1) throw wrong(`Not supported version field value ${JSON.stringify(version)}`)
  if (!Array.isArray(document.partitions)) throw wrong('Missing partitions field')
  const rows = document.partitions.map((entry: unknown) => {
    const fields = entry as Record<string, unknown>
    const value = <T>(name: string, type: string, is: (given: unknown) => given is T): T => {
      if (fields === null || typeof fields !== 'object' || !(name in fields))
        throw notJson(`No such field exists: \`${name}\``)
      if (!is(fields[name])) throw notJson(`Expected \`${type}\` value, received ${JSON.stringify(fields[name])}`)
      return fields[name]
    }
    const whole = (given: unknown): given is number => Number.isSafeInteger(given)
    return {
      topic: value('topic', 'String', (given): given is string => typeof given === 'string'),
      partition: value('partition', 'Integer', whole),
      offset: value('offset', 'Long', whole),
    }
  })
  const keys = rows.map(({ topic, partition }) => `${topic}-${partition}`)
  const twice = [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))]
  if (twice.length > 0) {
    throw new JavaError(
      'org.apache.kafka.tools.AdminCommandFailedException',
      `Offset json file contains duplicate topic partitions: ${twice.join(',')}`,
    )
  }
  return rows
}
