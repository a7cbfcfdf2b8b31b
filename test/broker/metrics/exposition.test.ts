import { describe, expect, it } from 'vitest'
import { MetricRegistry } from '../../../src/base/metrics.ts'
import { exposition } from '../../../src/broker/metrics/exposition.ts'
import { BrokerTopicMetrics } from '../../../src/broker/metrics/topic-metrics.ts'

function render(registry: MetricRegistry): string {
  return [...exposition(registry.families())].join('')
}

describe('the exposition', () => {
  it('gives a meter both names that dashboards use', () => {
    const registry = new MetricRegistry()
    const name = { domain: 'kafka.server', type: 'ReplicaManager', name: 'IsrShrinksPerSec' }
    registry.meter(name, 'Replicas that left').mark(3)
    expect(render(registry)).toBe(
      [
        '# HELP kafka_server_replicamanager_isrshrinks_total Replicas that left',
        '# TYPE kafka_server_replicamanager_isrshrinks_total counter',
        'kafka_server_replicamanager_isrshrinks_total 3',
        '# HELP kafka_server_replicamanager_isrshrinkspersec Replicas that left',
        '# TYPE kafka_server_replicamanager_isrshrinkspersec untyped',
        'kafka_server_replicamanager_isrshrinkspersec 3',
        '',
      ].join('\n'),
    )
  })

  it('gives a histogram its quantiles and its count', () => {
    const registry = new MetricRegistry()
    const tags = { request: 'Produce' }
    const histogram = registry.histogram(
      { domain: 'kafka.network', type: 'RequestMetrics', name: 'TotalTimeMs', tags },
      'ms',
    )
    for (let value = 1; value <= 10; value++) histogram.update(value)
    const text = render(registry)
    expect(text).toContain('kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.50"} 5\n')
    expect(text).toContain('kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.999"} 10\n')
    expect(text).toContain('kafka_network_requestmetrics_totaltimems_count_total{request="Produce"} 10\n')
  })

  it('escapes what a label must not hold', () => {
    const registry = new MetricRegistry()
    registry.gauge({ domain: 'd', type: 't', name: 'n', tags: { path: 'a"b\\c\nd' } }, 'help', () => Number.NaN)
    expect(render(registry)).toContain('d_t_n{path="a\\"b\\\\c\\nd"} NaN\n')
  })

  it('comes in pieces', () => {
    const registry = new MetricRegistry()
    const samples = Array.from({ length: 10_000 }, (_, partition) => ({
      tags: { topic: 'wide', partition: String(partition) },
      value: partition,
    }))
    registry.pull({ domain: 'kafka.log', type: 'Log', name: 'Size' }, 'gauge', 'bytes', () => samples)
    const pieces = [...exposition(registry.families())]
    expect(pieces.length).toBeGreaterThan(5)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(40_000)
    expect(pieces.join('').split('\n').length).toBe(10_003)
  })
})

describe('topic meters', () => {
  it('count for the topic and for all, and go with the topic', () => {
    const registry = new MetricRegistry()
    const metrics = new BrokerTopicMetrics(registry)
    metrics.topic('a').appended(2, 100)
    metrics.topic('b').appended(1, 10)
    metrics.topic('b').mark('BytesRejectedPerSec', 7)
    const text = render(registry)
    expect(text).toContain('kafka_server_brokertopicmetrics_bytesin_total 110\n')
    expect(text).toContain('kafka_server_brokertopicmetrics_bytesin_total{topic="a"} 100\n')
    expect(text).toContain('kafka_server_brokertopicmetrics_messagesinpersec{topic="b"} 1\n')
    expect(text).toContain('kafka_server_brokertopicmetrics_bytesrejected_total{topic="b"} 7\n')
    metrics.remove('a')
    expect(render(registry)).not.toContain('topic="a"')
    expect(render(registry)).toContain('kafka_server_brokertopicmetrics_bytesin_total 110\n')
  })
})
