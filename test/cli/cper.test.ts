import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { decodeCommand, editCommand, encodeCommand } from '../../cli/actions/cper.ts'
import { recordJson, recordOf } from '../../cli/bytes/record-json.ts'
import type { Json } from '../../cli/bytes/json-value.ts'
import { encodeCperRecord } from '../../shared/formats/cper-record.ts'
import { buildRecord } from '../../services/firmware/build-record.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeMemorySection } from '../../shared/formats/memory-section.ts'
import { program } from '../support/programs.ts'

const BLOCK = buildRecord({ kind: 'memory', severity: 'recoverable', hostPhysical: 0x40200000n } as never)
const RECORD = encodeCperRecord({
  revision: 0x100,
  severity: 0,
  creatorId: '00000000-0000-0000-0000-000000000001',
  notificationType: '00000000-0000-0000-0000-000000000002',
  recordId: 7n,
  flags: 0,
  persistenceInformation: 0n,
  sections: [
    {
      sectionType: SECTION_TYPE.platformMemory,
      revision: 0x300,
      flags: 1,
      severity: 0,
      fruText: '0x12',
      body: encodeMemorySection({ physicalAddress: 0x1000n, errorType: 3 })
    },
    {
      sectionType: '12345678-1234-1234-1234-123456789012',
      revision: 0x300,
      flags: 0,
      severity: 0,
      body: new Uint8Array([1, 2, 3])
    }
  ]
})

function files(t: { testdir(): string }) {
  const dir = t.testdir()
  return (name: string, content: string | Uint8Array): string => {
    const file = join(dir, name)
    writeFileSync(file, content)
    return file
  }
}

for (const [what, bytes] of [
  ['a status block', BLOCK],
  ['a UEFI record', RECORD]
] as const) {
  void t.test(`${what} goes into JSON and comes back byte for byte`, (t) => {
    const file = files(t)
    const { output } = decodeCommand({ format: 'json' }, [file('r.bin', bytes)])

    t.match(output, '"kind": "platformMemory"')
    t.strictSame(Buffer.from(encodeCommand({}, [file('r.json', output)]).bytes ?? []), Buffer.from(bytes))
    t.end()
  })
}

void t.test('whatever bytes can be read come back, with what lies behind them', (t) => {
  const mutated = fc.tuple(
    fc.constantFrom(BLOCK, RECORD),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.uint8Array({ maxLength: 9 })
  )
  let read = 0
  fc.assert(
    fc.property(mutated, ([bytes, changes, behind]) => {
      const changed = new Uint8Array([...bytes, ...behind])
      for (const [at, value] of changes) changed[at % changed.length] = value
      let json: Json
      try {
        json = recordJson(changed)
      } catch {
        return
      }
      read++
      t.equal(Buffer.compare(recordOf(JSON.parse(JSON.stringify(json)) as Json), changed), 0)
    }),
    { numRuns: 300, seed: 11 }
  )
  t.ok(read > 50)
  t.end()
})

void t.test('bytes are read as they are, as base64, as digits and as dumps', (t) => {
  const file = files(t)
  const told = decodeCommand({}, [file('r.bin', BLOCK)]).output
  const dump = decodeCommand({ format: 'hexdump' }, [file('r.bin', BLOCK)]).output
  const texts = [Buffer.from(BLOCK).toString('base64'), Buffer.from(BLOCK).toString('hex'), `${dump}\n000000ac\n`]

  t.match(told, /physicalAddress +0x40200000/)
  for (const text of texts) t.equal(decodeCommand({}, [file('r.txt', text)]).output, told, text.slice(0, 20))
  t.end()
})

void t.test('a field is set and another left out; all else stays', (t) => {
  const file = files(t)
  const set = ['severity=1', 'entries[0].section.body.physicalAddress=0x48001000']
  const { bytes = new Uint8Array() } = editCommand({ set }, [file('r.bin', BLOCK)])
  const without = editCommand({ unset: ['entries[0].section.body.physicalAddress'] }, [file('r.bin', BLOCK)])

  t.equal(bytes[16], 1)
  const differs = [...bytes.keys()].filter((at) => bytes[at] !== BLOCK[at])
  t.ok(
    differs.every((at) => at === 16 || (at >= 0x6c && at < 0x74)),
    differs.join()
  )
  t.notMatch(decodeCommand({}, [file('w.bin', without.bytes ?? '')]).output, 'physicalAddress  ')
  t.end()
})

const WRONG: readonly (readonly [set: string, says: RegExp])[] = [
  ['severty=1', /severty: there is no such field here; did you mean severity\?/],
  ['entries[0].section.bdy.x=1', /there is no bdy; did you mean body\?/],
  ['severity=99999999999', /Error Severity is an unsigned 32-bit value/],
  ['entries[0].section.body.physicalAddress=high', /64-bit/],
  ['container=paper', /container: error-status-block or cper-record/],
  ['severity', /FIELD=VALUE/]
]
for (const [set, says] of WRONG) {
  void t.test(`--set ${set} is refused and says why`, async (t) => {
    const file = files(t)('r.bin', BLOCK)
    t.throws(() => editCommand({ set: [set] }, [file]), says)
  })
}

void t.test('bytes that break a rule are told up to there, with the rule, and exit 1', (t) => {
  const cut = decodeCommand({}, [files(t)('r.bin', BLOCK.subarray(0, 100))])

  t.equal(cut.exitCode, 1)
  t.match(cut.output, /BROKEN RULES\n {2}at byte \d+: /)
  t.end()
})

void t.test("--to qmp is QEMU's command with the status block", (t) => {
  const { output } = decodeCommand({ to: 'qmp' }, [files(t)('r.bin', BLOCK)])
  const { execute, arguments: given } = JSON.parse(output) as { execute: string; arguments: { cper: string } }

  t.equal(execute, 'inject-ghes-v2-error')
  t.equal(Buffer.from(given.cper, 'base64').compare(BLOCK), 0)
  t.end()
})

void t.test('through the command line: bytes into a file, and one line for what is no record', async (t) => {
  const file = files(t)
  const out = file('out.bin', '')
  const seabus = (...args: string[]) => program('cli/seabus.ts', args).ended
  const edited = await seabus('cper', 'edit', file('r.bin', BLOCK), '--set', 'severity=1', '--out', out)
  const none = await seabus('cper', 'decode', file('r.txt', 'not a record'))
  const words = await seabus('cper', 'decode', file('r.txt', '# A page → in UTF-8, longer than a status block is\n'))
  const absent = await seabus('cper', 'decode', '/nowhere.bin')

  t.same(edited, { code: 0, out: `${out} written\n`, err: '' })
  t.equal(readFileSync(out)[16], 1)
  t.match(none, { code: 2, out: '', err: /^[^\n]*r\.txt: neither bytes, nor base64, nor hexadecimal digits\n$/ })
  t.match(words, { code: 2, out: '', err: /^[^\n]*r\.txt: neither bytes, nor base64, nor hexadecimal digits\n$/ })
  t.match(absent, { code: 2, out: '', err: /^[^\n]*nowhere\.bin: ENOENT[^\n]*\n$/ })
})
