import t from 'tap'
import { PLACE_RULES } from '../../shared/scenario/check-places.ts'
import { errorLine, readScenario } from '../../shared/scenario/read-scenario.ts'
import { Step } from '../../shared/scenario/schema-step.ts'

/** What is wrong with a file that has these parts besides its head. */
function mistakes(parts: string): readonly string[] {
  const steps = parts.includes('steps:') ? '' : 'steps: [{ touch: redis }]\n'
  const read = readScenario(`seabus: 1\ntitle: t\n${steps}${parts}\n`, 'f')
  return 'scenario' in read ? [] : read.errors.map(errorLine)
}

type Row = readonly [what: string, parts: string, says: string]

const EVENTS: readonly Row[] = [
  [
    'a field that the event does not have',
    'expect: { never: [{ signal.deliver: { codename: BUS_MCEERR_AO } }] }',
    'f:4:39: expect.never[0].signal.deliver: unknown key codename; did you mean codeName?'
  ],
  [
    'a value of another type',
    'expect: { never: [{ signal.deliver: { code: BUS_MCEERR_AO } }] }',
    'f:4:45: expect.never[0].signal.deliver.code: must be a whole number, not BUS_MCEERR_AO'
  ],
  ['a value that the field cannot have', 'expect: { never: [{ guest.flow: { flow: SEII } }] }', 'did you mean SEI?'],
  [
    'a name that the layers here never say, of a text that is open to others',
    'expect: { never: [{ signal.deliver: { codeName: BUS_MCERR_AO } }] }',
    'not BUS_MCERR_AO; did you mean BUS_MCEERR_AO?'
  ],
  [
    'an expression that fits no such value',
    'expect: { never: [{ guest.flow: { flow: /SIE/ } }] }',
    '/SIE/ fits none of '
  ],
  [
    'an expression for a map',
    'expect: { never: [{ exception.take: { interrupted: /vm0/ } }] }',
    '/vm0/ is for text, and this is a map'
  ],
  ['an unknown layer', 'expect: { never: [kvm.exit@gest] }', 'there is no layer gest; did you mean guest?'],
  [
    'a layer that never has the event',
    'expect: { never: [kvm.exit@guest] }',
    'there is no kvm.exit at guest, only at vmm'
  ],
  ['a refusal of what nobody asks', 'expect: { never: [refused:host.panic] }', 'nobody can refuse it'],
  [
    'a refusal with a code that there is not',
    'expect: { events: [{ refused:vm.migrate: { code: vm-stat } }] }',
    'did you mean vm-state?'
  ],
  [
    'a step that no kernel takes',
    'expect: { never: [{ host.step: { name: ghes.cleaned } }] }',
    'there is no name ghes.cleaned; did you mean ghes.cleared?'
  ],
  [
    'a number in a form that a trace never has',
    "expect: { never: [{ stage2.map: { guestPhysical: '0x0040001000' } }] }",
    'a trace has this number as 0x40001000'
  ],
  [
    'a number that YAML rounds',
    'expect: { never: [{ guest.access: { guestVirtual: 0xffffffff90000018 } }] }',
    'is not a number that YAML keeps'
  ],
  ['a field that is nothing', 'expect: { never: [{ signal.deliver: { code: } }] }', 'must be a whole number, not null'],
  ['a VM that is not there', 'expect: { never: [{ vm.ended: { vm: vm7 } }] }', 'there is no VM vm7; did you mean vm0?'],
  [
    'an event of VMs where there is none',
    'processes: [p]\nsteps: [{ touch: p }]\nexpect: { never: [guest.flow] }',
    'there is no VM in this file, so guest.flow never happens'
  ],
  ['an always of nothing', 'expect: { always: [signal.deliver] }', 'says nothing'],
  ['an empty list of events', 'expect: { events: [] }', 'expect.events: must not be empty'],
  ['an empty never', 'expect: { never: [] }', 'expect.never: must not be empty'],
  ['an empty always', 'expect: { always: [] }', 'expect.always: must not be empty'],
  ['an empty expectation', 'expect: {}', 'expect: must not be empty']
]

