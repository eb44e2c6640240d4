import fc from 'fast-check'
import t from 'tap'
import { plainLine, plainLines, plainText } from '../../shared/contracts/plain-text.ts'
import { HIDDEN, HOSTILE, hostile } from '../support/hostile-texts.ts'

void t.test('what is hidden is shown, and nothing else is touched', async (t) => {
  t.equal(plainText('a\u001b[31mb\u009b0m\u007f'), 'a\\u001b[31mb\\u009b0m\\u007f')
  t.equal(plainText('ab\u202ecd\u2066e\u200ff\u061c\u2028\ufeff'), 'ab\\u202ecd\\u2066e\\u200ff\\u061c\\u2028\\ufeff')
  t.equal(plainText('two\nlines\tand ümläuts, 日本語, 🚌\u00a0'), 'two\nlines\tand ümläuts, 日本語, 🚌\u00a0')
  t.equal(plainLine('one\r\ntwo'), 'one\\u000d\\ntwo')
})

void t.test('whatever a text says, nothing hidden is left, and a line stays one', async (t) => {
  fc.assert(
    fc.property(hostile, (text) => {
      if (HIDDEN.test(plainText(text))) return false
      return !HIDDEN.test(plainLine(text)) && !plainLine(text).includes('\n')
    })
  )
  for (const [index, text] of HOSTILE.entries()) t.notMatch(plainLine(text), HIDDEN, `text ${index}`)
})

void t.test('JSON stays the JSON that it is', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value)
      return JSON.stringify(JSON.parse(plainText(text))) === text && !HIDDEN.test(plainText(text))
    })
  )
})

void t.test('of a value all texts are made plain, and one that is plain is the same', async (t) => {
  const plain = { a: ['b', { c: 1, d: null }], e: undefined, f: true }

  t.equal(plainLines(plain), plain)
  t.strictSame(plainLines({ 'a\n': ['b\u001b', { c: 'd\n' }] }), { 'a\\n': ['b\\u001b', { c: 'd\\n' }] })
})
