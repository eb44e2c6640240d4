import t from 'tap'
import { errorLine, readScenario, type FileError } from '../../shared/scenario/read-scenario.ts'

const HEAD = 'seabus: 1\ntitle: t\n'
const STEPS = 'steps:\n  - touch: redis\n'

function mistakesIn(text: string): readonly FileError[] {
  const read = readScenario(text, 'f.yaml')
  if (read.errors === undefined) throw new Error('it has no mistakes')
  return read.errors
}

/** What an editor would underline. */
const marked = (text: string, { line, column, length }: FileError): string =>
  (text.split('\n')[line - 1] ?? '').slice(column - 1, column - 1 + length)

const ROWS: readonly (readonly [text: string, marked: string, mistake: Partial<FileError>])[] = [
  [`${HEAD}${STEPS}expct: {}\n`, 'expct', { path: '/expct', rule: 'unknown-key', suggestion: 'expect' }],
  [`${HEAD}steps:\n  - tuch: redis\n`, 'tuch', { path: '/steps/0/tuch', rule: 'unknown-key', suggestion: 'touch' }],
  [
    `${HEAD}steps:\n  - poison: { task: redis, severity: recovrable }\n`,
    'recovrable',
    { path: '/steps/0/poison/severity', rule: 'one-of', suggestion: 'recoverable' }
  ],
  [`${HEAD}vms:\n  - vcpus: many\n${STEPS}`, 'many', { path: '/vms/0/vcpus', rule: 'type' }],
  [
    `${HEAD}steps:\n  - touch: "redsi" # no\n`,
    '"redsi"',
    { path: '/steps/0/touch', rule: 'unknown-name', suggestion: 'redis' }
  ],
  [
    `${HEAD}vms:\n  - policy: mors\n${STEPS}`,
    'mors',
    { path: '/vms/0/policy', rule: 'unknown-name', suggestion: 'morse' }
  ],
  [
    `${HEAD}steps:\n  - message: { to: vmm, type: vm.policy, data: { vm: vm0, policy: mores } }\n`,
    'mores',
    { path: '/steps/0/message/data/policy', rule: 'message' }
  ],
  [`${HEAD}${STEPS}  - wait: 0s\n`, '0s', { path: '/steps/1/wait', rule: 'wait' }],
  [`${HEAD}${STEPS}  - poison: redis\n    touch: redis\n`, 'poison: redis', { path: '/steps/1', rule: 'count' }],
  [
    `${HEAD}${STEPS}expect:\n  events:\n    - signal.deliver: { codeNam: x }\n`,
    'codeNam',
    { path: '/expect/events/0/signal.deliver/codeNam', rule: 'unknown-key', suggestion: 'codeName' }
  ],
  ['title: [\n', ' ', { path: '', rule: 'yaml' }]
]

void t.test('a mistake says where in the text it is and what could stand there, for whoever underlines it', (t) => {
  for (const [text, wrong, mistake] of ROWS) {
    const [first, ...more] = mistakesIn(text)
    if (first === undefined) return t.fail(text)
    t.match(first, { file: 'f.yaml', ...mistake }, text)
    if (mistake.rule !== 'yaml') {
      t.equal(marked(text, first), wrong, text)
      t.same(more, [], text)
    }
    t.ok(first.length >= 1 && first.column >= 1 && first.line >= 1)
    t.equal('suggestion' in first, 'suggestion' in mistake, 'a suggestion is there or is no field')
  }
  t.end()
})

void t.test('putting the suggestion in the place of what is marked mends the text', (t) => {
  for (const [text, , { suggestion }] of ROWS) {
    const [first] = mistakesIn(text)
    if (first === undefined || suggestion === undefined) continue
    const lines = text.split('\n')
    const line = lines[first.line - 1] ?? ''
    const mended = `${line.slice(0, first.column - 1)}${suggestion}${line.slice(first.column - 1 + first.length)}`
    const read = readScenario(lines.with(first.line - 1, mended).join('\n'), 'f.yaml')
    const again = read.errors?.some(({ path, rule }) => path === first.path && rule === first.rule)
    t.notOk(again, `${first.message}: ${mended}`)
  }
  t.end()
})

void t.test('the line of the command line is made from the mistake', (t) => {
  const [first] = mistakesIn(`${HEAD}${STEPS}expct: {}\n`)
  t.equal(first && errorLine(first), 'f.yaml:5:1: unknown key expct; did you mean expect?')
  t.end()
})

/** A file, and the places of what is wrong in it. */
const SEVERAL: readonly (readonly [what: string, text: string, paths: readonly string[]])[] = [
  [
    'what the schema refuses and what it cannot know, of steps and expectations',
    `${HEAD}steps:
  - tuch: redis
  - poison: redsi
  - wait: 0s
  - message: { to: vmm, type: vm.polcy }
  - touch: { task: nginx, page: 100000 }
expect:
  outcme: x
  events:
    - signal.deliver: { codeNam: x }
    - nosuch.event
  never: [1]
`,
    [
      '/steps/0/tuch',
      '/steps/1/poison',
      '/steps/2/wait',
      '/steps/3/message/type',
      '/steps/4/touch/page',
      '/expect/outcme',
      '/expect/events/0/signal.deliver/codeNam',
      '/expect/events/1',
      '/expect/never/0'
    ]
  ],
  [
    'two of one VM',
    `${HEAD}vms:\n  - { profile: qemu-99, vcpus: many }\nsteps:\n  - touch: redsi\n`,
    ['/vms/0/profile', '/vms/0/vcpus', '/steps/0/touch']
  ],
  [
    'no name is missed while it is not known who takes part',
    `${HEAD}vms:\n  - taks: [cache]\nsteps:\n  - touch: cache\n  - wait: 0s\nexpect: { tasks: { cache: completed } }\n`,
    ['/vms/0/taks', '/steps/1/wait']
  ],
  [
    'nobody is missed whom a step that cannot be read may have made',
    `${HEAD}steps:\n  - mesage: { to: guest }\n  - touch: redis\nexpect: { tasks: { other: killed } }\n`,
    ['/steps/0/mesage']
  ],
  [
    'a misspelt key stands for the one that was meant',
    `${HEAD}vms:\n  - { name: vm0, polcy: morse }\nsteps:\n  - touch: redsi\nexpect: { events: [signal.delivr] }\n`,
    ['/vms/0/polcy', '/steps/0/touch', '/expect/events/0']
  ],
  [
    'no room is missed where the size of memory cannot be read',
    `${HEAD}vms:\n  - { memory: 4GB }\nsteps:\n  - poison: { task: redis, page: 999999 }\n  - wait: 0s\n`,
    ['/vms/0/memory', '/steps/1/wait']
  ],
  [
    'a page size that is misspelt',
    `${HEAD}machine: { pageSise: 65536 }\nprocesses: [{ name: p, size: 4K }]\nsteps:\n  - touch: q\n  - wait: 0s\n`,
    ['/machine/pageSise', '/steps/1/wait']
  ],
  [
    'steps that are no list',
    `${HEAD}steps: none\nexpect: { events: [nosuch.event] }\n`,
    ['/steps', '/expect/events/0']
  ],
  ['a file that is no map', '- 1\n', ['']]
]

void t.test(
  'all mistakes that do not hang on each other are told at once, and none that another one only seems to make',
  (t) => {
    for (const [what, text, paths] of SEVERAL) {
      const found = mistakesIn(text).map(({ path }) => path)
      t.same(found.toSorted(), paths.toSorted(), what)
    }
    t.end()
  }
)
