/**
 * Rules for the JMX exporter: the two ways in which dashboards for Kafka name its MBeans. `suffixed` gives meters the ending
 * `_total` without PerSec, as the exporter's own example does; `whole` leaves every name as it is.
 */
export type JmxDialect = 'suffixed' | 'whole'

interface Rule {
  readonly pattern: string
  readonly name: string
  readonly type?: 'GAUGE' | 'COUNTER'
  readonly value?: number
  readonly labels?: Record<string, string>
}

const BEAN = 'kafka.([a-z.]+)<type=([^,]+), name=([^,>]+)'
const ONE = ', ([^=,]+)=([^,>]+)'
const BASE = 'kafka_$1_$2_$3'

/** The same rule for beans with none, one and two more keys; group numbers of what follows come after theirs. */
function forKeys(name: string, after: (group: number) => Partial<Rule> & { attribute: string; bean?: string }): Rule[] {
  return [2, 1, 0].map((keys) => {
    const { attribute, bean = BEAN, labels: more = {}, ...rest } = after(4 + keys * 2)
    const labels = Object.fromEntries(
      Array.from({ length: keys }, (_, index) => [`$${4 + index * 2}`, `$${5 + index * 2}`]),
    )
    return { pattern: `${bean}${ONE.repeat(keys)}><>${attribute}`, name, labels: { ...labels, ...more }, ...rest }
  })
}

function rulesOf(dialect: JmxDialect): Rule[] {
  const quantiles = forKeys(BASE, (group) => ({
    attribute: '(\\d+)thPercentile',
    type: 'GAUGE',
    labels: { quantile: `0.$${group}` },
  }))
  if (dialect === 'whole') {
    const topicRates = '(OneMinuteRate|FiveMinuteRate|FifteenMinuteRate)'
    const meters = 'kafka.server<type=BrokerTopicMetrics, name=(MessagesInPerSec|BytesInPerSec|BytesOutPerSec)'
    const meter = 'kafka_server_brokertopicmetrics_$1'
    return [
      {
        pattern: `${meters}, topic=([^>]+)><>${topicRates}`,
        name: `${meter}_$3`,
        type: 'GAUGE',
        labels: { topic: '$2' },
      },
      { pattern: `${meters}><>${topicRates}`, name: `${meter}_$2_alltopics`, type: 'GAUGE' },
      {
        pattern: 'kafka.server<type=KafkaRequestHandlerPool, name=RequestHandlerAvgIdlePercent><>OneMinuteRate',
        name: 'kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_oneminuterate',
        type: 'GAUGE',
      },
      {
        pattern: 'kafka.server<type=socket-server-metrics, listener=(.+), networkProcessor=(.+)><>(.+):',
        name: 'kafka_server_socketservermetrics_$3',
        type: 'GAUGE',
        labels: { listener: '$1', network_processor: '$2' },
      },
      ...forKeys(BASE, () => ({ attribute: '(?:Count|Value)' })),
    ]
  }
  return [
    {
      pattern: 'kafka.server<type=raft-metrics><>current-state: ([a-z]+)',
      name: 'kafka_server_raft_metrics_current_state',
      type: 'GAUGE',
      value: 1,
      labels: { state: '$1' },
    },
    { pattern: 'kafka.server<type=(.+)><>([a-z-]+)', name: 'kafka_server_$1_$2', type: 'GAUGE' },
    ...forKeys(`${BASE}_total`, () => ({
      bean: 'kafka.([a-z.]+)<type=([^,]+), name=([^,>]+)PerSec',
      attribute: 'Count',
      type: 'COUNTER',
    })),
    {
      pattern: 'kafka.(\\w+)<type=([^,]+), name=([^,>]+)Percent><>MeanRate',
      name: 'kafka_$1_$2_$3_percent',
      type: 'GAUGE',
    },
    ...forKeys(BASE, () => ({ attribute: 'Value', type: 'GAUGE' })),
    ...forKeys(`${BASE}_count`, () => ({ attribute: 'Count', type: 'COUNTER' })),
    ...quantiles,
  ]
}

/** The exporter's configuration file. */
export function jmxRules(dialect: JmxDialect): string {
  // JSON is YAML.
  return `${JSON.stringify({ lowercaseOutputName: true, rules: rulesOf(dialect) }, null, 1)}\n`
}
