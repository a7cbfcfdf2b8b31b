/**
 * Texts that carry settings: Java `.properties` files, and `KAFKA_*` environment variables as Kafka's container reads
 * them. Pure: what is read from where is the caller's affair.
 */

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, unicode: string | undefined, plain: string) =>
    unicode === undefined ? (ESCAPES[plain] ?? plain) : String.fromCharCode(Number.parseInt(unicode, 16)),
  )
}

/** Joins continuation lines (an odd number of backslashes at the end) and drops comments and blank lines. */
function logicalLines(text: string): string[] {
  const lines: string[] = []
  let pending: string | undefined
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.replace(/^[ \t\f]+/, '')
    if (pending === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const joined: string = (pending ?? '') + line
    const backslashes = /\\*$/.exec(line)![0].length
    if (backslashes % 2 === 1) {
      pending = joined.slice(0, -1)
    } else {
      lines.push(joined)
      pending = undefined
    }
  }
  if (pending !== undefined) lines.push(pending)
  return lines
}

/**
 * Reads a Java properties file: `=`, `:` or blanks between key and value, `#` and `!` comments, backslash escapes,
 * continuation lines. Blanks at the end of a value belong to it, as in Java. A key given twice keeps the last value.
 */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const line of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const key = /^(?:\\[\s\S]|[^\\=: \t\f])*/.exec(line)![0]
    const value = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')
    properties[unescaped(key)] = unescaped(value)
  }
  return properties
}

/** Variables of Kafka's scripts and container that are no settings of the broker. */
const NOT_SETTINGS = new Set([
  'KAFKA_VERSION',
  'KAFKA_HOME',
  'KAFKA_OPTS',
  'KAFKA_DEBUG',
  'KAFKA_HEAP_OPTS',
  'KAFKA_JVM_PERFORMANCE_OPTS',
  'KAFKA_GC_LOG_OPTS',
  'KAFKA_LOG4J_OPTS',
  'KAFKA_LOG4J_ROOT_LOGLEVEL',
  'KAFKA_LOG4J_LOGGERS',
  'KAFKA_TOOLS_LOG4J_LOGLEVEL',
  'KAFKA_LOG4J_CMD_OPTS',
  'KAFKA_JMX_OPTS',
  'KAFKA_JMX_PORT',
  'KAFKA_JMX_HOSTNAME',
])

/**
 * The settings in `KAFKA_*` variables: the prefix goes, the rest is lowered; `_` stands for a dot, `__` for an
 * underscore, `___` for a dash. Variables of Kafka's start scripts (`KAFKA_OPTS`, `KAFKA_HEAP_OPTS`, …) are left out.
 */
export function envToProperties(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith('KAFKA_') || NOT_SETTINGS.has(name)) continue
    const key = name
      .slice('KAFKA_'.length)
      .toLowerCase()
      .replace(/_{1,3}/g, (run) => (run.length === 1 ? '.' : run.length === 2 ? '_' : '-'))
    if (key !== '') properties[key] = value
  }
  return properties
}
