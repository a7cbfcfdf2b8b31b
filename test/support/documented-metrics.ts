/** The metrics that docs/metrics.md says operators alert on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function documentedMetrics(): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8')
  return [...text.matchAll(/^\| `(kafka_\w+)` \| \d{3}:\d+/gm)].map(([, name]) => name!)
}
