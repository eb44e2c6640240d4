import t, { type Test } from 'tap'
import { closest, compareObserved } from '../../cli/replay/compare.ts'
import { predict } from '../../lab/predict.ts'
import { isObject, NoRecording, type JsonObject } from '../../lab/recording.ts'
import { scopeOf } from '../../cli/replay/scope.ts'
import {
  inputLike,
  WITH_FAILING_MEMORY,
  lines,
  outcomes,
  patched,
  recordingOf,
  signals,
  usual,
  values
} from './recordings.ts'

/** Where things are in the records of the recordings: a block header, one section header of revision 3, its body. */
const AT = { blockSeverity: 16, sectionSeverity: 36, sectionFlags: 43, sectionLength: 44, body: 92 } as const
const MASK = AT.body + 24
/** The first error information structure of an Arm processor section: its length, its type. */
const ARM_INFO = { length: AT.body + 41, type: AT.body + 44 } as const
const CORRECTED = 2
const THRESHOLD_EXCEEDED = 8
/** memset() of the page, as the program reads it. */
const PATTERN = 0x5a5a5a5a

const object = (value: unknown): JsonObject => (isObject(value) ? value : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const address = (input: JsonObject, offset: bigint) =>
  `0x${(BigInt(text(object(input['victim'])['va'])) + offset).toString(16)}`

for (const kernel of WITH_FAILING_MEMORY) {
  const like = (name: string, change: (input: JsonObject) => JsonObject = () => ({})) => inputLike(kernel, name, change)
  const test = (name: string, body: (t: Test) => void) =>
    void t.test(`Linux ${kernel}: ${name}`, async (t) => {
      body(t)
    })

  test('a huge page reported to an early-kill process has lsb 21 and the address the version reports', (t) => {
    const input = like('polled-hugetlb-default', () => ({ policy: 'early' }))

    const { events_before_touch, events_on_touch } = usual(kernel, input)

    const reported = kernel === '6.1' ? address(input, -0x5000n) : address(input, 0n)
    t.strictSame(signals(events_before_touch), [[5, reported, 21]])
    t.strictSame(signals(events_on_touch), [[4, address(input, 0x18n), 21]])
  })

  for (const kind of ['anon', 'thp', 'shm']) {
    test(`a late-kill process with ${kind} memory hears of the error when it touches the page, lsb 12`, (t) => {
      const name = kind === 'anon' ? 'polled-anon-default' : `polled-${kind}-late`
      const input = like(name, () => ({ policy: 'late' }))

      const { events_before_touch, events_on_touch } = usual(kernel, input)

      t.strictSame(signals(events_before_touch), [])
      t.strictSame(signals(events_on_touch), [[4, address(input, 0x18n), 12]])
    })
  }

  for (const kind of ['anon', 'thp']) {
    test(`a corrected error over the threshold moves ${kind} memory away without a signal`, (t) => {
      const input = like(kind === 'thp' ? 'polled-thp-early' : 'polled-corrected', ({ cper }) => ({
        cper: patched(
          cper,
          [AT.blockSeverity, [CORRECTED]],
          [AT.sectionSeverity, [CORRECTED]],
          [AT.sectionFlags, [THRESHOLD_EXCEEDED]]
        )
      }))

      const seen = usual(kernel, input)

      t.strictSame(values(seen['events_on_touch']), [PATTERN])
      const [where] = seen['where_after'] as readonly JsonObject[]
      t.notOk([object(input['victim'])['pa'], '0x0'].includes(text(where?.['pa'])), 'another frame')
      t.strictSame([signals(seen['events_before_touch']), seen['trace']], [[], []])
    })
  }

  test('which frame the allocator gave instead is not compared, that it is another one is', (t) => {
    const input = like('polled-corrected', ({ cper }) => ({
      cper: patched(cper, [AT.sectionFlags, [THRESHOLD_EXCEEDED]])
    }))
    const [prediction] = predict({ input }, kernel)
    if (prediction === undefined) return t.fail('no prediction')
    const verdict = (pa: string) => {
      const where_after = [{ ev: 'where', pa, anon_huge_kb: 0 }]
      const rows = compareObserved(scopeOf(input, prediction), prediction.observed, {
        ...prediction.observed,
        where_after
      })
      return rows.find(({ field }) => field.startsWith('where_after'))?.verdict
    }

    t.equal(verdict('0x43210000'), 'not compared')
    t.equal(verdict('0x0'), 'different')
    t.equal(verdict(text(object(input['victim'])['pa'])), 'different')
  })

  for (const [what, block, section] of [
    ['a recoverable section in a corrected block', CORRECTED, 0],
    ['an informational record', 3, 3]
  ] as const) {
    test(`${what} is acknowledged and does nothing`, (t) => {
      const input = like('polled-corrected', ({ cper }) => ({
        cper: patched(cper, [AT.blockSeverity, [block]], [AT.sectionSeverity, [section]])
      }))

      const { read_ack, block_status, events_on_touch, trace } = usual(kernel, input)

      t.strictSame([block_status, read_ack, values(events_on_touch), trace], ['0x0', '0x1', [PATTERN], []])
    })
  }

  test('a mask of 2 MiB poisons one page', (t) => {
    const input = like('polled-anon-early', ({ cper }) => ({ cper: patched(cper, [MASK, [0, 0, 0xe0]]) }))

    const { events_before_touch, dmesg } = usual(kernel, input)

    t.strictSame(signals(events_before_touch), [[5, address(input, 0n), 12]])
    t.equal(lines(dmesg, /^Memory failure.*recovery action/).length, 1)
  })

  for (const [type, poisoned] of [
    [0x04, false],
    [0x08, false],
    [0x10, false],
    [0x1e, true]
  ] as const) {
    test(`an Arm processor error of type 0x${type.toString(16)} ${poisoned ? 'poisons the page' : 'is a warning'}`, (t) => {
      const input = like('polled-arm-type-bits-0x2', ({ cper }) => ({ cper: patched(cper, [ARM_INFO.type, [type]]) }))

      const { events_before_touch, dmesg } = usual(kernel, input)

      t.equal(signals(events_before_touch).length, poisoned ? 1 : 0)
      t.equal(lines(dmesg, /Unhandled processor error type/).length, poisoned ? 0 : 1)
    })
  }

  test('a section longer than the block is not read, but acknowledged', (t) => {
    const input = like('polled-free-page', ({ block }) => ({ block: patched(block, [AT.sectionLength, [200]]) }))

    const { block_status, read_ack, dmesg } = usual(kernel, input)

    t.strictSame([block_status, read_ack], ['0x0', '0x1'])
    t.strictSame(lines(dmesg, /./), ['[Firmware Warn]: GHES: Failed to read error status block!'])
  })

  test('a page of the kernel itself is one of the legal outcomes of a block without a process', (t) => {
    const said = outcomes(kernel, like('polled-free-page')).flatMap(({ dmesg }) => lines(dmesg, /recovery action/))

    const type = kernel === '6.1' ? 'unknown page' : 'get hwpoison page'
    t.ok(said.includes('Memory failure: 0x60000: recovery action for free buddy page: Recovered'))
    t.ok(said.includes(`Memory failure: 0x60000: recovery action for ${type}: Ignored`))
  })

  test('of the same record three times, one is printed and three are acknowledged', (t) => {
    const runs = outcomes(kernel, like('read-ack-prior-bits')).find((one) => 'runs' in one)?.['runs'] as JsonObject[]

    t.strictSame(
      runs.map(({ read_ack }) => read_ack),
      ['0x1', '0x1', '0x1']
    )
    t.strictSame(
      runs.map(({ dmesg }) => lines(dmesg, /event severity/).length),
      [1, 0, 0]
    )
  })

  test('a block address that reads 0 keeps the record until the address is there again', (t) => {
    const hidden = outcomes(kernel, like('polled-free-page')).filter((one) => 'after_pointer_restored' in one)

    t.ok(
      hidden.every(
        ({ consumed_ms, block_status, read_ack }) =>
          consumed_ms === null && block_status === '0x11' && read_ack === '0x0'
      )
    )
    const [polled] = hidden
    t.strictSame(polled?.['after_pointer_restored'], { block_status: '0x0', read_ack: '0x1' })
  })

  test('with the sysctl a default process hears early, a late one not, and the second process is anyone', (t) => {
    const input = like('polled-anon-default', () => ({ sysctl: 'vm.memory_failure_early_kill=1' }))
    const predictions = predict({ input }, kernel)
    const [prediction] = predictions
    if (prediction === undefined) return t.fail('no prediction')

    const [first, late] = [object(prediction.observed['default_policy']), object(prediction.observed['late_policy'])]
    t.strictSame(signals(first['events_before_touch']), [[5, address(input, 0n), 12]])
    t.strictSame(signals(late['events_before_touch']), [])

    const elsewhere = recordingOf(kernel, 'polled-shm-late').observed ?? {}
    const rows = (late_policy: JsonObject) =>
      closest((one) => scopeOf(input, one), predictions, { ...prediction.observed, late_policy }).rows
    const bad = rows(elsewhere).filter(({ verdict }) => verdict === 'different')
    t.strictSame(bad, [], 'another pid, another page, the same behaviour')
    const falsified = { ...elsewhere, events_on_touch: [] }
    t.ok(rows(falsified).some(({ verdict }) => verdict === 'different'))
  })

  test('a fatal record by interrupt is printed, acknowledged, and the machine starts again', (t) => {
    const { machine_reset, read_ack, block_status, console } = usual(
      kernel,
      like('polled-fatal', () => ({ source: 3 }))
    )

    t.strictSame([machine_reset, block_status, read_ack], [true, '0x0', '0x1'])
    t.strictSame(lines(console, /panic/), ['Kernel panic - not syncing: GHES: Fatal hardware error'])
  })

  for (const policy of ['default', 'late']) {
    test(`a ${policy} process whose abort has a record about another page: OBJERR after the kworker, or AR at once`, (t) => {
      const input = like('sea-recoverable-thp', () => ({ policy }))

      const codes = outcomes(kernel, input).map(({ events_on_load }) => signals(events_on_load).map(([code]) => code))

      t.strictSame(codes, [[3], [4]])
    })
  }

  test('an early process whose abort has a record: AO from the kworker, or AR at once', (t) => {
    const codes = outcomes(
      kernel,
      like('sea-recoverable-thp', () => ({ policy: 'early' }))
    ).map(({ events_on_load }) => signals(events_on_load).map(([code]) => code))

    t.strictSame(codes, [[5], [4]])
  })

  test('a handler that returns meets the abort of a page without a record four times', (t) => {
    const { events, read_ack } = usual(
      kernel,
      like('badram-sea-no-record', () => ({ access: 'retry' }))
    )

    t.strictSame(
      signals(events).map(([code]) => code),
      [3, 3, 3, 3]
    )
    t.strictSame([values(events), read_ack], [[0], '0x1'])
  })

  test('a record about another page is acted on, and the consumer of the bad one gets OBJERR', (t) => {
    const other = [...Buffer.from('0010006000000000', 'hex')]
    const input = like('badram-sea-anon-default', ({ cper }) => ({ cper: patched(cper, [AT.body + 16, other]) }))

    for (const { events, touch_after_memory_answers_again, dmesg } of outcomes(kernel, input)) {
      t.strictSame(signals(events), [[3, address(input, 0x18n), -1]])
      t.strictSame(values(touch_after_memory_answers_again), [PATTERN])
      t.equal(lines(dmesg, /^Memory failure: 0x60001: recovery action/).length, 1)
    }
  })

  test('a polled record may be read before the access', (t) => {
    const codes = outcomes(kernel, like('badram-sea-record-in-polled-source-instead')).map(({ events }) =>
      signals(events).map(([code]) => code)
    )

    t.strictSame(codes, [[3], [4]])
  })

  test('an abort of the kernel leaves the record unread and unacknowledged', (t) => {
    const { cper } = recordingOf(kernel, 'badram-sea-anon-default').input
    const input = like('badram-kernel-read-no-record', () => ({ cper: cper ?? null }))

    const { machine_reset, block_status, read_ack, console } = usual(kernel, input)

    t.strictSame([machine_reset, block_status, read_ack], [false, '0x11', '0x0'])
    t.strictSame(lines(console, /Internal error/), [
      'Internal error: synchronous external abort: 0000000097c38010 [#1] SMP'
    ])
  })

  test('a race may end in any mix of its two outcomes', (t) => {
    const mixes = outcomes(kernel, { policy: 'default', runs: 20 })

    const kworker = 'BUS_MCEERR_AR si_addr exact, memory_failure in kworker'
    const task = 'BUS_MCEERR_AR si_addr page-aligned, memory_failure in task'
    t.strictSame(
      mixes.map(({ outcomes }) => outcomes),
      [{ [kworker]: 20 }, { [kworker]: 10, [task]: 10 }]
    )
    const differences = (observed: JsonObject) => {
      const predictions = predict({ input: { policy: 'default', runs: 20 } }, kernel)
      return closest((one) => scopeOf({}, one), predictions, { outcomes: observed }).differences
    }
    t.equal(differences({ [kworker]: 17, [task]: 3 }), 0, 'in any mix')
    t.ok(differences({ [kworker]: 17, [task]: 2 }) > 0, 'but of all runs')
    t.ok(differences({ [kworker]: 19, 'a third outcome': 1 }) > 0, 'and of no third outcome')
  })
}

void t.test('Linux 7.3: a synchronous record has one outcome, AR to the consumer', async (t) => {
  const input = inputLike('6.12', 'badram-sea-anon-early', () => ({}))

  const [only, ...others] = outcomes('7.3', input)

  t.strictSame(signals(only?.['events']), [[4, address(input, 0n), 12]])
  t.strictSame(others, [])
})

void t.test('an input of no known program is refused', async (t) => {
  t.throws(() => predict({ input: {} }, '6.1'), NoRecording)
  t.throws(() => predict({ input: { cper: 'xyz', kind: 'anon' } }, '6.1'), NoRecording)
  t.throws(() => predict({ input: { vmm: 'dance' } }, '6.1'), NoRecording)
})
