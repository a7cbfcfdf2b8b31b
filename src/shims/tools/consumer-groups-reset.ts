/** kafka-consumer-groups --reset-offsets: plans from flags or a CSV file, dry run, execution, export. */
import { readFileSync } from 'node:fs'
import { commitOffsets, committedOffsets } from '../../admin/group-offsets.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { LATEST } from '../../client/offsets.ts'
import { type Place, describeConsumerGroups } from '../describe-groups.ts'
import { itemFailure, JavaError } from '../failures.ts'
import { hashOrdered, javaSplit } from '../java.ts'
import type { Options } from '../options.ts'
import * as offsets from '../reset-offsets.ts'
import { type ShimIo, UsageFailure } from '../tool.ts'
import { groupsOf, printError } from './kafka-consumer-groups.ts'

/** The ways to say where to, in the order in which the original lists them. */
export const SCENARIOS = [
  'to-latest',
  'to-current',
  'to-earliest',
  'to-offset',
  'shift-by',
  'from-file',
  'to-datetime',
  'by-duration',
] as const

/** Plans, and with `--execute` writes; prints the plan as a table or as CSV. */
export async function reset(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const groups = hashOrdered(await groupsOf(client, options))
  const described = await describeConsumerGroups(client, groups)
  const plans = new Map<string, readonly offsets.Target[]>()
  for (const group of groups) {
    const found = described.get(group)
    if (found !== undefined && 'error' in found && found.error.code !== 'GROUP_ID_NOT_FOUND')
      throw itemFailure(found.error)
    const state = found === undefined || 'error' in found ? 'Dead' : found.state
    if (state !== 'Empty' && state !== 'Dead') {
      printError(
        io,
        `Assignments can only be reset if the group '${group}' is inactive, but the current state is ${state}.`,
      )
      plans.set(group, [])
      continue
    }
    const places = await partitionsToReset(client, group, options)
    const targets = offsets.inMapOrder(await prepare(client, group, places, options, io))
    if (options.has('execute') && !options.has('dry-run') && targets.length > 0) {
      const outcomes = await commitOffsets(client, group, targets)
      const failed = outcomes.find((outcome) => outcome.error !== undefined)
      if (failed?.error !== undefined) throw itemFailure(failed.error)
    }
    plans.set(group, targets)
  }
  if (!options.has('export')) {
    io.stdout(offsets.resetText(plans))
    return
  }
  const single = options.all('group').length === 1
  const lines = [...plans].flatMap(([group, targets]) =>
    targets.map(({ topic, partition, offset }) => [...(single ? [] : [group]), topic, partition, offset].join(',')),
  )
  io.stdout(`${lines.map((line) => `${line}\n`).join('')}\n`)
}

async function stands(client: ClusterClient, group: string): Promise<Map<string, offsets.Target>> {
  const answer = (await committedOffsets(client, [group])).get(group) ?? []
  if ('error' in answer) {
    if (answer.error.code === 'GROUP_ID_NOT_FOUND') return new Map()
    throw itemFailure(answer.error)
  }
  const held = answer.filter((row) => row.committed !== null)
  return new Map(
    held.map(({ topic, partition, committed }) => [`${topic}-${partition}`, { topic, partition, offset: committed! }]),
  )
}

async function partitionsToReset(client: ClusterClient, group: string, options: Options): Promise<Place[]> {
  if (options.has('all-topics')) return [...(await stands(client, group)).values()]
  if (options.has('topic')) return offsets.partitionsOf(client, options.all('topic'))
  if (!options.has('from-file'))
    throw new UsageFailure('One of the reset scopes should be defined: --all-topics, --topic.')
  return []
}

