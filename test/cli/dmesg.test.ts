import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { analyse } from '../../cli/dmesg/analyse.ts'
import { disagreements } from '../../cli/dmesg/report.ts'
import type { NotificationName } from '../../cli/dmesg/run-kernel.ts'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { ran } from '../support/commands.ts'
import { program } from '../support/programs.ts'
import { KERNELS, namesOf, recordingOf } from './recordings.ts'

const SEABUS = fileURLToPath(new URL('../../cli/seabus.mjs', import.meta.url))
const seabus = (...args: string[]) => ran(process.execPath, [SEABUS, ...args])
const UNKNOWN = { version: undefined, notify: undefined, source: undefined }

/** A memory error as kernels before 5.16 print it, under syslog's prefix, with another driver's line in between. */
const OLD = `
Dec 29 05:24:23 box kernel: [  511.304636] {37}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 162
Dec 29 05:24:23 box kernel: [  511.304637] {37}[Hardware Error]: It has been corrected by h/w and requires no further action
Dec 29 05:24:23 box kernel: [  511.304638] {37}[Hardware Error]: event severity: corrected
Dec 29 05:24:23 box kernel: [  511.304639] EDAC MC0: 1 CE memory read error
Dec 29 05:24:23 box kernel: [  511.304640] {37}[Hardware Error]:  Error 0, type: corrected
Dec 29 05:24:23 box kernel: [  511.304641] {37}[Hardware Error]:   section_type: memory error
Dec 29 05:24:23 box kernel: [  511.304642] {37}[Hardware Error]:   error_status: 0x0000000000000400
Dec 29 05:24:23 box kernel: [  511.304643] {37}[Hardware Error]:   physical_address: 0x000000b50c68ce80
Dec 29 05:24:23 box kernel: [  511.304644] {37}[Hardware Error]:   node: 1 card: 4 module: 0 rank: 0 bank: 1 device: 14 row: 58165 column: 816
Dec 29 05:24:23 box kernel: [  511.304645] {37}[Hardware Error]:   error_type: 2, single-bit ECC
Dec 29 05:24:23 box kernel: [  511.304646] {37}[Hardware Error]:   DIMM location: CPU 2 DIMM 30
`

void t.test('lines of an older kernel make a record; what is worded otherwise or not in it is shown', async (t) => {
  const analysis = analyse(OLD, UNKNOWN)

  const [report] = analysis.reports
  const [entry] = decodeErrorStatusBlock(report?.rebuilt.block ?? new Uint8Array()).entries
  t.equal(entry?.sectionType, SECTION_TYPE.platformMemory)
  t.strictSame(decodeMemorySection(entry?.payload ?? new Uint8Array()), {
    errorStatus: 0x400n,
    physicalAddress: 0xb50c68ce80n,
    node: 1,
    card: 4,
    module: 0,
    rank: 0,
    bank: 1,
    device: 14,
    row: 58165,
    column: 816,
    errorType: 2
  })
  t.equal(report?.rebuilt.source, 162)
  const odd = report?.lines.filter(({ verdict }) => verdict !== 'same')
  t.match(odd, [
    { verdict: 'other words', log: /error_status: 0x/, model: /Storage error in DRAM memory/ },
    { verdict: 'only in the log', log: /DIMM location: CPU 2 DIMM 30/ }
  ])
  t.match(analysis.foreign, [{ at: 5, text: /EDAC/ }])
  t.ok(report?.rebuilt.assumptions.some(({ field }) => field === 'Module Handle'))
})

void t.test('a line that nothing reads is shown as not understood, and the exit code is 1', async (t) => {
  const folder = t.testdir({ 'strange.log': `${OLD}{37}[Hardware Error]:   colour: blue\n` })

  const { code, stdout } = await seabus('dmesg', `${folder}/strange.log`)

  t.equal(code, 1)
  t.match(stdout, /NOT UNDERSTOOD, and not in the record: colour: blue/)
})

/** Of the recordings: which source each was put into, and how that one tells. */
const NOTIFY: Readonly<Record<number, NotificationName>> = { 0: 'SEA', 1: 'polled', 3: 'GSIV', 4: 'polled' }

