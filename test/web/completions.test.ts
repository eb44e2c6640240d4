import t from 'tap'
import { completionsAt, CURSOR, type Completion } from '../../web/model/inject/completions.ts'
import { nextLineAfter } from '../../web/model/inject/next-line.ts'
import { OWN_OFFERS } from '../../web/model/inject/offers.ts'

const OFFERS = { ...OWN_OFFERS, vmms: [{ name: 'qemu-10.2', says: 'QEMU 10.2 virt' }] }

/** What is offered where `|` stands in a text. */
function offered(marked: string): readonly Completion[] {
  const at = marked.indexOf('|')
  return completionsAt(marked.replace('|', ''), at, OFFERS)?.all ?? []
}
const labels = (marked: string) => offered(marked).map(({ label }) => label)
const one = (marked: string, label: string) => offered(marked).find((option) => option.label === label)
/** The text with an option taken, the cursor as `|`. */
function taken(marked: string, label: string): string | undefined {
  const at = marked.indexOf('|')
  const text = marked.replace('|', '')
  const { from, to, all } = completionsAt(text, at, OFFERS) ?? { from: 0, to: 0, all: [] }
  const option = all.find((each) => each.label === label)
  return option && text.slice(0, from) + option.text.replace(CURSOR, '|') + text.slice(to)
}

void t.test('an empty file is offered what a scenario has, what it needs first and marked so', (t) => {
  t.strictSame(labels('|').slice(0, 2), ['seabus', 'title'])
  t.equal(one('|', 'title')?.isNeeded, true)
  t.equal(one('|', 'about')?.isNeeded, false)
  t.end()
})

void t.test('a step is offered by its name with what it does, also before steps that follow', (t) => {
  for (const marked of ['steps:\n  - po|', 'steps:\n  - po|\n  - touch: redis\n', 'steps:\n  - |\n']) {
    t.match(one(marked, 'poison'), { is: 'key', says: /^memory goes bad/ }, marked)
  }
  t.strictSame(labels('steps:\n  - poison: redis\n    |'), [], 'a step is one thing')
  t.end()
})

void t.test('where a list wants another item the dash comes with it', (t) => {
  const text = 'title: x\nsteps:\n  - touch: redis\n  |\n'
  t.equal(taken(text, 'poison'), 'title: x\nsteps:\n  - touch: redis\n  - poison: |\n')
  t.equal(taken('title: x\nsteps:\n  |', 'wait'), 'title: x\nsteps:\n  - wait: |')
  t.end()
})

void t.test('a field is begun as its kind is written', (t) => {
  t.equal(
    taken('title: x\n|\nsteps:\n  - touch: redis\n', 'machine'),
    'title: x\nmachine:\n  |\nsteps:\n  - touch: redis\n'
  )
  t.equal(taken('title: x\n|', 'vms'), 'title: x\nvms:\n  - |')
  t.equal(taken('steps:\n  - re|', 'report'), 'steps:\n  - report: { | }')
  t.equal(taken('steps:\n  - poison: |', 'task'), 'steps:\n  - poison: { task: | }')
  t.equal(
    taken('steps:\n  - po|ison: redis\n', 'touch'),
    'steps:\n  - touch: redis\n',
    'only the name where a value stands'
  )
  t.end()
})

void t.test('fields that are there already are not offered again', (t) => {
  const fields = labels('steps:\n  - poison: { task: redis, | }\n')
  t.ok(fields.includes('severity'))
  t.notOk(fields.includes('task'))
  t.end()
})

void t.test('values are those of the schema, also in braces that are still open', (t) => {
  t.strictSame(labels('steps:\n  - poison: { task: redis, severity: |'), ['recoverable', 'fatal', 'corrected', 'none'])
  t.strictSame(labels('machine: { ras: | }'), ['true', 'false'])
  t.ok(labels('machine:\n  linux: 6|\n').includes('6.12.95'))
  t.equal(labels('machine:\n  linux: |\n').filter((label) => label === '6.1').length, 1, 'number and text are one')
  t.end()
})

void t.test('names are those of who is in the scenario', (t) => {
  const text = 'vms:\n  - name: web\n    tasks: [db]\nprocesses: [victim]\nsteps:\n'
  t.strictSame(labels(`${text}  - poison: { task: |`), ['db', 'victim'])
  t.strictSame(labels(`${text}  - reset: |`), ['web'])
  t.strictSame(labels('steps:\n  - touch: r|').slice(0, 2), ['redis', 'nginx'], 'those of the usual VM')
  t.strictSame(labels('steps: []\nexpect:\n  tasks: { |'), ['redis', 'nginx'])
  t.end()
})

void t.test('VMMs, policies and kernels are those that the services have, with what they say of them', (t) => {
  t.match(offered('vms:\n  - profile: |\n'), [{ label: 'qemu-10.2', says: 'QEMU 10.2 virt' }])
  t.ok(labels('vms:\n  - policy: |\n').includes('morse'))
  t.ok(labels('steps:\n  - policy: { name: |').includes('sei'))
  t.end()
})

void t.test('a message is offered the types that its receiver takes, and their fields; an expectation events', (t) => {
  t.ok(labels('steps:\n  - message: { to: vmm, type: |').includes('vm.create'))
  t.notOk(labels('steps:\n  - message: { to: firmware, type: |').includes('vm.create'))
  t.ok(labels('steps:\n  - message: { to: vmm, type: vm.create, data: { |').includes('policyDeadlineMs'))
  t.ok(labels('expect:\n  events:\n    - |').includes('signal.deliver'))
  t.end()
})

void t.test('nothing is offered in words of the writer: comments, titles, quotes', (t) => {
  for (const marked of ['# st|', 'title: Poison a l|', 'title: "s|"', 'about: |'])
    t.strictSame(labels(marked), [], marked)
  t.end()
})

void t.test('a line behind a step begins the next step; elsewhere it is only a line', (t) => {
  t.equal(nextLineAfter('steps:\n  - touch: redis'), '  - ')
  t.equal(nextLineAfter('steps:\n- touch: redis'), '- ')
  t.equal(nextLineAfter('steps:\n  # first\n  - touch: redis\n  - poison: { task: redis }'), '  - ')
  t.equal(nextLineAfter('steps:\n  - poison:'), undefined, 'its fields may follow')
  t.equal(nextLineAfter('vms:\n  - name: vm0'), undefined, 'a VM has more than a name')
  t.equal(nextLineAfter('steps:\n  - touch: redis\nexpect:\n  events:\n    - vm.reset: { vm: vm0 }'), undefined)
  t.end()
})
