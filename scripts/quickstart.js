/**
 * `npm run quickstart`: from a fresh clone to a running broker with real data in it, on a machine that has only Node and
 * npm. Every mq command is printed before it runs, so that it can be typed again. Running it again is fine: what is
 * there already stays, and the group reads on where it stopped.
 *
 * The data are public sets that the development dependency vega-datasets carries: monthly stock prices and the S&P 500
 * index (tickers), daily open/high/low/close of the VIX index (trades), a week of earthquakes (alerts), movies (articles).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureInstalled, root, run } from './lib/install.js'

const GROUP = 'spark-job-ingestion'
const CLUSTER = 'local'
const TOPICS = ['rawarticle', 'rawticker', 'rawtrade', 'rawalert']
const CONSUMED = 1000

ensureInstalled()
buildIfStale()

// The quickstart is about the broker that it starts, wherever the variables of this shell point.
const env = { ...process.env, MQ_CLUSTER: CLUSTER }
for (const name of Object.keys(env)) {
  if (/^(MQ_BOOTSTRAP_|MQ_COMMAND_CONFIG$|MQ_BROKER_|MQ_TIMEOUT$|KAFKA_)/.test(name)) delete env[name]
}

say('1. A broker on this machine')
startBroker()

say('2. Four topics')
mq('topics', 'create', ...TOPICS, '--partitions', '3', '--if-not-exists')

say('3. Real data, one JSON document a record')
load()

say(`4. Read ${CONSUMED} of them as the group ${GROUP}`)
consumePart()

say('5. What is there now')
mq('topics', 'describe', 'rawticker')
mq('groups', 'describe', GROUP, '--lag')
mq('lag', 'show')

say('The broker goes on running. Next, for example:')
console.log(`  npx mq consume rawalert --from -3 --until latest --format '%k: %v\\n'
  npx mq consume rawticker --from earliest --until latest --key AAPL | head -3
  npx mq topics list
  npx mq config set --topic rawtrade retention.ms=86400000
  npx mq groups reset ${GROUP} --all-topics --to-earliest --dry-run
  npx mq --help

It stops with   npx mq broker stop   (the data stay; npx mq broker wipe removes them).`)

/** Prints a heading. */
function say(text) {
  console.log(`\n== ${text}`)
}

/** Runs one mq command as it is printed; ends the quickstart with its exit code when it fails. */
function mq(...args) {
  printCommand(args)
  const done = spawnMq(args, 'inherit')
  if (done.status !== 0) process.exit(done.status ?? 1)
}

function spawnMq(args, stdout) {
  return spawnSync(process.execPath, [join(root, 'bin', 'run.js'), ...args], {
    env,
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', stdout, stdout === 'inherit' ? 'inherit' : 'pipe'],
  })
}

function printCommand(args) {
  console.log(`$ npx mq ${args.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`)
}

/** On the port that Kafka has by default; when something else has it, on a free one. */
function startBroker() {
  const args = ['broker', 'start', '--name', CLUSTER]
  const first = spawnMq([...args, '--json'], 'pipe')
  if (first.status === 0) {
    printCommand(args)
    const { clusters, started } = JSON.parse(first.stdout)
    console.log(
      `${started.length > 0 ? 'started' : 'running already'}: ${clusters[0].bootstrap}, data in ${clusters[0].nodes[0].dataDir}`,
    )
    return
  }
  const { error } = parseError(first.stderr)
  if (error.code !== 'MQ_PORT_BUSY') {
    console.error(`error: ${error.message}${error.hint === null ? '' : `\nhint: ${error.hint}`}`)
    process.exit(first.status ?? 1)
  }
  console.log(`${error.message}; taking a free port instead`)
  mq(...args, '--port', '0')
}

function parseError(stderr) {
  try {
    return JSON.parse(stderr.trim().split('\n').at(-1))
  } catch {
    return { error: { code: 'UNKNOWN', message: stderr.trim(), hint: null } }
  }
}

