/** Differences that stay, each with its reason: what docs/gaps.md names, and what a node may choose. */
import { brokerHandlers, controllerHandlers } from '../../../src/broker/handlers/index.ts'
import { type ApiName, apis } from '../../../src/protocol/apis.ts'

interface Expected {
  readonly api: ApiName
  /** Of the line that tells a difference. */
  readonly line: RegExp
  readonly reason: string
}

const EXPECTED: readonly Expected[] = [
  {
    api: 'UpdateFeatures',
    line: /Local controller 1 only supports versions 0-1/,
    reason: 'features that gaps.md names',
  },
]

export function isExpected(api: ApiName, line: string): boolean {
  return EXPECTED.some((each) => each.api === api && each.line.test(line))
}

const SERVED = new Set(Object.keys({ ...brokerHandlers, ...controllerHandlers }).map((api) => apis[api as ApiName].key))
const FEATURES = new Set(['kraft.version', 'metadata.version'])

/** An answer without what gaps.md names, what moves by itself, and what is said in a node's own words. */
export function comparable(api: ApiName, answer: unknown): unknown {
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
    apiKeys: apiKeys.filter(({ apiKey }) => SERVED.has(apiKey)),
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

/** Kafka puts what it cannot read behind what it can, and begins a topic anew for it. */
function byPartition(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('responses' in answer)) return answer
  const { responses, ...rest } = answer as { responses: { topic: string; topicId: string; partitions: object[] }[] }
  const flat = responses.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((each) => ({ topic, topicId, ...each })),
  )
  return { ...rest, partitions: flat.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
}
