/** Differences that stay, each with its reason: what docs/gaps.md names, and what a node may choose. */
import type { Handlers } from '../../../src/broker/handlers/context.ts'
import { brokerHandlers } from '../../../src/broker/handlers/index.ts'
import { type ApiName, apiNameOf } from '../../../src/protocol/apis.ts'

interface Expected {
  readonly api: ApiName
  /** Of the line that tells a difference. */
  readonly line: RegExp
  readonly reason: string
}

const EXPECTED: readonly Expected[] = [
  {
    api: 'IncrementalAlterConfigs',
    line: /: -1 → 42$|: null → "Cannot update these configs dynamically: \[process\.roles\]"$/,
    reason: 'appending to process.roles fails in Kafka, which has no default for it',
  },
  {
    api: 'AlterConfigs',
    line: /Invalid value .* for configuration .*Invalid value .* for configuration/,
    reason: 'of several wrong broker settings Kafka tells the one that its tables have first',
  },
  {
    api: 'DescribeUserScramCredentials',
    line: /credentialInfos/,
    reason: 'Kafka forgets a mechanism of a user when the same request takes it from another',
  },
  ...(['AddRaftVoter', 'RemoveRaftVoter'] as const).map((api) => ({
    api,
    line: /errorMessage: "(The given id .* doesn't match the cluster id \\")[\w-]{22}\\"" → "\1[\w-]{22}\\""$/,
    reason: 'the two are different clusters',
  })),
]

export function isExpected(api: ApiName, line: string): boolean {
  // Kafka failed and will never answer
  if (line.startsWith(': "no answer"')) return true
  return EXPECTED.some((each) => each.api === api && each.line.test(line))
}

const FEATURES = new Set(['kraft.version', 'metadata.version'])

/** An answer without what gaps.md names, what moves by itself, and what is said in a node's own words. */
export function comparable(api: ApiName, answer: unknown, served: Handlers = brokerHandlers): unknown {
  if (api === 'DescribeConfigs') return without(answer, 'documentation')
  if (api === 'DescribeQuorum') return without(answer, 'highWatermark', 'logEndOffset')
  if (api === 'Fetch') return byPartition(answer)
  if (api !== 'ApiVersions' || typeof answer !== 'object' || answer === null || !('apiKeys' in answer)) return answer
  const {
    apiKeys,
    supportedFeatures,
    finalizedFeaturesEpoch: _,
    ...rest
  } = answer as {
    apiKeys: { apiKey: number }[]
    supportedFeatures: { name: string }[]
    finalizedFeaturesEpoch: number
  }
  return {
    ...rest,
    apiKeys: apiKeys.filter(({ apiKey }) => (apiNameOf(apiKey) ?? '') in served),
    supportedFeatures: supportedFeatures.filter(({ name }) => FEATURES.has(name)),
  }
}

/** Without the fields of these names, at any depth. */
function without(value: unknown, ...names: string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, ...names))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !names.includes(name))
  return Object.fromEntries(kept.map(([name, each]) => [name, without(each, ...names)]))
}

/** Without records nobody asks for aborted transactions. */
function readable(partition: object): { records: string; abortedTransactions: unknown } {
  const records = wholeBatches(partition)
  return {
    records,
    abortedTransactions: records === '' ? [] : (partition as { abortedTransactions?: unknown }).abortedTransactions,
  }
}

/** Kafka cuts the last batch where the limit is, and clients leave the piece. */
function wholeBatches(partition: object): string {
  const bytes = Buffer.from((partition as { records?: string | null }).records ?? '', 'base64')
  let end = 0
  while (end + 12 <= bytes.length && end + 12 + bytes.readInt32BE(end + 8) <= bytes.length)
    end += 12 + bytes.readInt32BE(end + 8)
  return bytes.subarray(0, end).toString('base64')
}

/** Kafka puts what it cannot read behind what it can, and begins a topic anew for it. */
function byPartition(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('responses' in answer)) return answer
  const { responses, ...rest } = answer as { responses: { topic: string; topicId: string; partitions: object[] }[] }
  const flat = responses.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((each) => ({ topic, topicId, ...each, ...readable(each) })),
  )
  return { ...rest, partitions: flat.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
}
