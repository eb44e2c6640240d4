import t, { type Test } from 'tap'
import { closest } from '../../cli/replay/compare.ts'
import { predictionJson } from '../../cli/replay/prediction-json.ts'
import { scopeOf } from '../../cli/replay/scope.ts'
import { predict } from '../../lab/predict.ts'
import { isObject, NoRecording, type JsonObject } from '../../lab/recording.ts'
import { inputLike, lines, recordingOf, type Kernel } from './recordings.ts'

const test = (name: string, body: (t: Test) => void) =>
  void t.test(name, async (t) => {
    body(t)
  })

const reports = (observed: JsonObject | undefined) => lines(observed?.['dmesg'], /event severity/).length

/** What remains different when an input is held against what was observed. */
function differences(kernel: Kernel, input: JsonObject, observed: JsonObject | undefined) {
  const found = closest((one) => scopeOf(input, one), predict({ input }, kernel), observed ?? {})
  return found.rows.filter(({ verdict }) => verdict === 'different').map(({ field }) => field)
}

const withSetup = (name: string, setup: JsonObject) =>
  inputLike('6.12', name, ({ setup: before }) => ({ setup: { ...(isObject(before) ? before : {}), ...setup } }))

const USED_UP = { uncorrected: { printed: 2, ms: 1000 } }

test('a print limit that the setup says is used up leaves nothing open, and holds the report back', (t) => {
  const predictions = predict({ input: withSetup('polled-anon-early', { print_limit: USED_UP }) }, '6.12')

  t.equal(predictions.length, 1)
  t.equal(reports(predictions[0]?.observed), 0)
  t.strictSame(predictionJson(predictions, {}).assumptions, [])
})

test('a window that is over says how many reports it held back', (t) => {
  const over = { uncorrected: { printed: 2, ms: 6000, missed: 4 } }
  const [first] = predict({ input: withSetup('polled-anon-early', { print_limit: over }) }, '6.12')

  t.strictSame(lines(first?.observed['dmesg'], /callbacks suppressed/), ['ghes_print_estatus: 4 callbacks suppressed'])
  t.equal(reports(first?.observed), 1)
})

test('a limit of corrected reports is another one', (t) => {
  const limit = { corrected: { printed: 2, ms: 1000 } }
  const [first] = predict({ input: withSetup('polled-anon-early', { print_limit: limit }) }, '6.12')

  t.equal(reports(first?.observed), 1)
})

test('a record that the setup says was printed four seconds ago is not printed again, eleven seconds ago it is', (t) => {
  const { input } = recordingOf('6.12', 'polled-anon-early')
  const printed = (ms: number) => {
    const setup = { print_limit: {}, record_cache: [{ block: input['cper'] ?? '', ms }] }
    return reports(predict({ input: withSetup('polled-anon-early', setup) }, '6.12')[0]?.observed)
  }

  t.strictSame([printed(4000), printed(11_000)], [0, 1])
})

test('a report that is missing is a difference when the setup says that there was room for it', (t) => {
  const { observed } = recordingOf('6.12', 'polled-shm-late')
  t.equal(reports(observed), 0, 'this recording has none')

  t.strictSame(differences('6.12', recordingOf('6.12', 'polled-shm-late').input, observed), [])
  t.strictSame(differences('6.12', withSetup('polled-shm-late', { print_limit: {} }), observed), ['dmesg record 1'])
  t.strictSame(differences('6.12', withSetup('polled-shm-late', { print_limit: USED_UP }), observed), [])
})

test('a report too many, one of another severity, or a warning nobody predicts is a difference', (t) => {
  const { input, observed = {} } = recordingOf('6.12', 'polled-anon-early')
  const dmesg = observed['dmesg'] as readonly string[]
  const again = dmesg.map((line) => line.replace(/\{\d+\}/, '{99}')).filter((line) => line.includes('{99}'))

  t.not(differences('6.12', input, { ...observed, dmesg: [...dmesg, ...again] }).length, 0)
  const warning = '[   10.000000] [Firmware Warn]: GHES: Failed to read error status block!'
  t.strictSame(differences('6.12', input, { ...observed, dmesg: [...dmesg, warning] }), ['dmesg warning 1'])
  const fatal = dmesg.map((line) => line.replace('event severity: recoverable', 'event severity: corrected'))
  t.strictSame(differences('6.12', input, { ...observed, dmesg: fatal }), ['dmesg record 1'])
})

