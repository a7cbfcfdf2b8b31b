/**
 * What a key means, in mq's own words, for DescribeConfigs and `mq config explain`. Keys without effect in this broker
 * say so at the end of their text.
 */
import { brokerDocs } from './broker-docs.ts'
import { groupDocs, topicDocs } from './topic-docs.ts'
import { hasEffect, partialEffects } from './without-effect.ts'

export type DocumentedKind = 'topic' | 'group' | 'broker' | 'broker-default'

/** The text for a key; null when there is none. */
export function documentationOf(kind: DocumentedKind, name: string): string | null {
  const docs: Readonly<Record<string, string>> =
    kind === 'topic' ? topicDocs : kind === 'group' ? groupDocs : brokerDocs
  const text = docs[name]
  if (text === undefined) return null
  const broker = kind === 'broker-default' ? 'broker' : kind
  if (!hasEffect(broker, name)) return `${text} Known, without effect in this broker yet.`
  const missing = kind === 'topic' ? partialEffects[name as keyof typeof partialEffects] : undefined
  return missing === undefined ? text : `${text} ${missing}`
}