/**
 * A second record of the same page, and three between two others, that the print limit held back: of what is not shown
 * no record can be made.
 */
const UNSHOWN = ['6.1/poison-twice', '6.12/poison-twice', '6.12/read-ack-prior-bits']
/** What the kernel read behind the end of the section was not zeros. */
const READ_BEHIND = ['arm-section-count-too-large']

for (const kernel of KERNELS) {
  void t.test(`what Linux ${kernel} printed in each recording is rebuilt, and the model says the same`, async (t) => {
    for (const name of namesOf(kernel)) {
      const { input, observed = {} } = recordingOf(kernel, name)
      const parts = [observed['dmesg'], observed['first'], observed['second']] as readonly (
        readonly string[] | undefined
      )[]
      const log = parts.flatMap((lines) => lines ?? []).join('\n')
      if (!log.includes('Hardware error from APEI')) continue
      const source = typeof input['source'] === 'number' ? input['source'] : input['vmm'] === undefined ? 1 : 0

      const analysis = analyse(log, { version: kernel, notify: NOTIFY[source], source: undefined })

      if (UNSHOWN.includes(`${kernel}/${name}`)) continue
      if (READ_BEHIND.includes(name)) continue
      t.equal(disagreements(analysis), 0, name, { kernel: analysis.kernel, reports: analysis.reports })
      t.strictSame(analysis.sources, [source], name)
    }
  })
}

void t.test(
  'a record of the recordings comes back byte for byte, by --record, where no line is ambiguous',
  async (t) => {
    const { input, observed } = recordingOf('6.12', 'polled-anon-early')
    const folder = t.testdir({ 'a.log': (observed?.['dmesg'] as readonly string[]).join('\n') })

    const { code } = await seabus('dmesg', `${folder}/a.log`, '--notify', 'polled', '--record', `${folder}/a.bin`)

    t.equal(code, 0)
    t.equal(readFileSync(`${folder}/a.bin`).toString('hex'), input['cper'])
  }
)

void t.test('--scenario writes a file that runs as expected', async (t) => {
  const folder = t.testdir({ 'old.log': OLD })

  await seabus('dmesg', `${folder}/old.log`, '--scenario', `${folder}/old.yaml`)
  const { code, stdout } = await seabus('run', `${folder}/old.yaml`)

  t.equal(code, 0, stdout)
})

void t.test('records that were printed into each other, joined into one line or repeated are told apart', async (t) => {
  const lines = (number: number, source: number) => [
    `{${number}}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: ${source}`,
    `{${number}}[Hardware Error]: event severity: recoverable`,
    `{${number}}[Hardware Error]:  Error 0, type: recoverable`,
    `{${number}}[Hardware Error]:   section_type: memory error`,
    `{${number}}[Hardware Error]:   physical_address: 0x000000004800${number}000`
  ]
  const [a, b] = [lines(1, 5), lines(2, 7)]
  const sources = (log: string) => analyse(log, UNKNOWN).reports.map(({ rebuilt }) => rebuilt.source)

  t.strictSame(sources(a.flatMap((line, index) => [line, b[index] ?? '']).join('\n')), [5, 7])
  t.strictSame(sources([...a, ...b].map((line) => `kernel: ${line}`).join(' ')), [5, 7])
  t.strictSame(sources([...a, ...lines(1, 9)].join('\n')), [5, 9], 'after a boot numbers start again')
})

void t.test('records of BERT, which have no number and no source, are read too', async (t) => {
  const log = `
[    1.2] BERT: Error records from previous boot:
[    1.2] [Hardware Error]: event severity: fatal
[    1.2] [Hardware Error]:  Error 0, type: fatal
[    1.2] [Hardware Error]:   section_type: ARM processor error
[    1.2] [Hardware Error]:   MIDR: 0x00000000481fd010
[    1.2] [Hardware Error]:   Error info structure 0:
[    1.2] [Hardware Error]:   num errors: 1
[    1.2] [Hardware Error]:    error_type: 0, cache error
`
  const analysis = analyse(log, UNKNOWN)

  t.equal(analysis.reports.length, 1)
  const [report] = analysis.reports
  t.equal(report?.rebuilt.armErrorType, 'enumeration', 'as kernels before 6.1.162 read the type byte')
  t.ok(report?.rebuilt.assumptions.some(({ field }) => field === 'error source'))
  t.ok(report?.lines.every(({ verdict }) => verdict === 'same' || verdict === 'not in the excerpt'))
})

