import t from 'tap'
import { errorLine, readScenario } from '../../shared/scenario/read-scenario.ts'

const HEAD = 'seabus: 1\ntitle: t\n'
const STEPS = 'steps:\n  - touch: redis\n'

/** What is wrong with a text, as an editor would jump to it. */
function mistakes(text: string): readonly string[] {
  const read = readScenario(text, 'f.yaml')
  return 'scenario' in read ? [] : read.errors.map(errorLine)
}

void t.test('ten lines are a whole scenario', (t) => {
  const text = `${HEAD}${STEPS}  - poison: redis\n  - touch: redis\n  - touch: nginx\nexpect:\n  tasks: { redis: killed }\n`

  t.match(readScenario(text, 'f.yaml'), { scenario: { title: 't' } })
  t.end()
})

const WRONG: readonly (readonly [what: string, text: string, errors: readonly string[]])[] = [
  ['an unknown key', `${HEAD}${STEPS}expct: {}\n`, ['f.yaml:5:1: unknown key expct; did you mean expect?']],
  [
    'a misspelt key is not missing as well',
    `seabus: 1\ntitel: t\n${STEPS}`,
    ['f.yaml:2:1: unknown key titel; did you mean title?']
  ],
  [
    'an unknown step',
    `${HEAD}steps:\n  - tuch: redis\n`,
    ['f.yaml:4:5: steps[0]: unknown key tuch; did you mean touch?']
  ],
  [
    'a bad value',
    `${HEAD}steps:\n  - poison: { task: redis, severity: recovrable }\n`,
    [
      'f.yaml:4:38: steps[0].poison.severity: must be one of recoverable, fatal, corrected, none, not recovrable; did you mean recoverable?'
    ]
  ],
  [
    'a value of the wrong type',
    `${HEAD}vms:\n  - vcpus: many\n${STEPS}`,
    ['f.yaml:4:12: vms[0].vcpus: must be a whole number, not many (default 1)']
  ],
  [
    'an unknown task',
    `${HEAD}steps:\n  - touch: redsi\n`,
    ['f.yaml:4:12: steps[0].touch: there is no task or process redsi; did you mean redis?']
  ],
  [
    'an unknown policy and an unknown profile, both listed',
    `${HEAD}vms:\n  - policy: mors\n    profile: qemu-10\n${STEPS}`,
    [
      'f.yaml:4:13: vms[0].policy: there is no policy mors; did you mean morse?',
      'f.yaml:5:14: vms[0].profile: there is no VMM profile qemu-10; did you mean qemu-10.0?'
    ]
  ],
  [
    'an event that nothing ever leaves in a trace: "never" would hold for no reason',
    `${HEAD}${STEPS}expect:\n  never: [host.panik]\n`,
    ['f.yaml:6:11: expect.never[0]: there is no event type host.panik; did you mean host.panic?']
  ],
  [
    'two of one name',
    `${HEAD}processes: [a, a]\nsteps:\n  - touch: a\n`,
    ['f.yaml:3:16: processes[1]: two are called a']
  ],
  [
    'two things in one step',
    `${HEAD}steps:\n  - { touch: redis, wait: 1s }\n`,
    ['f.yaml:4:5: steps[0]: has 2 keys (touch, wait) and can have one']
  ],
  ['a later version', `seabus: 2\ntitle: t\n${STEPS}`, ['f.yaml:1:9: seabus: must be 1']],
  ['a key that is there twice', `${HEAD}title: u\n${STEPS}`, ['f.yaml:3:1: Map keys must be unique']],
  ['no steps', HEAD, ['f.yaml:1:1: steps is missing']],
  [
    'a message that its layer does not know',
    `${HEAD}steps:\n  - message: { to: vmm, type: vm.creat }\n`,
    ['f.yaml:4:31: steps[0].message.type: there is no message to vmm vm.creat; did you mean vm.create?']
  ],
  [
    'a message with other data than its layer takes',
    `${HEAD}steps:\n  - message: { to: hardware, type: line.repair, data: { hostPhysical: 4096 } }\n`,
    [
      'f.yaml:4:71: steps[0].message.data.hostPhysical: /hostPhysical must be a 64-bit value as a lower-case hex string such as "0x48001000"'
    ]
  ],
  [
    'a record of half a byte',
    `${HEAD}steps:\n  - report: { source: 1, bytes: '0a b' }\n`,
    ['f.yaml:4:33: steps[0].report.bytes: ends in the middle of a byte']
  ],
  [
    'a regular expression that is none',
    `${HEAD}${STEPS}expect:\n  events: [{ host.printk: { text: /(/ } }]\n`,
    ['f.yaml:6:35: expect.events[0].host.printk.text: /(/ is no regular expression']
  ],
  [
    'an alias without an anchor',
    `${HEAD}steps: *there\n`,
    ['f.yaml:1:1: Unresolved alias (the anchor must be set before the alias): there']
  ],
  [
    'an alias within its own anchor',
    `${HEAD}${STEPS}expect: &a { tasks: *a }\n`,
    ['f.yaml:1:1: an alias stands within its own anchor']
  ]
]

for (const [what, text, errors] of WRONG) {
  void t.test(`${what} is an error with file, line and column`, (t) => {
    t.same(mistakes(text), errors)
    t.end()
  })
}

void t.test('an empty file and one that is no map are errors, not crashes', (t) => {
  t.match(mistakes(''), [/^f\.yaml:1:1: /])
  t.match(mistakes('- a\n- b\n'), [/^f\.yaml:1:1: must be a map/])
  t.match(mistakes('title: [unclosed\n'), [/^f\.yaml:\d+:\d+: /])
  t.end()
})

void t.test('a scenario may be a part of a JSON text, and its mistakes have their place in the whole', (t) => {
  const good = '{ "scenario": { "seabus": 1, "title": "t", "steps": [{ "touch": "redis" }] } }'
  const bad = '{\n\t"scenario": {\n\t\t"seabus": 1, "title": "t",\n\t\t"steps": [{ "tuch": "redis" }]\n\t}\n}'

  t.match(readScenario(good, 'body', { within: ['scenario'] }), { scenario: { title: 't' } })
  t.match(readScenario(bad, 'body', { within: ['scenario'] }), {
    errors: [{ line: 4, column: 15, message: 'steps[0]: unknown key tuch; did you mean touch?' }]
  })
  t.end()
})
