/** The data file of the documents' shell commands: its table is fresh, its entries are whole, and what extracts commands finds them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seedCommands, seedFolder } from '../compat/seed-scripts/entries.ts'

const program = join(import.meta.dirname, '..', '..', 'scripts', 'seed-scripts.js')
const { documents, entries } = seedCommands()

function run(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
}

it('docs/seed-scripts.md is what the data file gives', () => {
  const done = run('--check')
  expect(done.stderr).toBe('')
  expect(done.status).toBe(0)
})

it('every entry has a place, a command or a script, and a reason where it does not simply work', () => {
  for (const entry of entries) {
    const where = JSON.stringify(entry)
    expect(entry.at.length, where).toBeGreaterThan(0)
    for (const at of entry.at) expect(Object.keys(documents), where).toContain(/^(\d+):\d+$/.exec(at)?.[1])
    expect((entry.command === undefined) !== (entry.script === undefined), where).toBe(true)
    if (entry.result !== 'works') expect(entry.note, where).toBeDefined()
    if (entry.result === 'fails') expect(entry.prints ?? entry.complains, where).toBeDefined()
    if (entry.result === 'fails' || entry.result === 'differs') expect(entry.instead, where).toBeDefined()
    if (entry.notCompared) expect(entry.note, where).toBeDefined()
    for (const one of [entry, entry.instead, entry.bundled, entry.threeBrokers, ...(entry.also ?? [])])
      for (const pattern of [one?.prints, one?.complains, one?.hint])
        expect(() => new RegExp(pattern ?? '')).not.toThrow()
  }
})

it('every script belongs to an entry', () => {
  const named = entries.flatMap(({ script }) => script ?? []).sort()
  expect(readdirSync(join(seedFolder, 'scripts')).sort()).toEqual(named)
})

const DOCUMENT = `# Title

Use \`kafka-topics.sh --list\`, or \`kafka-configs.sh\`; \`acks=all\` is no command.

\`\`\`bash
# a comment
kafka-topics.sh --create \\
  --topic a

curl -d '{
  "a": 1 }' http://x    # a note
\`\`\`

\`\`\`bash
for g in $(kafka-groups.sh --list); do
  # each
  echo $g
done
\`\`\`

\`\`\`
a diagram -> kafka-topics.sh
\`\`\`

\`\`\`
kafka-acls --list
\`\`\`

\`\`\`yaml
steps:
  - run: ./gradlew test
job:
  script:
    - yamllint .
    - |
      A=$(cat x)
      echo $A
pod:
  command: ["sleep", "infinity"]
\`\`\`
`

it('finds the commands of a document with their lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seed-extract-'))
  try {
    writeFileSync(join(folder, 'a.md'), DOCUMENT)
    const found = JSON.parse(run('--list', join(folder, 'a.md')).stdout) as { at: number; kind: string; text: string }[]
    expect(found.map(({ at, kind, text }) => `${at} ${kind}: ${text}`)).toEqual([
      '3 inline: kafka-topics.sh --list',
      '3 inline: kafka-configs.sh',
      '7 command: kafka-topics.sh --create \\\n  --topic a',
      '10 command: curl -d \'{\n  "a": 1 }\' http://x    # a note',
      '15 script: for g in $(kafka-groups.sh --list); do\n  echo $g\ndone\n',
      '26 command: kafka-acls --list',
      '31 command: ./gradlew test',
      '34 command: yamllint .',
      '36 script: A=$(cat x)\necho $A\n',
      '39 command: sleep infinity',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
