/**
 * What kafka-consumer-groups --validate-regex says of a pattern. Brokers read such patterns as RE2 does, without look-around and
 * back references; the words are those of RE2.
 */

const REPEAT_MAX = 1000

/** What is wrong with the pattern; undefined when nothing is. */
export function validateRegex(pattern: string): string | undefined {
  const bare = pattern.replace(/\\[^\d]/g, 'x').replace(/\[\^?\]?[^\]]*\]/g, 'x')
  if (/(^|[^\\])(\\\\)*\\$/.test(pattern)) return 'trailing backslash at end of expression'
  if (/\\[1-9]/.test(bare)) return 'invalid escape sequence'
  if (/\(\?(?!:|P?<[A-Za-z_]|[imsU-]+[:)])/.test(bare)) return 'invalid or unsupported Perl syntax'
  if (/(^|[(|])[*+?]/.test(bare.replaceAll('(?', '('))) return 'missing argument to repetition operator'
  if (/[*+?]{3}|[*+][*+]|\?[*+]/.test(bare)) return 'invalid nested repetition operator'
  for (const [, least, most] of bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    const last = most === undefined || most === '' ? Number(least) : Number(most)
    if (Number(least) > last || last > REPEAT_MAX) return 'invalid repeat count'
  }
  if (bare.includes('[')) return 'missing closing ]'
  const opened = bare.split('(').length - bare.split(')').length
  if (opened !== 0) return opened > 0 ? 'missing closing )' : 'regexp/syntax: internal error'
  try {
    new RegExp(pattern.replaceAll('(?P<', '(?<').replace(/\(\?[imsU-]+([:)])/g, '(?:$1'))
    return undefined
  } catch (error) {
    const why = (error as Error).message
    return why.includes('order') ? 'invalid character class range' : why.replace(/^.*: /, '')
  }
}
