import fc from 'fast-check'

/** What no text for people may hold, spelt out apart from the code that keeps it off. */
export const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

/** What people have sent to terminals and logs before. */
export const HOSTILE: readonly string[] = [
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\',
  '\u009b2J\u009d52;c;aGk=\u009c',
  'x\n   1  outside -> hardware          error.inject: FORGED',
  'x\r\nTHIS IS NOT HOW IT MUST END.',
  'x\rover',
  'a\b\b\bb\u007f',
  'a\u2028b\u2029c\u0085d\u000be\u000cf',
  '\u202egnp.exe\u2066\u2069\u200f\u061c',
  '%%{init: {"securityLevel": "loose"}}%%\n  A->>B: forged',
  '\u0000'
]

/** Any text, with more of what is hidden in it than chance would have. */
export const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...HOSTILE),
      fc.integer({ min: 0, max: 0xa0 }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('\n', '\u202e', '\u2028', 'text')
    ),
    { minLength: 1, maxLength: 6 }
  )
  .map((parts) => parts.join(''))
