import t from 'tap'
import { hopsOf } from '../../shared/story/hops.ts'
import { NOTES } from '../../shared/contracts/notes/registry.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import { sinceBegin } from '../../shared/rows/time.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { statesOf } from '../../shared/story/states.ts'
import { boxesAt, type Box } from '../../web/model/boxes.ts'
import { choicesIn } from '../../web/model/decisions.ts'
import { addressOf, lookOf } from '../../shared/rows/hop-look.ts'
import { played } from './played.ts'

/** Boxes as text: `host running (VMM, vm0 running (…))`. */
const drawn = (boxes: readonly Box[]): string =>
  boxes
    .map(({ name, state, look, within }) => {
      const mark = look === 'alive' ? '' : ` [${look}]`
      return `${name}: ${state}${mark}${within.length === 0 ? '' : ` (${drawn(within)})`}`
    })
    .join('; ')

void t.test('boxes show who runs on whom, and who is dead, at any moment', async (t) => {
  const run = await played('01-story')
  const states = statesOf(run.entries)
  const kill = run.rows.find(({ entry }) => entry.type === 'guest.signal')?.place ?? 0
  const all = (redis: string) =>
    `host: running (VMM, vm0: running (guest kernel: running (redis: ${redis}; nginx: running)))`

  t.equal(drawn(boxesAt(states, 1)), 'host: running')
  t.equal(drawn(boxesAt(states, kill - 1)), all('running'))
  t.equal(drawn(boxesAt(states, kill)), all('killed [dead]'))
  t.equal(drawn(boxesAt(states, Infinity)), all('killed [dead]'))
})

void t.test('what ends with something else is gone, and no death of its own', async (t) => {
  const panicked = await played('02-counter-example')
  const stopped = await played('13-uncontained')

  t.equal(
    drawn(boxesAt(statesOf(panicked.entries), Infinity)),
    'host: running (VMM, vm0: its guest panicked [gone] (guest kernel: panicked [dead] (redis: lost [gone]; nginx: lost [gone])))'
  )
  t.match(
    drawn(boxesAt(statesOf(stopped.entries), Infinity)),
    /^host: stopped by firmware \[dead\] \(VMM, vm0: killed \[gone\]/
  )
})

void t.test('each hop says by what who was told, with an address that the one who is told knows', async (t) => {
  const run = await played('01-story')

  const told = hopsOf(run.entries).map((hop) => {
    const { mark, whom } = lookOf(hop)
    return `${mark}: ${hop.by} ${whom} ${addressOf(hop) ?? '-'}`
  })

  t.same(told, [
    'fault: a recoverable memory error in DRAM 0x7c001000',
    'exception: SError → firmware 0x7c001000',
    'notification: GSIV → the host kernel 0x7c001000',
    'exception: stage-2-fault → KVM 0x40001000',
    'signal: BUS_MCEERR_AO → the VMM 0xffff80001000',
    'signal: BUS_MCEERR_AR → the VMM 0xffff80001000',
    'decision: notify-interrupt the policy decides 0x40001000',
    'decision: inject-sea the policy decides 0x40001000',
    'guest-notification: SEA → the guest kernel 0xffff90000018',
    'signal: BUS_MCEERR_AR → redis, fatal 0xffff90000018',
    'guest-notification: interrupt 41 → the guest kernel 0x40001000'
  ])
})

void t.test('what a policy chose is told once, with how often', async (t) => {
  const choices = choicesIn((await played('05-host-64k-guest-4k')).decisions.all)

  t.same(
    choices.map(({ about, action, times }) => `${about} ${action} ${times}`),
    ['BUS_MCEERR_AO notify-interrupt 1', 'BUS_MCEERR_AR inject-sea 28']
  )
})

void t.test('no note is told by the name of its type, and its time counts from the beginning of its run', (t) => {
  const notes = Object.values(NOTES).flat()
  const entries = notes.map(({ type, layer, example }, index): WireEntry => ({
    seq: index + 1,
    time: 5_000_000_000 + index,
    machine: 'm0',
    layer,
    kind: 'note',
    id: `a.${index}`,
    cause: 'a',
    type,
    from: layer,
    to: layer,
    data: example
  }))
  const run = new RunModel(entries)
  for (const row of run.rows) {
    const { head } = wordsFor(run, row)
    t.notMatch(head, /^[a-z-]+\.[a-z_-]+$/, row.entry.type)
  }
  t.equal(sinceBegin(run, entries[0]), 0)
  t.equal(sinceBegin(run, entries[7]), 7)
  t.end()
})