const OUTCOME: readonly Row[] = [
  ['an ending that no access has', 'expect: { tasks: { redis: kiled } }', 'did you mean killed?'],
  ['a state that no VM has', 'expect: { vm: runing }', 'did you mean running?'],
  ['a code that no SIGBUS has', 'expect: { signals: [BUS_MCEERR_A0] }', 'did you mean BUS_MCEERR_AR?'],
  ['a negative count', 'expect: { poisonedPages: { host: -1 } }', 'must be 0 or more'],
  ['an empty map', 'expect: { tasks: {} }', 'expect.tasks: must not be empty'],
  ['an unknown guest', 'expect: { guests: { vm1: running } }', 'there is no guest vm1; did you mean vm0?'],
  [
    'a guest where there is no VM',
    'processes: [p]\nsteps: [{ touch: p }]\nexpect: { guest: running }',
    'there is no VM in this file: it is none'
  ],
  ['no guest where there is a VM', 'expect: { guest: none }', 'there is a VM in this file']
]

const PLACES: readonly Row[] = [
  [
    'a page behind the end',
    'vms: [{ tasks: [{ name: a, size: 16K }] }]\nsteps: [{ poison: { task: a, page: 900 } }]',
    'f:4:36: steps[0].poison.page: its memory has 4 pages of 4 KiB, numbered from 0; 900 is not among them'
  ],
  ['an offset in the next page', 'steps: [{ poison: { task: redis, offset: 4096 } }]', 'must be 4095 or less'],
  ['a vCPU too many', 'steps: [{ touch: { task: redis, vcpu: 1 } }]', 'there are 1 vCPUs'],
  [
    'a thread too many',
    'processes: [{ name: p, threads: 2 }]\nsteps: [{ touch: { task: p, thread: 2 } }]',
    'there are 2 threads'
  ],
  ['a thread of a guest task', 'steps: [{ touch: { task: redis, thread: 1 } }]', 'means nothing here, for a task'],
  [
    'an address of more than 64 bits',
    "steps: [{ poison: { hostPhysical: '0xffffffffffffffff', page: 1 } }]",
    'with page and offset this is more than 64 bits'
  ],
  ['nobody', 'steps: [{ poison: { severity: recoverable } }]', 'needs task or vmm or hostPhysical'],
  ['two at once', 'steps: [{ poison: { task: redis, vmm: vm0 } }]', 'one place, not task and vmm'],
  ['an access to an address', 'steps: [{ touch: { hostPhysical: 4096 } }]', 'this is done in memory of a task or vmm'],
  [
    'a table that nobody reads so',
    'steps: [{ touch: { task: redis, table: true } }]',
    'means nothing here, for a task'
  ],
  [
    'an unknown VM of a policy',
    'steps: [{ policy: { vm: vm9, name: morse } }]',
    'there is no VM vm9; did you mean vm0?'
  ],
  [
    'a policy behind a URL',
    'vms: [{ policy: "http://127.0.0.1:1" }]',
    'one behind a URL is given to the run: --policy URL'
  ],
  ['a remap of half a page', 'processes: [p]\nsteps: [{ remap: { task: p, offset: 8 } }]', 'means nothing here'],
  [
    'a record of bytes and of words',
    "steps: [{ report: { source: 1, bytes: '00', severity: fatal } }]",
    'means nothing beside bytes'
  ],
  ['no time', 'steps: [{ wait: 0s }]', 'no time passes'],
  ['less than a nanosecond', 'steps: [{ wait: 0.5ns }]', 'is no whole number of nanoseconds'],
  ['years', 'steps: [{ wait: 99999999s }]', 'is more than the 24 h that a step may wait']
]

