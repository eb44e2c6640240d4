import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { compareObserved } from '../../cli/replay/compare.ts'
import { predict } from '../../lab/predict.ts'
import { replay } from '../../cli/actions/replay.ts'
import { scopeOf } from '../../cli/replay/scope.ts'
import { ran } from '../support/commands.ts'
import { KERNELS, namesOf, pathOf, recordingOf, type Kernel } from './recordings.ts'

const SEABUS = fileURLToPath(new URL('../../cli/seabus.mjs', import.meta.url))
const seabus = (...args: string[]) => ran(process.execPath, [SEABUS, ...args])
const TABLE = { json: false, predict: false, linux: undefined }

for (const kernel of KERNELS) {
  void t.test(`what Linux ${kernel} did in each recording is what the model says is legal`, async (t) => {
    for (const name of namesOf(kernel)) {
      const { output, exitCode } = replay([pathOf(kernel, name)], TABLE)

      t.equal(exitCode, 0, name, { output })
    }
  })

  void t.test(`a prediction needs nothing of a Linux ${kernel} recording but its input`, async (t) => {
    for (const name of namesOf(kernel)) {
      const { observed, input, qemu } = recordingOf(kernel, name)
      const bare = { input, ...(qemu === undefined ? {} : { qemu }) }
      const [first] = predict(bare, kernel)

      const fields = predict(bare, kernel).map((one) => Object.keys(JSON.parse(JSON.stringify(one.observed)) as object))
      const wanted = Object.keys(observed ?? {}).toSorted()
      t.ok(
        fields.some((found) => JSON.stringify(found.toSorted()) === JSON.stringify(wanted)),
        `${name}: the recording's own fields`
      )
      t.ok(first, name)
    }
  })
}

void t.test('--predict prints the same for a file from which observed was taken', async (t) => {
  const name = 'badram-sea-anon-early'
  const recording = JSON.parse(readFileSync(pathOf('6.12', name), 'utf8')) as Record<string, unknown>
  delete recording['observed']
  const folder = t.testdir({ 'bare.json': JSON.stringify(recording) })

  const whole = await seabus('replay', pathOf('6.12', name), '--predict', '--json')
  const stripped = await seabus('replay', `${folder}/bare.json`, '--predict', '--json')

  t.equal(stripped.stdout, whole.stdout)
  t.equal(stripped.code, 0)
  const { alternatives } = JSON.parse(stripped.stdout) as { alternatives: unknown[] }
  t.equal(alternatives.length, 1, 'the kworker and the consumer race')
})

void t.test('--predict of several files is one object by file', async (t) => {
  const files = [pathOf('6.1', 'poison-twice'), pathOf('6.12', 'kvm-caps')]

  const { stdout } = await seabus('replay', ...files, '--predict', '--json')

  t.strictSame(Object.keys(JSON.parse(stdout) as object), files)
})

interface Falsification {
  readonly what: string
  readonly name: string
  readonly replace: readonly [string, string]
  readonly field: string
}
const FALSIFIED: readonly Falsification[] = [
  { what: 'a signal code', name: 'polled-anon-early', replace: ['"si_code": 5', '"si_code": 4'], field: 'si_code' },
  {
    what: 'an lsb',
    name: 'polled-hugetlb-default',
    replace: ['"si_addr_lsb": 21', '"si_addr_lsb": 12'],
    field: 'si_addr_lsb'
  },
  { what: 'an ack', name: 'polled-fatal', replace: ['"read_ack": "0x1"', '"read_ack": "0x0"'], field: 'read_ack' },
  {
    what: 'an address',
    name: 'sea-no-record',
    replace: ['18",\n    "si_addr_lsb"', '00",\n    "si_addr_lsb"'],
    field: 'si_addr'
  },
  { what: 'a block status', name: 'gsiv-no-interrupt', replace: ['"0x12"', '"0x0"'], field: 'block_status' },
  {
    what: 'an outcome',
    name: 'polled-thp-early',
    replace: ['page: Recovered"', 'page: Ignored"'],
    field: 'dmesg line 2'
  },
  { what: 'a tracepoint', name: 'polled-vendor-section', replace: ['severity: 2', 'severity: 3'], field: 'trace[0]' },
  {
    what: 'a panic',
    name: 'sea-fatal',
    replace: ['Fatal hardware error', 'Fatal hardware Error'],
    field: 'console stop 1'
  },
  { what: 'an errno', name: 'kvm-poison-madvise-anon', replace: ['"errno": 4', '"errno": 14'], field: 'kvm_run.errno' },
  { what: 'a guest ESR', name: 'kvm-serror-esr-0xc11', replace: ['0xbe000c11', '0xbe000c10'], field: 'guest.value' },
  {
    what: 'a printed record',
    name: 'polled-anon-default',
    replace: ['multi-bit ECC', 'single-bit ECC'],
    field: 'dmesg record'
  },
  {
    what: 'the outcomes of a race',
    name: 'badram-sea-race-early',
    replace: ['MCEERR_AO', 'OBJERR'],
    field: 'outcomes'
  }
]

