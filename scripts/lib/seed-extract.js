/**
 * Finds every shell command in a Markdown document: in blocks of shell, in untagged blocks that hold commands, in the `script:`, `run:`
 * and `command:` of YAML blocks, and in inline code. Comments are left out, the text around the commands is not looked at.
 *
 * What is found has the line it begins in, and is one of: `command`, one command with its continuation lines; `script`, a whole block
 * with loops, functions or a first line `#!`; `inline`, code within a sentence.
 */

const SHELL_TAGS = new Set(['bash', 'sh', 'shell', 'console'])
/** First words by which untagged blocks and inline code are known to be commands. */
const PROGRAM = new RegExp(
  `^(\\$ )?(\\./)?(${[
    'kafka-(?:[a-z]+-)*[a-z]+\\.sh',
    'kafka-(?:acls|configs|consumer-groups|topics|reassign-partitions|storage|metadata-quorum|features|transactions)',
    'kafka-(?:console|verifiable)-(?:producer|consumer)',
    'kafka-(?:producer|consumer)-perf-test',
    'connect-(?:mirror-maker|distributed|standalone)',
    'kubectl|docker|helm|curl|wget|ssh|aws|gcloud|systemctl|sudo|iptables|tc|nc|java|mvn|npm|pip|git|terraform|psql|kcat|jq',
  ].join('|')})(\\s|$)`,
)
const COMPOUND = /^\s*(for|while|until|if|case)\s|^\s*[a-z_]+\(\) \{|<<-? *['"]?[A-Z]+/m

/** A document's blocks and the lines outside of them. */
function blocksOf(text) {
  const blocks = []
  const prose = []
  let open
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```+\s*(\S*)/.exec(line)
    if (fence) {
      if (open === undefined) open = { tag: fence[1], first: index + 2, lines: [] }
      else {
        blocks.push(open)
        open = undefined
      }
    } else if (open) open.lines.push(line)
    else prose.push({ at: index + 1, line })
  }
  return { blocks, prose }
}

/** True when a quote is open at the end of the text, or its last line goes on with a backslash. */
function goesOn(text) {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '\\' && quote !== "'") at++
    else if (quote === '') {
      if (sign === "'" || sign === '"') quote = sign
    } else if (sign === quote) quote = ''
  }
  return quote !== '' || /\\$/.test(text)
}

const isComment = (line) => /^\s*#(?!!)/.test(line) || line.trim() === ''
const withoutNote = (line) => line.replace(/\s{2,}#\s.*$/, '').trimEnd()

function commandsOf(lines, first) {
  if (lines.some((line) => line.startsWith('#!')) || COMPOUND.test(lines.filter((one) => !isComment(one)).join('\n'))) {
    const text = lines.filter((line) => !isComment(line)).map(withoutNote)
    const start = lines.findIndex((line) => !isComment(line))
    return text.length === 0 ? [] : [{ at: first + start, kind: 'script', text: `${text.join('\n')}\n` }]
  }
  const found = []
  for (let index = 0; index < lines.length; index++) {
    if (isComment(lines[index])) continue
    const at = first + index
    let text = withoutNote(lines[index])
    while (goesOn(text) && index + 1 < lines.length) text += `\n${lines[++index]}`
    found.push({ at, kind: 'command', text: text.trim() })
  }
  return found
}

/** What YAML hands to a shell: values of script, run and command, as a scalar, a list or a block. */
function yamlCommands(lines, first) {
  const found = []
  const indentOf = (line) => line.length - line.trimStart().length
  /** The lines below `from` that belong to it. */
  const below = (from, indent) => {
    let end = from + 1
    while (end < lines.length && (lines[end].trim() === '' || indentOf(lines[end]) > indent)) end++
    return end
  }
  const block = (from, indent) => {
    const end = below(from, indent)
    const inner = lines.slice(from + 1, end)
    const least = Math.min(...inner.filter((line) => line.trim() !== '').map(indentOf))
    const inside = commandsOf(
      inner.map((line) => line.slice(least)),
      first + from + 1,
    )
    // the lines of a block scalar go to one shell
    if (inside.length > 1)
      found.push({ ...inside[0], kind: 'script', text: `${inside.map((one) => one.text).join('\n')}\n` })
    else found.push(...inside)
    return end
  }
  for (let index = 0; index < lines.length; index++) {
    const key = /^(\s*)(?:- )?(script|run|command):\s*(.*)$/.exec(lines[index])
    if (key === null) continue
    const [, space, , value] = key
    if (value === '|') index = block(index, space.length) - 1
    else if (value !== '') {
      const text = value.startsWith('[') ? JSON.parse(value).join(' ') : value
      found.push({ at: first + index, kind: 'command', text })
    } else {
      const end = below(index, space.length)
      const items = lines.slice(index + 1, end)
      // an argument list that ends in a script for `bash -c`
      if (items[0]?.includes('/bin/bash')) {
        const from = lines.findIndex((line, at) => at > index && line.trim() === '- |')
        block(from, indentOf(lines[from]))
      } else if (items[0]?.includes("- '--"))
        continue // arguments of an image, no command
      else
        for (let at = index + 1; at < end; at++) {
          const item = /^(\s*)- (.*)$/.exec(lines[at])
          if (item === null) continue
          if (item[2] === '|') at = block(at, item[1].length) - 1
          else found.push({ at: first + at, kind: 'command', text: item[2] })
        }
      index = end - 1
    }
  }
  return found
}

/** Every shell command of the document, in the order of its lines. */
export function extract(text) {
  const { blocks, prose } = blocksOf(text)
  const found = blocks.flatMap(({ tag, first, lines }) => {
    if (SHELL_TAGS.has(tag)) return commandsOf(lines, first)
    if (tag === 'yaml' || tag === 'yml') return yamlCommands(lines, first)
    return tag === '' && lines.some((line) => PROGRAM.test(line)) ? commandsOf(lines, first) : []
  })
  for (const { at, line } of prose)
    for (const [, code] of line.matchAll(/`([^`]+)`/g))
      if (PROGRAM.test(code)) found.push({ at, kind: 'inline', text: code })
  return found.sort((one, other) => one.at - other.at)
}

/**
 * The tools that sentences and diagrams name outside of any command, for a look whether `extract` has missed one.
 */
export function namedTools(text) {
  const { blocks, prose } = blocksOf(text)
  const lines = [...prose]
  for (const { tag, first, lines: inner } of blocks)
    if (!SHELL_TAGS.has(tag)) lines.push(...inner.map((line, index) => ({ at: first + index, line })))
  return lines
    .filter(({ line }) => /\bkafka-(?:[a-z]+-)*[a-z]+\.sh\b/.test(line))
    .map(({ at }) => at)
    .sort((one, other) => one - other)
}
