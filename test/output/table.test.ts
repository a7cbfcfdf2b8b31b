/** Tables and fields as text. */
import { beforeAll, describe, expect, it } from 'vitest'
import { useColour } from '../../src/output/colours.ts'
import { renderFields, renderTable } from '../../src/output/table.ts'

beforeAll(() => useColour('never'))

interface Row {
  name: string
  size: number | null
}

const columns = [
  { header: 'name', value: (row: Row) => row.name },
  { header: 'size', value: (row: Row) => row.size, align: 'right' as const },
]

describe('a table', () => {
  it('has no boxes, headers in capitals, numbers to the right, a dash for nothing', () => {
    const rows = [
      { name: 'rawtrade', size: 1200 },
      { name: 'x', size: null },
    ]
    expect(renderTable(columns, rows)).toBe(['NAME      SIZE', 'rawtrade  1200', 'x            -'].join('\n'))
  })

  it('is the same, long or short', () => {
    const row = (index: number) => ({
      name: ['a', 'größe', '東京', 'e\u0301'][index % 4]!,
      size: index % 7 === 0 ? null : index,
    })
    const rows = Array.from({ length: 201 }, (_, index) => row(index))
    const short = renderTable(columns, rows.slice(0, 200)).split('\n')
    const long = renderTable(columns, rows).split('\n')
    expect(long.slice(0, 201)).toEqual(short)
    expect(long.at(-1)).toBe('a       200')
  })

  it('without rows is its header', () => expect(renderTable(columns, [])).toBe('NAME  SIZE'))
})

describe('fields', () => {
  it('have their values in one column', () =>
    expect(
      renderFields([
        ['id', 1],
        ['leader', null],
      ]),
    ).toBe('id:     1\nleader: -'))
})
