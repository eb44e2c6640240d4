import { join } from 'node:path'
import t from 'tap'
import { hexOf } from '../formats/hex.ts'
import { CPER_RECORD } from '../formats/worked-examples.ts'
import { ran } from '../support/commands.ts'

const COMPARE = join(import.meta.dirname, 'compare.ts')
const compare = (folder: string) => ran(process.execPath, [COMPARE, folder])

/** What libcper prints of CPER_RECORD, as far as it is compared. */
const THEIRS = {
  header: {
    recordLength: 280,
    sectionCount: 1,
    severity: { code: 0 },
    creatorID: '00000000-0000-0000-0000-000000000000',
    notificationType: { guid: '9a78788a-bbe8-11e4-809e-67611e5d46b0' },
    recordID: 1,
    flags: { value: 0 },
    persistenceInfo: 0
  },
  sectionDescriptors: [
    {
      sectionLength: 80,
      revision: { major: 3, minor: 0 },
      sectionType: { data: 'a5bc1114-6f64-4ede-b863-3e83ed7c83b1' },
      severity: { code: 0 },
      flags: {
        primary: true,
        containmentWarning: false,
        reset: false,
        errorThresholdExceeded: false,
        resourceNotAccessible: false,
        latentError: false,
        propagated: false,
        overflow: false
      }
    }
  ],
  sections: [{ Memory: { physicalAddress: 0x40200000, memoryErrorType: { value: 0 } } }]
}
const json = (memory: object) => JSON.stringify({ ...THEIRS, sections: [{ Memory: memory }] })
const hex = hexOf(CPER_RECORD)

void t.test('records that libcper reads as we do, in hex or in bytes', async (t) => {
  const same = JSON.stringify(THEIRS)
  const folder = t.testdir({ 'a.cperhex': hex, 'a.json': same, 'b.bin': Buffer.from(CPER_RECORD), 'b.json': same })

  t.strictSame(await compare(folder), { code: 0, stdout: '2 records, 0 differ\n', stderr: '' })
})

void t.test('a field that libcper reads otherwise is named with both values', async (t) => {
  const other = json({ physicalAddress: 0x40200001, memoryErrorType: { value: 0 }, node: 3 })
  const folder = t.testdir({ 'a.cperhex': hex, 'a.json': other })

  t.strictSame(await compare(folder), {
    code: 1,
    stdout: `a: sections.0.Memory.physicalAddress: ours ${0x40200000}, libcper's ${0x40200001}
a: sections.0.Memory.node: ours none, libcper's 3
1 records, 1 differ
`,
    stderr: ''
  })
})

void t.test('what libcper is known to read wrong is said, and no difference', async (t) => {
  const memory = { physicalAddress: 0x40200000, memoryErrorType: { value: 0 }, bank: { group: 0, address: 0 } }
  const { code, stdout } = await compare(t.testdir({ 'a.cperhex': hex, 'a.json': json(memory) }))

  t.equal(code, 0)
  t.match(stdout, '1 times known of libcper: sections.*.Memory.bank.group: it prints both when there is no bank')
})

void t.test('a record that we refuse is a difference; no record at all, or no folder, is exit code 2', async (t) => {
  const short = t.testdir({ 'a.cperhex': hex.slice(0, 100), 'a.json': JSON.stringify(THEIRS), empty: {} })

  t.match(await compare(short), { code: 1, stdout: /^a: refused: .*\n1 records, 1 differ\n$/ })
  t.match(await compare(join(short, 'empty')), { code: 2, stdout: '0 records, 0 differ\n' })
  t.match(await compare('/nowhere'), { code: 2, stderr: /^npm run compare:libcper DIR: .*\n$/ })
})
