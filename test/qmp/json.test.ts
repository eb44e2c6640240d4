import t from 'tap'
import { EMPTY_STREAM, LONGEST_VALUE, takeText, type Said } from '../../services/vmm/qmp/json-stream.ts'
import { qmpText } from '../../services/vmm/qmp/json-value.ts'

const said = (...texts: readonly string[]): readonly Said[] => {
  let stream = EMPTY_STREAM
  return texts.flatMap((text) => {
    const [next, all] = takeText(stream, text)
    stream = next
    return all
  })
}
const values = (...texts: readonly string[]) =>
  said(...texts).map((one) => (one.kind === 'value' ? one.value : one.kind === 'error' ? one.desc : one.verb))
const wrong = (says: string) => `JSON parse error, ${says}`

void t.test('values need no line of their own, and may have many', async (t) => {
  t.strictSame(values('{"a":1}{"b":[true,null]}\n{\n"c"\n:\r\n"d"}'), [{ a: 1 }, { b: [true, null] }, { c: 'd' }])
})

void t.test('it is the same in whatever pieces it comes', async (t) => {
  const text = '{"execute":"a\\"b\\u0041", \'arguments\': {"x": [-1.5e3, {}, true, "["]}} nonsense {"b" 1} "x\n{"c":2}'
  const whole = values(text)
  t.strictSame(whole, [
    { execute: 'a"bA', arguments: { x: [-1500, {}, true, '['] } },
    wrong("invalid keyword 'nonsense'"),
    wrong('missing : in object pair'),
    wrong("stray '\"x\n'"),
    { c: 2 }
  ])
  t.strictSame(values(...text), whole, 'character by character')
  for (let at = 1; at < text.length; at++)
    t.strictSame(values(text.slice(0, at), text.slice(at)), whole, `in two at ${at}`)
})

void t.test('strings have either quote, and every escape of JSON', async (t) => {
  t.strictSame(values(`{'it\\'s': "\\"\\\\\\/\\b\\f\\n\\r\\t"}`), [{ "it's": '"\\/\b\f\n\r\t' }])
  t.strictSame(values('"\\x"'), [wrong('invalid escape sequence in string')])
  t.strictSame(values('"\\u12"', '"\\ud83d"'), [
    wrong('\\u12 is not a valid Unicode character'),
    wrong('\\ud83d is not a valid Unicode character')
  ])
  t.strictSame(values('"\\ud83d\\ude00"'), ['\u{1f600}'])
})

void t.test('an integer keeps its 64 bits', async (t) => {
  const [value] = values('[9007199254740993, 18446744073709551615, 12]')
  t.strictSame(value, [9007199254740993n, 18446744073709551615n, 12])
  t.equal(qmpText(value as never), '[9007199254740993, 18446744073709551615, 12]')
})

for (const [text, desc] of [
  ['{"a" 1}', 'missing : in object pair'],
  ['{1:2}', 'key is not a string in object'],
  ['{[}]', 'expecting value'],
  ['{"a":}', 'expecting value'],
  ['{"a":1 "b":2}', 'expected separator in dict'],
  ['{"a":1,"a":2}', 'duplicate key'],
  ['[1 2]', 'expected separator in list'],
  ['[1,]', 'expecting value'],
  [']', 'expecting value'],
  ['nothing ', "invalid keyword 'nothing'"],
  ['Hello\n', "stray 'H'"],
  ['01 ', "stray '01'"],
  ['\u0000', "stray '\u0000'"],
  ['\ufffd', "stray '\ufffd'"],
  ['# a comment\n', "stray '#'"]
] as const) {
  void t.test(`${JSON.stringify(text)} is answered as QEMU words it, and what comes next is understood`, async (t) => {
    t.strictSame(values(text, '\n{"next":1}').slice(0, 1), [wrong(desc)])
    t.strictSame(values(text, '\n{"next":1}').at(-1), { next: 1 })
  })
}

void t.test('no value is larger or deeper than allowed', async (t) => {
  const long = `"${'x'.repeat(LONGEST_VALUE)}`
  t.strictSame(values(long, 'y"', '\n{"next":1}'), ['JSON token size limit exceeded', { next: 1 }])
  t.strictSame(values(`[${'1,'.repeat(LONGEST_VALUE)}`, '\n').slice(0, 1), ['JSON token size limit exceeded'])
  t.strictSame(values('['.repeat(1025)), ['JSON nesting depth limit exceeded'])
})

void t.test('names that objects have by birth are members like others', async (t) => {
  const [value] = values('{"__proto__": {"x": 1}, "constructor": 2}')
  t.strictSame(Object.keys(value as object), ['__proto__', 'constructor'])
})

void t.test('a line that begins as a request of HTTP does is told from nonsense', async (t) => {
  t.strictSame(said('GET / HTTP/1.1\r\n')[0], { kind: 'http', verb: 'GET' })
  t.strictSame(said('PO', 'ST /x HTTP/1.1\r\n')[0], { kind: 'http', verb: 'POST' })
  t.strictSame(said('{}\nDELETE /x')[1], { kind: 'http', verb: 'DELETE' })
  t.strictSame(values('GETS x\n'), [wrong("stray 'G'")])
})

void t.test('JSON is written as QEMU writes it: spaces behind commas and colons, in ASCII', async (t) => {
  t.equal(qmpText({ a: [1, true, null], 'b"': 'ä\n\u007f' }), '{"a": [1, true, null], "b\\"": "\\u00E4\\n\\u007F"}')
})
