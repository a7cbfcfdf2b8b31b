/**
 * Reads a tour: a markdown page whose `console` blocks hold commands (`$ …`, continued by `> …`) and what they print, both streams
 * as a terminal shows them. Compares what is shown with what was printed: ids, times, durations and sizes count as equal, `…` in a
 * line stands for any text, a line of `…` alone for any lines.
 */

export interface TourStep {
  /** As the shell takes it. */
  readonly command: string
  /** What the page shows, without the newline at its end. */
  readonly shown: string
  /** Index of the first line of `shown`, and of the first line after it, on the page. */
  readonly from: number
  readonly to: number
}

export interface TourSection {
  readonly title: string
  readonly steps: TourStep[]
}

/** The sections (`## title`) of the page with their commands, in order. */
export function readTour(page: string): TourSection[] {
  const lines = page.split('\n')
  const sections: TourSection[] = []
  let isInside = false
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    if (line.startsWith('```')) isInside = line === '```console'
    else if (!isInside && line.startsWith('## ')) sections.push({ title: line.slice(3), steps: [] })
    else if (isInside && line.startsWith('$ ')) {
      const words = [line.slice(2)]
      while (lines[at + 1]?.startsWith('> ') === true) {
        at += 1
        words.push(lines[at]!.slice(2))
      }
      const from = at + 1
      let to = from
      while (!lines[to]!.startsWith('$ ') && !lines[to]!.startsWith('```')) to += 1
      sections.at(-1)?.steps.push({ command: words.join('\n'), shown: lines.slice(from, to).join('\n'), from, to })
      at = to - 1
    }
  }
  return sections
}

/** Text with everything that differs from run to run made the same. */
export function normalised(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3}Z?/g, 'TIME')
    .replaceAll(/(?<![\w-])[\w-]{22}(?![\w-])/g, (word) => (/[A-Z]/.test(word) && /[a-z]/.test(word) ? 'ID' : word))
    .replaceAll(/(?<![\w.-])(\d+(\.\d+)?(ms|s|m|h|d))+(?![\w])/g, 'DURATION')
    .replaceAll(/(?<![\w.-])\d+(\.\d+)? (B|KiB|MiB|GiB)\b/g, 'SIZE')
    .replaceAll(/\b1[6-9]\d{11}\b/g, 'TIME')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}

/** Whether `printed` is what the page shows. */
export function isShown(shown: string, printed: string): boolean {
  const escaped = (line: string) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')
  const pattern = normalised(shown)
    .split('\n')
    .map((line) => (line === '…' ? '(?:.*\n)*' : `${escaped(line)}\n`))
    .join('')
  const text = normalised(printed)
  return new RegExp(`^${pattern === '\n' ? '' : pattern}$`).test(text === '' ? '' : `${text}\n`)
}
