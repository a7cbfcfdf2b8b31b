/** The settings of a client metrics subscription (KIP-714) as DescribeConfigs shows them: each key, set or not. */
import { configSources, configTypes, type DescribedConfig } from '../../config/describe.ts'

const KEYS = [
  {
    name: 'interval.ms',
    type: configTypes.INT,
    fallback: '300000',
    text: 'How often clients push metrics, in milliseconds.',
  },
  {
    name: 'match',
    type: configTypes.LIST,
    fallback: '',
    text: 'Which clients the subscription is for; empty means all.',
  },
  { name: 'metrics', type: configTypes.LIST, fallback: '', text: 'Prefixes of the names of the metrics wanted.' },
]

/** Entries of one subscription; null or no names mean all keys. */
export function describeClientMetrics(
  own: ReadonlyMap<string, string>,
  options: { readonly names: readonly string[] | null; readonly documentation: boolean; readonly synonyms: boolean },
): DescribedConfig[] {
  const { names } = options
  return KEYS.filter(({ name }) => names === null || names.length === 0 || names.includes(name)).map((key) => ({
    name: key.name,
    value: own.get(key.name) ?? key.fallback,
    readOnly: false,
    configSource: own.has(key.name) ? configSources['client-metrics'] : configSources.default,
    isSensitive: false,
    synonyms: options.synonyms && own.has(key.name) ? [synonymOf(key.name, own.get(key.name)!)] : [],
    configType: key.type,
    documentation: options.documentation ? key.text : null,
  }))
}

function synonymOf(name: string, value: string): DescribedConfig['synonyms'][number] {
  return { name, value, source: configSources['client-metrics'] }
}