test('each alternative names what it stands for, and there is one for each other way of an unknown', (t) => {
  const { input } = recordingOf('6.1', 'polled-free-page')
  const json = predictionJson(predict({ input }, '6.1'), input)

  const about = json.alternatives.map(({ because }) => because.map(({ about, taken }) => `${about}: ${taken}`).join())
  t.strictSame(about, [
    'read-ack: read-ack was 0xa5a5a5a5a5a5a5a4',
    "frame: the frame is the kernel's",
    'driver: the block three times',
    'driver: the block address 0 at first, then polled',
    'driver: the block address 0 at first, then not yet polled',
    'driver: the block address 0 at first, then polled between registers and log'
  ])
})

test('what the setup says of frame, read-ack and driver is no alternative any more', (t) => {
  const setup = { frame: 'kernel-text', read_ack: '0xa5a5a5a5a5a5a5a4', driver: 'once', print_limit: {} }
  const [only, ...others] = predict({ input: withSetup('polled-free-page', setup) }, '6.12')

  t.strictSame(others, [])
  t.equal(only?.observed['read_ack'], '0xa5a5a5a5a5a5a5a5')
  t.match(lines(only?.observed['dmesg'], /recovery action/), [/get hwpoison page: Ignored/])
})

test('a synchronous record has one alternative, which names the race and the rule that decides it', (t) => {
  const { input } = recordingOf('6.12', 'badram-sea-anon-early')
  const { alternatives } = predictionJson(predict({ input }, '6.12'), input)

  t.equal(alternatives.length, 1)
  const [because] = alternatives[0]?.because ?? []
  t.match(because, { about: 'memory_failure race', kind: 'race', rule: /need_resched is looked at before task_work/ })
})

test('without ids and addresses of its process a recording is still compared, as far as it can be', (t) => {
  for (const name of ['polled-anon-early', 'badram-sea-thp-late', 'kvm-cper-anon-early']) {
    const { input, qemu, observed } = recordingOf('6.12', name)
    const bare = Object.fromEntries(
      Object.entries(input).filter(([field]) => !['victim', 'ready', 'setup'].includes(field))
    )
    const recording = { input: bare, ...(qemu === undefined ? {} : { qemu }) }
    const { rows } = closest((one) => scopeOf(bare, one), predict(recording, '6.12'), observed ?? {})

    const bad = rows.filter(({ verdict }) => verdict === 'different')
    t.strictSame(bad, [], name)
    const { assumptions } = predictionJson(predict(recording, '6.12'), bare)
    t.ok(
      assumptions.some(({ about }) => about === 'process'),
      `${name}: and that is said`
    )
  }
})

test('a field of the monitor that is null is one that is not there', (t) => {
  const { input } = recordingOf('6.12', 'badram-kvm-sea-anon')
  const setup = input['setup'] as JsonObject
  const told = ['ready', 'thread'].flatMap((line) =>
    Object.keys((setup[line] ?? {}) as JsonObject).map((field) => [line, field] as const)
  )
  t.not(told.length, 0, 'the recording has such fields')
  for (const [line, field] of told) {
    const rest = Object.fromEntries(Object.entries(setup[line] as JsonObject).filter(([name]) => name !== field))
    const given = (fields: JsonObject) => ({ input: { ...input, setup: { ...setup, [line]: fields } } })
    t.strictSame(
      predict(given({ ...rest, [field]: null }), '6.12').map(({ observed }) => observed),
      predict(given(rest), '6.12').map(({ observed }) => observed),
      `${line}.${field}`
    )
  }
})

