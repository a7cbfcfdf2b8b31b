/**
 * docs/seed-scripts.md out of test/compat/seed-scripts/commands.json: a table for each document, one row for each command or script,
 * and below it what is not Kafka and by what it is replaced.
 */

const RESULTS = {
  works: 'works',
  differs: 'ends well, does something else',
  fails: 'fails, as on Kafka 4.3.1',
  foreign: 'not Kafka',
  text: 'no command',
}

const oneLine = (text) => text.replace(/\s*\\?\n\s*/g, ' ')
/** Code within a cell of a table. */
const code = (text) => {
  const line = oneLine(text).replaceAll('|', '\\|')
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``
}

function lines(entry, document) {
  return entry.at
    .filter((at) => at.startsWith(`${document}:`))
    .map((at) => at.slice(document.length + 1))
    .join(', ')
}

function name(entry) {
  if (entry.command !== undefined) return code(entry.command)
  const text = `[${entry.script}](../test/compat/seed-scripts/scripts/${entry.script})`
  return entry.args === undefined ? text : `${text} ${entry.args.join(' ')}`
}

function outcome(entry) {
  const exit = entry.exit === 0 ? '' : `, exit ${entry.exit}`
  return `${RESULTS[entry.result]}${exit}`
}

function notes(entry, document) {
  const [first] = entry.at
  if (!first.startsWith(`${document}:`)) return `As ${first}.`
  const parts = []
  if (entry.note !== undefined) parts.push(entry.note)
  if (entry.threeBrokers !== undefined) parts.push('Also run on three brokers.')
  if (entry.instead?.command !== undefined) parts.push(`Instead: ${code(entry.instead.command)}`)
  if (entry.instead?.edits !== undefined) {
    const edits = entry.instead.edits.map(([from, to]) =>
      to.trim() === '' ? `leave out ${code(from.replace(/^ \\\n/, '').trim())}` : `${code(to)} for ${code(from)}`,
    )
    parts.push(`Mended: ${edits.join('; ')}`)
  }
  return parts.join(' ')
}

function counts(entries) {
  return Object.entries(RESULTS)
    .map(([result, words]) => `${entries.filter((entry) => entry.result === result).length} × ${words}`)
    .join('; ')
}

/** The whole file. */
export function seedTable({ documents, addresses, entries }) {
  const times = entries.reduce((sum, { at }) => sum + at.length, 0)
  const head = `# The shell commands of the users' documents

Written by \`node scripts/seed-scripts.js --write\`; a unit test checks that it is fresh. Each row is run by
\`test/compat/seed-scripts.test.ts\`: through mq's stand-ins ([shims.md](shims.md)) against the bundled broker, and through Kafka
4.3.1's own tools against Apache Kafka 4.3.1. Exit codes, what the data file says of the outputs, the calls of tools and, where the
note gives no reason, standard output to the byte are the same on both sides. \`seed-scripts-cluster.test.ts\` runs those that mean a
cluster on three brokers of both kinds, the health check also with one of them gone. \`MQ_COMPAT_ENGINES=apache-3.9\` runs mq's side
against Apache Kafka 3.9.2, \`=apache\` against 4.3.1: exit codes and patterns are the same there.

${entries.length} different commands and scripts stand in the documents ${times} times: ${counts(entries)}.

**How they are found.** \`scripts/lib/seed-extract.js\` takes blocks of shell, untagged blocks that hold commands, the \`script\`,
\`run\` and \`command\` of YAML blocks, and inline code that begins with a program's name. A block with loops, functions or \`#!\` is
one script and runs as a whole under bash; of any other each command is an entry. Comments are left out.
\`node scripts/seed-scripts.js --documents DIR\` checks that everything in the documents is in
\`test/compat/seed-scripts/commands.json\`, word for word.

**How they are run.** In an empty folder in place of \`/\`: \`/opt\`, \`/var\`, \`/backup\`, \`/etc\`, \`/sys\` and \`/tmp\` in a command become
folders in it, \`/opt/kafka/bin\` has the tools. On the path are Kafka's tools, plain utilities, and stand-ins that write down their
call for what is not Kafka; \`kubectl exec\` and \`docker exec\` run their command here, \`sleep\` does not wait. These addresses become
the test's broker when a tool is called: ${addresses.map((one) => `\`${one}\``).join(', ')}.
`
  const tables = Object.entries(documents).map(([document, file]) => {
    const rows = entries
      .map((entry) => ({ entry, at: lines(entry, document) }))
      .filter(({ at }) => at !== '')
      .sort((one, other) => Number.parseInt(one.at, 10) - Number.parseInt(other.at, 10))
      .map(({ entry, at }) => `| ${at} | ${name(entry)} | ${outcome(entry)} | ${notes(entry, document)} |`)
    return `## ${file}\n\n| line | command | result | note |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return [head, ...tables].join('\n')
}
