/** The page on configuration is what the tables say. `npx vitest run test/config/documentation.test.ts -u` writes it anew. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { brokerKeys } from '../../src/config/broker-keys.ts'
import { documentationOf } from '../../src/config/documentation.ts'
import { groupKeys } from '../../src/config/group-keys.ts'
import { type KeyTable, renderConstraint, renderValue } from '../../src/config/key.ts'
import { topicKeys } from '../../src/config/topic-keys.ts'
import { hasEffect, keysWithoutEffect } from '../../src/config/without-effect.ts'

function table(kind: 'topic' | 'group' | 'broker', keys: KeyTable, names: readonly string[]): string {
  const rows = names.map((name) => {
    const key = keys[name]!
    const given = key.required ? '(must be given)' : (renderValue(key, key.default) ?? '(none)')
    const meaning = (documentationOf(kind, name) ?? '').replace(/ Known, without effect in this broker yet\.$/, '')
    const bounds = renderConstraint(key)?.replaceAll('|', '\\|') ?? ''
    return `| \`${name}\` | ${key.type.toLowerCase()} | ${given === '' ? '(empty)' : given} | ${bounds} | ${meaning} |`
  })
  return ['| key | type | default | values | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function effective(kind: 'topic' | 'broker', keys: KeyTable): string[] {
  return Object.keys(keys).filter((name) => hasEffect(kind, name))
}

it('docs/configuration.md is up to date', async () => {
  const page = `# Configuration

Generated from the tables in \`src/config\`; \`test/config/documentation.test.ts\` keeps it fresh.

Every topic, broker and group key of Apache Kafka 4.3.1 is known: checked with Kafka's words, stored, and described with
its source and synonyms. Not every key changes something in the bundled broker yet; the lists below say which.

## Where a node's settings come from

Later wins: what mq assumes (replication factors of internal topics that the number of nodes allows, loopback listeners),
\`server.properties\` (\`--config\`), \`KAFKA_*\` variables as Kafka's container reads them (\`_\` is a dot, \`__\` an underscore,
\`___\` a dash; the variables of Kafka's start scripts do not count), \`--override key=value\`, and dynamic values set
with \`mq config set --broker ID\` or \`--broker-default\`. \`mq config describe --broker ID --all\` shows the source of each.

## Topic keys with effect

${table('topic', topicKeys, effective('topic', topicKeys))}

## Broker keys with effect

${table('broker', brokerKeys, effective('broker', brokerKeys))}

## Known, without effect yet

Topic: ${list(keysWithoutEffect('topic'))}.

Group: ${list(keysWithoutEffect('group'))}.

Broker: ${list(keysWithoutEffect('broker'))}.

## Group keys

${table('group', groupKeys, Object.keys(groupKeys))}
`
  await expect(page).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/configuration.md'))
})