function refusal(run: () => unknown): string {
  try {
    run()
    return 'not refused'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const BAD: readonly (readonly [input: JsonObject, message: string])[] = [
  [{}, 'input: no program of the recordings has this'],
  [{ cper: 'xyz', kind: 'anon' }, 'input.cper: "xyz" is not bytes in hex'],
  [{ block: '110' }, 'input.block: "110" is not bytes in hex'],
  [{ block: 'ab'.repeat(4000) }, 'input.block: 4000 bytes do not fit into a status block of 3072'],
  [{ cper: ['11', 7] }, 'input.cper[1]: 7 is not bytes in hex'],
  [{ block: '11', source: 9 }, 'input.source: the recorded machine has sources 0 to 6, no 9'],
  [{ block: '11', source: 'SEA' }, 'input.source: "SEA" is not a whole number'],
  [{ cper: '11', kind: 'ksm' }, 'input.kind: "ksm" is not one of anon, thp, hugetlb, shm'],
  [{ cper: '11', kind: 'anon', policy: 'never' }, 'input.policy: "never" is not one of default, early, late'],
  [{ cper: '11', victim: { va: 'here' } }, 'input.victim.va: "here" is not an address'],
  [{ cper: '11', victim: { va: '0x10000000000000000' } }, 'input.victim.va: "0x10000000000000000" is not an address'],
  [{ cper: '11', victim: { pid: -4 } }, 'input.victim.pid: -4 is not an address or a number'],
  [{ cper: '11', victim: 7 }, 'input.victim: 7 is not an object'],
  [{ cper: '11', access: 'jump', victim: {} }, 'input.access: "jump" is not one of touch, store, retry'],
  [{ cper: '11', sysctl: 'vm.swappiness=1' }, 'input.sysctl: "vm.swappiness=1" is not one of'],
  [{ abort_pa: 'x', cper: null }, 'input.abort_pa: "x" is not an address'],
  [{ runs: 0, policy: 'early' }, 'input.runs: 0 is not a whole number from 1 on'],
  [{ vmm: 3 }, 'input.vmm: 3 is not a command line'],
  [{ vmm: 'dance' }, 'input.vmm: the recordings\' monitor has no command "dance"'],
  [{ vmm: 'serror soon' }, 'input.vmm: "soon" is no syndrome'],
  [{ vmm: 'caps', setup: { ready: { pid: 'one' } } }, 'input.setup.ready.pid: "one" is not an address'],
  [{ vmm: 'poison anon default cper load', cper: '1' }, 'input.cper: "1" is not bytes in hex'],
  [{ block: '11', setup: 7 }, 'input.setup: 7 is not an object'],
  [{ block: '11', setup: { print_limit: 'full' } }, 'input.setup.print_limit: "full" is not an object'],
  [
    { block: '11', setup: { print_limit: { uncorrected: { printed: -1 } } } },
    'input.setup.print_limit.uncorrected.printed: -1 is not a whole number'
  ],
  [{ block: '11', setup: { record_cache: {} } }, 'input.setup.record_cache: {} is not a list'],
  [{ block: '11', setup: { record_cache: [{}] } }, 'input.setup.record_cache[0].block: missing, must be bytes in hex'],
  [{ block: '11', setup: { frame: 'mine' } }, 'input.setup.frame: "mine" is not one of free, kernel-text'],
  [
    { block: '11', setup: { driver: 'thrice' } },
    'input.setup.driver: "thrice" is not one of once, repeat, hidden block'
  ]
]
for (const [input, message] of BAD) {
  test(`the input ${JSON.stringify(input).slice(0, 60)} is refused: ${message}`, (t) => {
    for (const version of ['6.1', '7.3'] as const) {
      t.throws(() => predict({ input }, version), NoRecording)
      t.ok(
        refusal(() => predict({ input }, version)).startsWith(message),
        refusal(() => predict({ input }, version))
      )
    }
  })
}