for (const { what, name, replace: change, field } of FALSIFIED) {
  void t.test(`a recording falsified in ${what} is different, and the field is named`, async (t) => {
    const text = readFileSync(pathOf('6.1', name), 'utf8')
    const falsified = text.replace(...change)
    t.not(falsified, text, 'something was changed')
    const folder = t.testdir({ 'falsified.json': falsified })

    const { output, exitCode } = replay([`${folder}/falsified.json`], TABLE)

    t.equal(exitCode, 1)
    const differences = output.split('\n').filter((line) => /different(\x1b|$)/.test(line))
    t.ok(
      differences.some((line) => line.includes(field)),
      differences.join('\n')
    )
  })
}

void t.test('a signal too many, or one too few, is a difference', async (t) => {
  const { input, observed = {} } = recordingOf('6.1', 'polled-anon-early')
  const [prediction] = predict({ input }, '6.1')
  if (prediction === undefined) return t.fail('no prediction')
  const events = observed['events_before_touch'] as readonly never[]

  for (const changed of [[], [...events, ...events]]) {
    const rows = compareObserved(scopeOf(input, prediction), prediction.observed, {
      ...observed,
      events_before_touch: changed
    })
    t.ok(rows.some(({ field, verdict }) => field.startsWith('events_before_touch') && verdict === 'different'))
  }
})

void t.test('the table says which of several legal orders a recording shows', async (t) => {
  const orderOf = (kernel: Kernel) => replay([pathOf(kernel, 'badram-sea-thp-late')], TABLE).output

  t.match(orderOf('6.1'), /one of 2 legal outcomes: the kworker ran memory_failure\(\)/)
  t.match(orderOf('6.12'), /one of 2 legal outcomes: the consumer ran memory_failure\(\) itself/)
})

void t.test('the table lists what it does not compare, with the reason', async (t) => {
  const { output } = replay([pathOf('6.12', 'arm-section-count-too-large')], TABLE)

  t.match(output, /not compared \(leftover\)/)
  t.match(output, /not compared, leftover: .*earlier records/)
})

void t.test('a directory is all recordings in it, summed up in one line', async (t) => {
  const { code, stdout } = await seabus('replay', pathOf('6.1', '').replace('/.json', ''))

  t.equal(code, 0)
  t.match(stdout.trim().split('\n').at(-1), /^\d+ recordings: all match$/)
})

void t.test('--json gives the rows; --linux takes another profile and finds what it does otherwise', async (t) => {
  const { code, stdout } = await seabus('replay', pathOf('6.1', 'poison-twice'), '--json', '--linux', '6.12')

  const { match, linux, rows } = JSON.parse(stdout) as { match: boolean; linux: string; rows: { verdict: string }[] }
  t.equal(code, 1)
  t.strictSame([match, linux], [false, '6.12'])
  t.ok(rows.some(({ verdict }) => verdict === 'different'))
})

const UNUSABLE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['nope'], /unknown command 'nope'/],
  ['no command', [], /which command/],
  ['an unknown option', ['replay', '--nope'], /unknown option '--nope'/],
  ['no file', ['replay'], /missing required argument 'file'/],
  ['a file that is not there', ['replay', '/nowhere.json'], /no such file/],
  ['a file that is no JSON', ['replay', SEABUS], /not JSON/],
  [
    'a file that is no recording',
    ['replay', fileURLToPath(new URL('../../package.json', import.meta.url))],
    /no "input"/
  ],
  ['a profile that is not there', ['replay', pathOf('6.1', 'kvm-caps'), '--linux', '2.4'], /the model knows 6\.1/]
]
for (const [what, args, message] of UNUSABLE) {
  void t.test(`${what} ends in one line and exit code 2`, async (t) => {
    const { code, stderr, stdout } = await seabus(...args)

    t.equal(code, 2)
    t.match(stderr, message)
    t.equal(stderr.trim().split('\n').length, 1)
    t.equal(stdout, '')
  })
}

void t.test('seabus --help says what there is', async (t) => {
  const { code, stdout } = await seabus('--help')

  t.equal(code, 0)
  t.match(stdout, /^ {2}replay +compare recordings/m)
})
