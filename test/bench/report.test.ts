/** The page of figures: what a run of some parts may change of it. */
import { describe, expect, it } from 'vitest'
import { best, type Figure } from './figures.ts'
import { page, type Setting } from './report.ts'

const EMPTY = [
  'before',
  '<!-- figures: written by `npm run bench -- --write-docs` -->',
  '<!-- end of figures -->',
  'after',
].join('\n')

const setting = (command: string, failed: string[] = []): Setting => ({
  command,
  machine: 'a machine',
  date: '2026-01-02',
  failed,
})

const figure = (part: string, what: string, mq: number): Figure =>
  best({ part, what, unit: 'ms', goal: 2 }, [mq], [100])

const WHOLE = page(EMPTY, [figure('start', 'start', 10), figure('lag', 'lag', 80)], setting('all'))

describe('page', () => {
  it('holds the table of a whole run, its goals and how it was made', () => {
    expect(WHOLE.split('\n')).toEqual([
      'before',
      '<!-- figures: written by `npm run bench -- --write-docs` -->',
      '',
      '1 of 2 goals met. Made by:',
      '',
      '- `all`, 2026-01-02, a machine',
      '',
      '| figure | unit | mq | Apache Kafka 4.3.1 | mq is better by | goal | |',
      '|---|---|---:|---:|---:|---:|---|',
      '| start | ms | 10.0 | 100 | 10.0x | 2x | met |',
      '| lag | ms | 80.0 | 100 | 1.25x | 2x | **not met** |',
      '',
      '<!-- end of figures -->',
      'after',
    ])
  })

  it('keeps the rows of other parts, puts measured ones in their place and new ones last', () => {
    const after = page(WHOLE, [figure('lag', 'lag', 20), figure('load', 'load', 60)], setting('lag', ['x']), true)
    expect(after.split('\n').slice(3, -3)).toEqual([
      '2 of 3 goals met. Made by:',
      '',
      '- `all`, 2026-01-02, a machine',
      '- `lag`, 2026-01-02, a machine, the rows of lag, load; could not be measured: x',
      '',
      '| figure | unit | mq | Apache Kafka 4.3.1 | mq is better by | goal | |',
      '|---|---|---:|---:|---:|---:|---|',
      '| start | ms | 10.0 | 100 | 10.0x | 2x | met |',
      '| lag | ms | 20.0 | 100 | 5.00x | 2x | met |',
      '| load | ms | 60.0 | 100 | 1.67x | 2x | **not met** |',
    ])
  })

  it('has no two rows of one name', () => {
    const twins = [figure('lag', 'lag', 20), figure('lag', 'lag', 30)]
    expect(() => page(WHOLE, twins, setting('lag'))).toThrow('same name')
  })

  it('names a command once, and forgets everything before a whole run', () => {
    const twice = page(page(WHOLE, [figure('lag', 'lag', 20)], setting('lag'), true), [], setting('lag'), true)
    expect(twice.match(/^- `lag`/gm)).toHaveLength(1)
    const again = page(twice, [figure('lag', 'lag', 20)], setting('all'))
    expect(again.match(/^- `/gm)).toHaveLength(1)
    expect(again).not.toContain('| start |')
  })
})