void t.test('a section whose counts and lengths do not fit each other is rebuilt as wrong as it was', async (t) => {
  const log = `
[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 1
[Hardware Error]: event severity: recoverable
[Hardware Error]:  Error 0, type: recoverable
[Hardware Error]:   section_type: ARM processor error
[Hardware Error]:   MIDR: 0xff304b2f8476870a
[Hardware Error]:   section length: 854918320, CPER size: 67
[Hardware Error]:   section length is too big
[Hardware Error]:   firmware-generated error record is incorrect
[Hardware Error]:   ERR_INFO_NUM is 46198
`
  const [report] = analyse(log, UNKNOWN).reports

  t.equal(decodeErrorStatusBlock(report?.rebuilt.block ?? new Uint8Array()).entries[0]?.payload.length, 67)
  t.ok(report?.lines.every(({ verdict }) => verdict === 'same'))
})

void t.test('the version, the notification and the page are taken from the log where it says them', async (t) => {
  const log = `
{3}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 4
{3}[Hardware Error]: event severity: recoverable
{3}[Hardware Error]:  Error 0, type: recoverable
{3}[Hardware Error]:   section_type: memory error
{3}[Hardware Error]:   physical_address: 0x0000003fd4374180
Memory failure: 0x3fd4374: Sending SIGBUS to java:4711 due to hardware memory corruption
Memory failure: 0x3fd4374: recovery action for dirty LRU page: Recovered
CPU: 3 PID: 4711 Comm: java Not tainted 6.1.0-56-arm64 #1
`
  const analysis = analyse(log, UNKNOWN)

  t.equal(analysis.version, '6.1.192')
  t.equal(disagreements(analysis), 0)
  t.match(
    analysis.assumptions.map(({ field, taken }) => `${field}: ${taken}`),
    ['kernel: 6.1', 'notification: GSIV', 'page 0x3fd4374000: one that is a dirty LRU page']
  )
})

void t.test('--format json gives it for programs, and so does the older --json', async (t) => {
  const log = join(t.testdir({ 'old.log': OLD }), 'old.log')
  const [named, older] = await Promise.all([seabus('dmesg', log, '--format', 'json'), seabus('dmesg', log, '--json')])

  t.match(JSON.parse(named.stdout), { reports: [{ number: '37' }] })
  t.same(older, named)
})

void t.test('on a terminal the colours are those of the report, and nothing of the log is an order', async (t) => {
  const hostile = `${OLD}kernel: \u001b[31mfoo: bar\n{37}[Hardware Error]:   nothing like it \u001b[2J\n`
  const log = join(t.testdir({ 'hostile.log': hostile }), 'hostile.log')
  const { out } = await program('cli/seabus.ts', ['dmesg', log], { FORCE_COLOR: '1' }).ended

  t.match(out, '\u001b[32msame ')
  t.match(out, '\\u001b[31mfoo: bar')
  t.match(out, '\\u001b[2J')
  t.notMatch(out, '\u001b[31mfoo')
  t.notMatch(out, '\u001b[2J')
})

const UNUSABLE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a file that is not there', ['/nowhere.log'], /nowhere\.log: .*no such file/],
  ['a log without a record', [SEABUS], /no record in it/],
  ['two logs', ['a', 'b'], /too many arguments for 'dmesg'/],
  ['a kernel that the model has not', ['x', '--linux', '2.4'], /--linux 2\.4: the model knows/],
  ['a notification that there is not', ['x', '--notify', 'pigeon'], /--notify pigeon: one of SEA, polled/],
  ['a source that is no number', ['x', '--source', 'five'], /--source five: a number from 0 to 65535/]
]
for (const [what, args, message] of UNUSABLE) {
  void t.test(`${what} ends in one line and exit code 2`, async (t) => {
    const { code, stderr } = await seabus('dmesg', ...args)

    t.equal(code, 2)
    t.match(stderr, message)
  })
}
