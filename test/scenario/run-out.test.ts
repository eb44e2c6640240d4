import t from 'tap'
import type { DueTimer } from '../../shared/machine-room/room-options.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { runOut } from '../../shared/scenario/run-out.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

const note = (type: string, seq: number) =>
  ({
    seq,
    kind: 'note',
    type,
    layer: 'hardware',
    id: `n-${seq}`,
    data: { context: 'vm0/vcpu0' }
  }) as unknown as WireEntry
const SPIN = (seq: number) => note('pe.spin', seq)
const RETAKE: DueTimer = { layer: 'hardware', type: 'pe.retake', dueInNs: 1000 } as unknown as DueTimer

/** A system of which each look finds the next of these. */
function lookedAt(looks: readonly { readonly journal: readonly WireEntry[]; readonly timers: readonly DueTimer[] }[]) {
  let at = 0
  const done: string[] = []
  const go = (what: string) => {
    done.push(what)
    at = Math.min(at + 1, looks.length - 1)
    return Promise.resolve()
  }
  const system = {
    journal: () => Promise.resolve(looks[at]?.journal ?? []),
    timers: () => Promise.resolve(looks[at]?.timers ?? []),
    settle: () => go('settle'),
    advance: () => go('advance')
  } as unknown as System
  return { system, done }
}

void t.test('a timer that has just fired is none any more, and what comes of it is waited for', async (t) => {
  const livelock = [SPIN(1), note('pe.retake', 2), SPIN(3), note('pe.livelock', 4)]
  const { system, done } = lookedAt([
    { journal: [SPIN(1)], timers: [] },
    { journal: [SPIN(1), note('pe.retake', 2), SPIN(3)], timers: [RETAKE] },
    { journal: livelock, timers: [RETAKE] }
  ])

  t.equal(await runOut(system, 'm0'), livelock)
  t.same(done, ['settle', 'advance'])
})

void t.test('where nothing comes by itself and nothing more has happened, that is the end', async (t) => {
  const journal = [SPIN(1)]
  const { system, done } = lookedAt([{ journal, timers: [] }])

  t.equal(await runOut(system, 'm0'), journal)
  t.same(done, ['settle'], 'seen twice')
})

void t.test('a machine on which nobody repeats itself is left alone', async (t) => {
  const journal = [SPIN(1), note('pe.progress', 2)]
  const { system, done } = lookedAt([{ journal, timers: [RETAKE] }])

  t.equal(await runOut(system, 'm0'), journal)
  t.same(done, [])
})