async function prepare(
  client: ClusterClient,
  group: string,
  places: readonly Place[],
  options: Options,
  io: ShimIo,
): Promise<offsets.Target[]> {
  await offsets.checkPartitions(client, places)
  const all = (offset: (place: Place) => number) => places.map((place) => ({ ...place, offset: offset(place) }))
  if (options.has('to-offset')) {
    const wanted = options.number('to-offset') ?? 0
    return offsets.withinLog(
      client,
      all(() => wanted),
      io,
    )
  }
  if (options.has('to-earliest')) return offsets.toEnd(client, places, 'earliest')
  if (options.has('to-latest')) return offsets.toEnd(client, places, 'latest')
  if (options.has('shift-by')) {
    const held = await stands(client, group)
    const shifted = all((place) => {
      const now = held.get(offsets.placeText(place))
      if (now === undefined)
        throw new UsageFailure(
          `Cannot shift offset for partition ${offsets.placeText(place)} since there is no current committed offset`,
        )
      return now.offset + (options.number('shift-by') ?? 0)
    })
    return offsets.withinLog(client, shifted, io)
  }
  if (options.has('to-datetime'))
    return offsets.toTime(client, places, offsets.parseDateTime(options.one('to-datetime') ?? ''), io)
  if (options.has('by-duration'))
    return offsets.toTime(client, places, io.nowMs() - offsets.parseDuration(options.one('by-duration') ?? ''), io)
  if (options.has('from-file')) {
    const rows = readPlan(options, io).get(group)
    if (rows !== undefined) {
      await offsets.checkPartitions(client, rows)
      return offsets.withinLog(client, rows, io)
    }
    printError(io, `No reset plan for group ${group} found`)
    return []
  }
  if (options.has('to-current')) {
    const held = await stands(client, group)
    const without = places.filter((place) => !held.has(offsets.placeText(place)))
    const ends = await offsets.logOffsets(client, without, LATEST)
    return all((place) => held.get(offsets.placeText(place))?.offset ?? ends.get(offsets.placeText(place)) ?? 0)
  }
  const scenarios = SCENARIOS.map((name) => `[${name}]`).join(', ')
  throw new UsageFailure(`Option '[reset-offsets]' requires one of the following scenarios: [${scenarios}]`)
}

/** The CSV file: `topic,partition,offset` for one group, `group,topic,partition,offset` for several. */
function readPlan(options: Options, io: ShimIo): Map<string, offsets.Target[]> {
  const path = options.one('from-file') ?? ''
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new JavaError('java.lang.RuntimeException', `java.io.IOException: Unable to read file ${path}`)
  }
  const lines = javaSplit(text, '\n')
  let isOld = true
  try {
    record(lines[0] ?? '', false)
  } catch (error) {
    // The other format, which the original finds out the same way.
    io.stderr(`${(error as Error).message}\n`)
    isOld = false
  }
  const groups = options.all('group')
  const isSingle = groups.length === 1 && isOld
  const plans = new Map<string, offsets.Target[]>()
  for (const line of lines) {
    const { group, ...target } = record(line, !isSingle)
    const name = isSingle ? groups[0]! : group
    const rows = plans.get(name) ?? []
    const others = rows.filter((row) => offsets.placeText(row) !== offsets.placeText(target))
    plans.set(name, [...others, target])
  }
  return plans
}

/** A line of the file; what is missing at its end counts as 0. Throws JavaError in the words of the original's reader. */
function record(line: string, withGroup: boolean): offsets.Target & { group: string } {
  const fields = line.split(',')
  const group = withGroup ? (fields.shift() ?? '') : ''
  const [topic = '', partition, offset] = fields
  const columns = withGroup ? 'CsvRecordWithGroup' : 'CsvRecordNoGroup'
  let column = (withGroup ? group.length + 1 : 0) + topic.length + 2
  const number = (text: string | undefined, type: string, name: string): number => {
    const value = text?.trim() ?? ''
    if (value !== '' && !/^[+-]?\d+$/.test(value))
      throw new JavaError(
        'java.lang.RuntimeException',
        `com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type \`${type}\` from String "${value}": not a valid \`${type}\` value\n at [Source: (StringReader); line: 1, column: ${column}] (through reference chain: org.apache.kafka.tools.consumer.group.CsvUtils$${columns}["${name}"])`,
      )
    column += (text?.length ?? 0) + 1
    return Number(value)
  }
  return { group, topic, partition: number(partition, 'int', 'partition'), offset: number(offset, 'long', 'offset') }
}