/** Fills each topic that is empty. */
function load() {
  const described = spawnMq(['topics', 'describe', ...TOPICS, '--json'], 'pipe')
  if (described.status !== 0) {
    console.error(described.stderr)
    process.exit(described.status ?? 1)
  }
  const filled = new Set(
    JSON.parse(described.stdout)
      .topics.filter((topic) => topic.partitions.some((partition) => partition.logEnd > 0))
      .map((topic) => topic.name),
  )
  const directory = join(root, 'node_modules', '.cache', 'mq-quickstart')
  mkdirSync(directory, { recursive: true })
  for (const [topic, records] of Object.entries(dataSets())) {
    if (filled.has(topic)) {
      console.log(`${topic} has records already, nothing is added`)
      continue
    }
    const file = join(directory, `${topic}.ndjson`)
    writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    mq('produce', topic, '--file', relative(root, file), '--format', 'json', '--compression', 'gzip')
  }
}

/** `{key, value}` of each topic. The time of a record is when it is loaded: retention goes by it, and the data are old. */
function dataSets() {
  const tickers = [
    ...parseCsv(read('stocks.csv')),
    ...parseCsv(read('sp500.csv')).map((row) => ({ symbol: 'SP500', ...row })),
  ].map((row) => ({ key: row.symbol, value: { ...row, price: Number(row.price) } }))
  const trades = JSON.parse(read('ohlc.json')).map((row) => ({ key: 'VIX', value: { symbol: 'VIX', ...row } }))
  const alerts = JSON.parse(read('earthquakes.json')).features.map((feature) => ({
    key: feature.properties.place,
    value: feature,
  }))
  const articles = JSON.parse(read('movies.json')).map((movie) => ({
    key: movie.Title === null ? null : String(movie.Title),
    value: movie,
  }))
  return { rawarticle: articles, rawticker: tickers, rawtrade: trades, rawalert: alerts }
}

function read(name) {
  return readFileSync(join(root, 'node_modules', 'vega-datasets', 'data', name), 'utf8')
}

/** RFC 4180: quoted fields may hold commas, newlines and doubled quotes. */
function parseCsv(text) {
  const rows = [[]]
  let field = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character !== '"') field += character
      else if (text[i + 1] === '"') field += text[++i]
      else quoted = false
    } else if (character === '"') quoted = true
    else if (character === ',' || character === '\n') {
      rows.at(-1).push(field.replace(/\r$/, ''))
      field = ''
      if (character === '\n') rows.push([])
    } else field += character
  }
  if (field !== '' || rows.at(-1).length > 0) rows.at(-1).push(field)
  const [header, ...lines] = rows.filter((row) => row.length > 0)
  return lines.map((line) => Object.fromEntries(header.map((name, index) => [name, line[index] ?? ''])))
}

/** Reads through the group, prints the first lines and counts the rest. */
function consumePart() {
  const args = ['consume', ...TOPICS, '--group', GROUP, '--from', 'earliest', '--until', 'latest']
  args.push('--max-messages', String(CONSUMED), '--format', '%t/%p@%o %k\\n')
  printCommand(args)
  const done = spawnMq(args, 'pipe')
  if (done.status !== 0) {
    console.error(done.stderr)
    process.exit(done.status ?? 1)
  }
  const lines = done.stdout.split('\n').filter((line) => line !== '')
  for (const line of lines.slice(0, 5)) console.log(line)
  if (lines.length > 5) console.log('…')
  console.log(`${lines.length} records read and committed`)
}

/** Builds when there is no build, or a source is newer than it. */
function buildIfStale() {
  const built = join(root, 'dist', 'commands')
  const newest = (folder) =>
    Math.max(
      ...readdirSync(join(root, folder), { recursive: true }).map(
        (name) => statSync(join(root, folder, String(name))).mtimeMs,
      ),
    )
  if (
    existsSync(built) &&
    existsSync(join(root, 'dist', 'broker', 'main.js')) &&
    newest('src') < statSync(built).mtimeMs
  ) {
    return
  }
  console.log('building mq')
  run(process.execPath, [join(root, 'scripts', 'build.js'), '--fast'])
}
