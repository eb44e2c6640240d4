import fc from 'fast-check'
import t from 'tap'
import { NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { apeiClaimSea } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { ghesEstatusCacheAdd, ghesEstatusCached } from '../../../shared/linux/apei/ghes-estatus-cache.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import type { Ratelimit } from '../../../shared/linux/kernel/state.ts'
import { ratelimit } from '../../../shared/linux/kernel/ratelimit.ts'
import type { Version } from '../../../shared/linux/profile.ts'
import { ackOf, ghesMachine, memoryRecord, source, SOURCE, VICTIM, type GhesMachine } from './ghes-machine.ts'

const S = 1e9
const PA = 0x4800_0000n
const record = (page: number, severity: number = SEVERITY.recoverable): Uint8Array =>
  memoryRecord(PA + 0x1000n * BigInt(page), severity)

function sea(machine: GhesMachine, bytes: Uint8Array) {
  machine.put(SOURCE.SEA, bytes)
  return apeiClaimSea(machine.k, VICTIM)
}
function poll(machine: GhesMachine, bytes: Uint8Array) {
  machine.put(SOURCE.POLLED, bytes)
  return ghesPoll(machine.k, SOURCE.POLLED)
}
const reports = (machine: GhesMachine): number =>
  machine.lines().filter((line) => line.includes('Hardware error from APEI')).length

void t.test(
  'A14: an identical SEA record 3 s later is acknowledged and claimed, and nothing comes of it',
  async (t) => {
    const machine = ghesMachine()
    sea(machine, record(0))
    machine.clear()
    machine.now += 3 * S

    const result = sea(machine, record(0))

    t.strictSame(result, { claimed: true, queued: false })
    t.equal(machine.blockStatus(SOURCE.SEA), 0)
    t.equal(machine.u64(ackOf(SOURCE.SEA)), 1n)
    t.strictSame(machine.lines(), [])
    t.strictSame(machine.signals, [])
    t.equal(machine.queued().length, 1)
    t.match(machine.steps('ghes.duplicate'), [{ claimed: true, livelock: true }])
  }
)

void t.test('A14: from 6.12.117 on the duplicate is not claimed', async (t) => {
  for (const version of ['6.12', '6.12.117', '7.3', '7.3.4'] as const satisfies readonly Version[]) {
    const machine = ghesMachine({ version })
    sea(machine, record(0))

    t.strictSame(sea(machine, record(0)), { claimed: false, queued: false })
    t.equal(machine.u64(ackOf(SOURCE.SEA)), 1n)
  }
})

void t.test('A14: 6.12.95, of the same series, still claims it', async (t) => {
  const machine = ghesMachine({ version: '6.12.95' })
  sea(machine, record(0))

  t.strictSame(sea(machine, record(0)), { claimed: true, queued: false })
})

void t.test('a task that repeats one SEA record gets through once in ten seconds (livelock)', async (t) => {
  const machine = ghesMachine()
  const processed: number[] = []
  for (let second = 0; second < 25; second++) {
    const before = machine.queued().length
    t.equal(sea(machine, record(0)).claimed, true)
    if (machine.queued().length > before) processed.push(second)
    machine.now += S
  }

  t.strictSame(processed, [0, 10, 20])
})

void t.test('A15: the same record twice on a polled source is processed twice and printed once', async (t) => {
  const machine = ghesMachine()
  poll(machine, record(0))
  machine.now += 3 * S

  poll(machine, record(0))

  t.equal(reports(machine), 1)
  t.equal(machine.queued().length, 2)
  t.match(machine.steps('ghes.duplicate'), [{ effect: 'not printed, processed again' }])
})

void t.test(
  'A16: of three corrected records in one second two are printed, and the third is not remembered',
  async (t) => {
    const machine = ghesMachine()
    for (const page of [0, 1, 2]) {
      poll(machine, memoryRecord(PA + 0x1000n * BigInt(page), SEVERITY.corrected, { flags: 8 }))
      machine.now += 0.3 * S
    }

    t.equal(reports(machine), 2)
    t.equal(machine.queued().length, 3)
    t.equal(machine.k.estatusCache.length, 2)
  }
)

void t.test('corrected and uncorrected records have a limit each', async (t) => {
  const machine = ghesMachine()
  for (const page of [0, 1, 2]) {
    poll(machine, record(page))
    poll(machine, record(page, SEVERITY.corrected))
    poll(machine, record(page, SEVERITY.none))
  }

  t.equal(reports(machine), 4)
})

void t.test('the first report after a full window says how many were held back', async (t) => {
  const machine = ghesMachine()
  for (const page of [0, 1, 2, 3, 4]) poll(machine, record(page))
  machine.clear()
  machine.now += 5.1 * S

  poll(machine, record(5))

  t.equal(machine.lines()[0], 'ghes_print_estatus: 3 callbacks suppressed')
  t.match(machine.lines()[1], /^\{3\}\[Hardware Error\]: Hardware error from APEI/)
})

void t.test('any different byte makes another record', async (t) => {
  const machine = ghesMachine()
  sea(machine, record(0))
  const other = record(0)
  other[60] = 1

  sea(machine, other)

  t.equal(machine.queued().length, 2)
})

void t.test('a record that was not printed is not known the next time', async (t) => {
  const machine = ghesMachine()
  sea(machine, record(0))
  sea(machine, record(1))
  sea(machine, record(2))

  sea(machine, record(2))

  t.equal(machine.queued().length, 4)
})

/** Fills the cache: one block a row, with the second it was printed at and the hits it had since. */
function cacheOf(rows: readonly (readonly [name: number, second: number, hits: number])[]) {
  const machine = ghesMachine()
  for (const [name, second, hits] of rows) {
    machine.now = second * S
    ghesEstatusCacheAdd(machine.k, Uint8Array.of(name))
    for (let i = 0; i < hits; i++) ghesEstatusCached(machine.k, Uint8Array.of(name))
  }
  const add = (name: number, second: number): (number | undefined)[] => {
    machine.now = second * S
    ghesEstatusCacheAdd(machine.k, Uint8Array.of(name))
    return machine.k.estatusCache.map(({ block }) => block[0])
  }
  return { machine, add }
}

void t.test('a fifth block takes the first slot that is too old, else the oldest for the hits it had', async (t) => {
  const young = [
    [1, 1, 0],
    [2, 2, 0],
    [3, 3, 0],
    [4, 4, 0]
  ] as const

  t.strictSame(cacheOf(young).add(5, 6), [5, 2, 3, 4], 'the oldest')
  t.strictSame(cacheOf([[1, 1, 2], ...young.slice(1)]).add(5, 6), [1, 5, 3, 4], 'the oldest was hit twice')
  t.strictSame(cacheOf(young).add(5, 12.5), [5, 2, 3, 4], 'two are too old, the first of them goes')
  t.strictSame(cacheOf(young.slice(0, 2)).add(5, 20), [5, 2], 'too old before empty')
  t.strictSame(cacheOf(young.slice(0, 2)).add(5, 3), [1, 2, 5], 'empty')
})

void t.test('four blocks of this very moment leave no slot for a fifth', async (t) => {
  const now = [1, 2, 3, 4].map((name) => [name, 1, 0] as const)

  t.strictSame(cacheOf(now).add(5, 1), [1, 2, 3, 4])
})

void t.test('a block is known for less than ten seconds', async (t) => {
  const { machine } = cacheOf([[1, 1, 0]])
  const knownAt = (second: number): boolean => {
    machine.now = second * S
    return ghesEstatusCached(machine.k, Uint8Array.of(1))
  }

  t.equal(knownAt(10.999), true)
  t.equal(knownAt(11), false)
})

void t.test('two SEA sources with one and the same record are both processed in one abort', async (t) => {
  const machine = ghesMachine({}, { sources: [source(1, NOTIFY.SEA), source(2, NOTIFY.SEA)] })
  machine.put(1, record(0))
  machine.put(2, record(0))

  apeiClaimSea(machine.k, VICTIM)

  t.equal(machine.queued().length, 2)
  t.equal(reports(machine), 1, 'printing the first makes the second known')
  t.match(machine.lines()[0], /Error Source: 2$/, 'the source that was registered last comes first')
})

void t.test('___ratelimit() lets four calls through in no less than a window', async () => {
  const interval = 1250
  const gaps = fc.array(fc.integer({ min: 0, max: 3e9 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(gaps, (times) => {
      let state: Ratelimit = { begin: 0, printed: 0 }
      let now = 0
      const allowed: number[] = []
      for (const gap of times) {
        now += gap
        const result = ratelimit(state, now, interval, 2)
        state = result.state
        if (result.allowed) allowed.push(now)
      }
      return allowed.every((time, i) => i < 3 || time - (allowed[i - 3] ?? 0) > 5 * S - 4e6)
    })
  )
})
