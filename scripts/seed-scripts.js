/**
 * The table of the documents' shell commands.
 *   --check           fails unless docs/seed-scripts.md is what the data file gives
 *   --write           writes it
 *   --list FILE       the commands of a document, as JSON: at (the line), kind, text
 *   --documents DIR   fails unless the data file has every command of the documents in that folder, and no others
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { extract } from './lib/seed-extract.js'
import { seedTable } from './lib/seed-table.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'test', 'compat', 'seed-scripts')
const table = join(root, 'docs', 'seed-scripts.md')
const data = JSON.parse(readFileSync(join(folder, 'commands.json'), 'utf8'))

/** What differs between the documents and the data file, a line each. */
function differences(documents) {
  const held = new Map()
  for (const { at, command, script } of data.entries) {
    const text = command ?? readFileSync(join(folder, 'scripts', script), 'utf8')
    for (const one of at) held.set(`${one} ${text}`, one)
  }
  const missing = []
  for (const [document, file] of Object.entries(data.documents))
    for (const { at, text } of extract(readFileSync(join(documents, file), 'utf8')))
      if (!held.delete(`${document}:${at} ${text}`)) missing.push(`${document}:${at} is not in commands.json: ${text}`)
  return [...missing, ...[...held.values()].map((at) => `${at} is not in the documents`)]
}

function fail(lines) {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exitCode = 1
}

const [action, argument] = process.argv.slice(2)
if (action === '--write') writeFileSync(table, seedTable(data))
else if (action === '--check') {
  if (readFileSync(table, 'utf8') !== seedTable(data))
    fail(['docs/seed-scripts.md is not fresh: run `node scripts/seed-scripts.js --write`'])
} else if (action === '--list' && argument !== undefined) {
  process.stdout.write(`${JSON.stringify(extract(readFileSync(argument, 'utf8')), undefined, 1)}\n`)
} else if (action === '--documents' && argument !== undefined) {
  const found = differences(argument)
  if (found.length > 0) fail(found)
} else fail(['usage: node scripts/seed-scripts.js --check | --write | --list FILE | --documents DIR'])