const ACTORS: readonly Row[] = [
  ['a sysctl', 'machine: { sysctl: { memory_failure_earlykill: 1 } }', 'did you mean memory_failure_early_kill?'],
  ['a sysctl that changes', 'steps: [{ sysctl: { panik: 1 } }]', 'did you mean panic?'],
  ['whom it shares with', 'vms: [{ tasks: [redis, { name: b, shares: b }] }]', 'nobody shares its own pages'],
  [
    'the size of what is shared',
    'vms: [{ tasks: [redis, { name: b, shares: redis, size: 8K }] }]',
    'is that of redis, whose pages these are; leave it out'
  ],
  [
    'that shared pages are clean',
    'vms: [{ tasks: [redis, { name: b, shares: redis, dirty: false }] }]',
    'redis has written to these pages'
  ],
  ['half a page', 'vms: [{ tasks: [{ name: redis, size: 5000 }] }]', 'must be whole pages, here of 4K, not 5000'],
  [
    'half a huge page',
    'vms: [{ tasks: [{ name: redis, size: 64K, backing: hugetlb-2m }] }]',
    'must be whole pages, here of 2048K'
  ],
  ['two tasks of one name in two VMs', 'vms: [{}, {}]', 'two are called redis; give the tasks of this VM names'],
  [
    'one thread id for two',
    'processes: [{ name: a, pid: 300, threads: 4 }, { name: b, pid: 302 }]\nsteps: [{ touch: a }]',
    "thread 302 is a's as well"
  ],
  ['RAM that ends first', 'machine: { memory: [{ start: 4096, end: 4096 }] }', 'ends before it begins'],
  ['RAM of half a page', 'machine: { memory: [{ start: 0, end: 4097 }] }', 'must be the edge of a page of 4K'],
  ['frames that end first', 'machine: { frames: [{ start: 8192, end: 4096, kind: slab }] }', 'ends before it begins'],
  [
    'frames of a guest that are no pages',
    'vms: [{ guest: { frames: [{ start: 1, end: 4096, kind: slab }] } }]',
    'must be the edge of a page of 4K'
  ],
  [
    'a task that is larger than its VM',
    'vms: [{ tasks: [{ name: redis, size: 1G }] }]',
    'the memory of redis goes beyond that of vm0'
  ],
  ['notifications of nothing', 'machine: { notify: {} }', 'must not be empty; known: recoverable, corrected, fatal'],
  [
    'RAM twice',
    'machine: { memory: [{ start: 0, end: 8192 }, { start: 4096, end: 16384 }] }',
    'lies over another range'
  ]
]

for (const [kind, rows] of Object.entries({ EVENTS, OUTCOME, PLACES, ACTORS })) {
  for (const [what, parts, says] of rows) {
    void t.test(`${kind.toLowerCase()}: ${what} is refused in its line`, (t) => {
      const told = mistakes(parts)

      t.ok(
        told.some((line) => line.includes(says)),
        told.join('\n') || 'nothing is said'
      )
      t.end()
    })
  }
}

void t.test('one mistake is told once', (t) => {
  t.equal(mistakes('steps: [{ touch: { task: redis, thread: 1 } }]').length, 1)
  t.end()
})

void t.test('nothing is guessed that is far', (t) => {
  const far = [
    'machine: { crashkernel: 1 }',
    'steps: [{ dma: redis }]',
    'vms: [{ devices: 1 }]',
    'expect: { host: alive }'
  ]
  for (const parts of far) {
    const told = mistakes(parts).join('\n')
    t.notMatch(told, /did you mean/, told)
    t.not(told, '')
  }
  t.end()
})

void t.test('every step that has a place has its rule', (t) => {
  const placed = Object.entries(Step.properties).filter(([, schema]) => JSON.stringify(schema).includes('"task":'))

  t.same(placed.map(([name]) => name).toSorted(), Object.keys(PLACE_RULES).toSorted())
  t.end()
})
