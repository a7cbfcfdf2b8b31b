/** Text collected as bytes: as long as it may be, in any characters, again and again. */
import { expect, it } from 'vitest'
import { TextBytes } from '../../src/output/text-bytes.ts'

it('collects text of any length and characters, and begins anew', () => {
  const bytes = new TextBytes()
  const pieces = Array.from({ length: 300 }, (_, index) => 'äx€😀'.repeat(index))
  for (const piece of pieces) bytes.add(piece)
  const text = pieces.join('')
  expect(Buffer.from(bytes.bytes()).toString()).toBe(text)
  expect(bytes.length).toBe(Buffer.byteLength(text))
  bytes.clear()
  expect(bytes.bytes()).toHaveLength(0)
  bytes.add('a')
  const small = bytes.bytes()
  bytes.clear()
  bytes.add('b')
  expect(Buffer.from(small).toString(), 'small pieces are copies').toBe('a')
})
