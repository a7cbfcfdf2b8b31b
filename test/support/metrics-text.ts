/** Reads the text that Prometheus reads: each name with its type, its help and the sets of labels that its samples have. */
export interface Exposed {
  readonly type: string
  readonly help: string
  /** `request,version`, sorted; `-` for none. */
  readonly labels: Set<string>
}

/** Throws when a line is not of the format. */
export function readMetrics(text: string): Map<string, Exposed> {
  const found = new Map<string, Exposed>()
  const types = new Map<string, string>()
  const helps = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment !== null) {
      ;(comment[1] === 'TYPE' ? types : helps).set(comment[2]!, comment[3]!)
      continue
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?[0-9.eE+-]+)$/.exec(line)
    if (sample === null) throw new Error(`no line of the exposition format: ${line}`)
    const name = sample[1]!
    const keys = [...(sample[2] ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"/g)].map(([, key]) => key!)
    let exposed = found.get(name)
    if (exposed === undefined) {
      exposed = { type: types.get(name) ?? 'untyped', help: helps.get(name) ?? '', labels: new Set() }
      found.set(name, exposed)
    }
    exposed.labels.add(keys.length === 0 ? '-' : keys.sort().join(','))
  }
  return found
}
