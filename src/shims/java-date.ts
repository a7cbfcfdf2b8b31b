/** Times by a pattern of Java's SimpleDateFormat, for the letters that say something about a number of a date or time. */
import { JavaError } from './failures.ts'

const LETTERS: Readonly<Record<string, (date: Date) => number>> = {
  y: (date) => date.getFullYear(),
  M: (date) => date.getMonth() + 1,
  d: (date) => date.getDate(),
  H: (date) => date.getHours(),
  h: (date) => date.getHours() % 12 || 12,
  m: (date) => date.getMinutes(),
  s: (date) => date.getSeconds(),
  S: (date) => date.getMilliseconds(),
}

/** Local time. Throws JavaError for a letter that is none of these. */
export function javaDate(ms: number, pattern: string): string {
  const date = new Date(ms)
  return pattern.replaceAll(/'([^']*)'|([A-Za-z])\2*/g, (run: string, quoted: string | undefined, letter: string) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted
    const read = LETTERS[letter]
    if (read === undefined)
      throw new JavaError('java.lang.IllegalArgumentException', `Illegal pattern character '${letter}'`)
    const text = String(read(date)).padStart(run.length, '0')
    return letter === 'y' && run.length === 2 ? text.slice(-2) : text
  })
}
