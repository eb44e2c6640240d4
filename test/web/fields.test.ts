import t from 'tap'
import {
  fieldRows,
  litWith,
  openRows,
  ownersOfBits,
  ownersOfBytes,
  treeMove,
  type FieldRow,
  type ShownFormat
} from '../../web/model/field-rows.ts'
import { formatsOf } from '../../web/model/formats.ts'
import { hexLines } from '../../web/model/hex-lines.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'
import { played } from './played.ts'

const NONE: ReadonlySet<number> = new Set()

function formatAt(run: RunModel, type: string, nth = 0): ShownFormat {
  const since = type === 'hest.read' ? 0 : (run.faultAt ?? 0)
  const row = run.rows.find(({ entry, place }) => entry.type === type && entry.kind !== 'answer' && place >= since)
  const format = row === undefined ? undefined : formatsOf(run, row)[nth]
  if (format === undefined) throw new Error(`${type} carries no bytes`)
  return format
}

/** A field by its name; where a validation bit is called so too, the field. */
const indexOf = (rows: readonly FieldRow[], name: string) =>
  rows.findLast(({ field }) => field.name === name)?.index ?? -1

void t.test(
  'each message that is made of bytes is shown with their fields, in the words of its document',
  async (t) => {
    const run = await played('01-story')
    const said = (type: string, nth = 0) => {
      const { name, fields } = formatAt(run, type, nth)
      return fieldRows(fields).map(({ field }) => `${name}: ${field.name} = ${field.value} ${field.meaning}`.trim())
    }
    for (const [type, nth, line] of [
      ['record.published', 0, 'generic error status block: Physical Address = 0x7c001000'],
      ['record.published', 0, 'generic error status block: Section Type = a5bc1114… Platform Memory'],
      ['record.published', 0, 'generic error status block: Timestamp = not valid'],
      ['exception.take', 0, 'ESR_ELx: EC = 0x2f SError'],
      ['exception.take', 0, 'ESR_ELx: AET = 3 UER'],
      ['exception.take', 1, 'ERR<n>STATUS: UE = 1'],
      ['signal.deliver', 0, 'siginfo_t: si_code = 5 BUS_MCEERR_AO'],
      ['signal.deliver', 0, 'siginfo_t: si_addr = 0xffff80001000'],
      ['kvm.set-vcpu-events', 0, 'struct kvm_vcpu_events: ext_dabt_pending = 1 yes'],
      ['hest.read', 0, 'Hardware Error Source Table: Source Count = 7']
    ] as const) {
      t.ok(said(type, nth).includes(line), `${line}\nis none of\n${said(type, nth).join('\n')}`)
    }
  }
)

void t.test('every byte and every bit that a story carries belongs to a field that is shown', async (t) => {
  for (const name of ['01-story', '20-host-cannot-claim-sea-exit', '16-corrected-storm']) {
    const run = await played(name)
    let count = 0
    for (const row of run.rows) {
      for (const { name: format, bytes, bits, fields, problems } of formatsOf(run, row)) {
        count++
        const rows = fieldRows(fields)
        const owners = bits === undefined ? ownersOfBytes(rows, bytes.length) : ownersOfBits(rows, bits)
        if (owners.includes(-1)) t.fail(`${name} ${row.entry.type}: ${format} has bytes that are no field's`)
        if (problems.length > 0) t.fail(`${name} ${row.entry.type}: ${problems.join()}`)
      }
    }
    t.ok(count > 10, `${count} in ${name}`)
  }
})

void t.test('a field lights up its bytes and a byte its field; a part of a word is its word among bytes', async (t) => {
  const { bytes, fields } = formatAt(await played('01-story'), 'record.published')
  const rows = fieldRows(fields)
  const owners = ownersOfBytes(rows, bytes.length)
  const address = indexOf(rows, 'Physical Address')
  const lit = [...owners.keys()].filter((at) => litWith(rows, address, false).has(owners[at] ?? -1))

  t.same(lit, [0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73])
  const entry = litWith(rows, indexOf(rows, 'Entry 0'), false)
  t.ok(entry.has(address), 'a structure lights up with all within it')
  t.same([...litWith(rows, indexOf(rows, 'Entry Count'), false)][0], indexOf(rows, 'Block Status'))
  t.same([...litWith(rows, indexOf(rows, 'Entry Count'), true)], [indexOf(rows, 'Entry Count')])
})

void t.test('the bits of a word are folded away until they are asked for, or a link names one', async (t) => {
  const { fields } = formatAt(await played('01-story'), 'record.published')
  const rows = fieldRows(fields)
  const [word, bit] = [indexOf(rows, 'Block Status'), indexOf(rows, 'Uncorrectable')]
  const names = (turned: ReadonlySet<number>, kept?: number) => openRows(rows, turned, kept).map(({ index }) => index)

  t.notOk(names(NONE).includes(bit))
  t.ok(names(new Set([word])).includes(bit))
  t.ok(names(NONE, bit).includes(bit))
  t.ok(names(NONE).includes(indexOf(rows, 'Physical Address')), 'members of a structure are there')
})

void t.test('arrows walk the tree as a tree is walked', async (t) => {
  const { fields } = formatAt(await played('01-story'), 'record.published')
  const rows = fieldRows(fields)
  const [word, bit] = [indexOf(rows, 'Block Status'), indexOf(rows, 'Uncorrectable')]
  const shut = openRows(rows, NONE, undefined)
  const turned = new Set([word])
  const opened = openRows(rows, turned, undefined)

  t.same(treeMove(shut, NONE, word, 'ArrowRight'), { turn: word })
  t.same(treeMove(opened, turned, word, 'ArrowRight'), { to: bit })
  t.same(treeMove(opened, turned, bit, 'ArrowLeft'), { to: word })
  t.same(treeMove(opened, turned, word, 'ArrowLeft'), { turn: word })
  t.same(treeMove(shut, NONE, word, 'ArrowDown'), { to: indexOf(rows, 'Raw Data Offset') })
  t.same(treeMove(shut, NONE, word, 'ArrowUp'), { to: word })
  t.same(treeMove(shut, NONE, word, 'End'), { to: shut.at(-1)?.index })
  t.equal(treeMove(shut, NONE, word, 'x'), undefined)
})

void t.test('bytes are lines of hexadecimal and text, cut where a field ends', (t) => {
  const bytes = new TextEncoder().encode('HEST\0\0\0\0 abcdefghij')
  const owners = Int32Array.from(bytes, (_, at) => (at < 4 ? 0 : at < 8 ? 1 : 2))

  t.same(
    hexLines(bytes, owners, 16).map(({ offset, runs, padding }) => ({
      offset,
      hex: runs.map(({ hex }) => hex),
      ascii: runs.map(({ ascii }) => ascii).join(''),
      padding: padding.length
    })),
    [
      {
        offset: '00',
        hex: ['48 45 53 54', '00 00 00 00', '20 61 62 63 64 65 66 67'],
        ascii: 'HEST·····abcdefg',
        padding: 0
      },
      { offset: '10', hex: ['68 69 6a'], ascii: 'hij', padding: 39 }
    ]
  )
  t.end()
})
