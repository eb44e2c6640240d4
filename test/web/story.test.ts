import t from 'tap'
import { decidingRow, effectsUnder, pathTo } from '../../shared/rows/causes.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import type { Row } from '../../shared/rows/row.ts'
import { visibleRows, type Visible } from '../../shared/rows/visible.ts'
import { sayingOf } from '../../shared/rows/words.ts'
import { journalOf, played } from './played.ts'

const STORY = { everything: false, open: new Set<number>(), selected: undefined }

const shownRows = (visible: readonly Visible[]): readonly Row[] =>
  visible.flatMap((one) => (one.kind === 'row' ? [one.row] : []))

void t.test(
  'the story shows each exception, notification, signal and decision between its parties, in order',
  async (t) => {
    const run = await played('01-story')

    const told = shownRows(visibleRows(run, STORY))
      .filter(({ mark }) => !['call', 'note', 'record', 'poison'].includes(mark))
      .map(({ from, to, mark, isEnd }) => `${mark}: ${from} > ${to}${isEnd ? ', fatal' : ''}`)

    t.same(told, [
      'fault: outside > hardware',
      'exception: hardware > firmware',
      'notification: firmware > host-kernel',
      'exception: hardware > kvm',
      'signal: host-kernel > vmm',
      'signal: kvm > vmm',
      'question: vmm > policy',
      'decision: policy > vmm',
      'guest-notification: vmm > kvm',
      'question: vmm > policy',
      'decision: policy > vmm',
      'guest-notification: vmm > kvm',
      'guest-notification: kvm > guest',
      'signal: guest > process, fatal',
      'guest-notification: kvm > guest',
      'exception: hardware > kvm'
    ])
  }
)

void t.test('a story says who dies of what, and what the policy chose', async (t) => {
  const run = await played('01-story')
  const said = shownRows(visibleRows(run, STORY)).map((row) => sayingOf(run, row))

  for (const words of [
    'A line of DRAM goes bad 0x7c001000, UER',
    'redis loads 0xffff90000018',
    'SIGBUS BUS_MCEERR_AR kills redis 0xffff90000018',
    'inject-sea a guest access hit a page that is gone; a synchronous external abort describes just that'
  ]) {
    t.ok(said.includes(words), `${words}\nis none of\n${said.join('\n')}`)
  }
})

void t.test('whatever is not shown is counted in a fold, of every shipped story', async (t) => {
  for (const name of [
    '01-story',
    '05-host-64k-guest-4k',
    '13-uncontained',
    '16-corrected-storm',
    '17-reboot-after-poison'
  ]) {
    const run = await played(name)
    for (const everything of [false, true]) {
      const places = visibleRows(run, { ...STORY, everything }).flatMap((one) =>
        one.kind === 'row' ? [one.row.place] : one.rows.map(({ place }) => place)
      )
      t.same(
        places,
        run.rows.map(({ place }) => place),
        `${name}${everything ? ', everything' : ''}`
      )
    }
  }
})

void t.test('the boot is one row, whatever else is shown, and is opened like any other', async (t) => {
  const run = await played('01-story')
  const [boot] = visibleRows(run, { ...STORY, everything: true })

  t.match(boot, { kind: 'fold', why: 'boot', isOpen: false })
  const [opened, first] = visibleRows(run, { ...STORY, open: new Set([1]) })
  t.match(opened, { kind: 'fold', isOpen: true })
  t.match(first, { kind: 'row', row: { place: 1 }, isWithin: true })
})

void t.test('rounds of the same are one row that says how many', async (t) => {
  const run = await played('05-host-64k-guest-4k')
  const rounds = visibleRows(run, STORY).filter((one) => one.kind === 'fold' && one.why === 'rounds')

  t.equal(rounds.length, 1)
  t.match(rounds, [{ times: 21 }])
})

void t.test('the causes of the end lead back to the access that met the bad line', async (t) => {
  const run = await played('01-story')
  const end = decidingRow(run)
  const path = [...pathTo(run, end)].sort((a, b) => a - b).flatMap((place) => run.at(place)?.entry.type ?? [])

  t.equal(end?.entry.type, 'guest.signal')
  t.same(path, [
    'task.access',
    'memory.access',
    'exception.take',
    'apei.notify',
    'stage2.unmap',
    'exception.take',
    'kvm.exit',
    'kvm.run',
    'vcpu.enter',
    'guest.signal'
  ])
})

void t.test('all that follows from the fault is found, through every kind of cause', async (t) => {
  const run = await played('01-story')
  const fault = run.at(run.faultAt ?? 0) as Row
  const types = new Set([...effectsUnder(run, fault)].map((place) => run.at(place)?.entry.type))

  for (const type of ['exception.take', 'apei.notify', 'signal.deliver', 'policy.decide', 'guest.signal']) {
    t.ok(types.has(type), type)
  }
  t.notOk(effectsUnder(run, fault).has(fault.place))
})

void t.test('a run that comes in pieces is the run that comes at once', async (t) => {
  const journal = await journalOf('02-counter-example')
  const whole = new RunModel(journal)
  const grown = new RunModel()
  for (let at = 0; at < journal.length; at += 7) grown.append(journal.slice(at, at + 7))

  t.same(grown.rows, whole.rows)
  t.same(visibleRows(grown, STORY), visibleRows(whole, STORY))
})

void t.test('what a VMM does about a decision is an effect of the decision', async (t) => {
  const run = await played('01-story')
  const decisions = run.rows.filter(({ mark, level }) => mark === 'decision' && level === 'story')
  const does = decisions.map((row) => run.effectsOf(row).map(({ entry }) => entry.type))

  t.ok(does[0]?.includes('kvm.irq-line'), 'the interrupt')
  t.ok(does[1]?.includes('kvm.set-vcpu-events'), 'the abort')
  t.notOk(does[0]?.includes('kvm.set-vcpu-events'))
  const abort = run.rows.find(({ entry }) => entry.type === 'kvm.set-vcpu-events') as Row
  t.ok(run.causesOf(abort).includes(decisions[1] as Row))
})
