import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { request, type Answer } from '../support/requests.ts'
import { services } from '../support/services.ts'

const SCENARIOS = new URL('../../scenarios/', import.meta.url)
const shipped = (name: string) => readFileSync(new URL(`${name}.yaml`, SCENARIOS), 'utf8')
const YAML = { 'content-type': 'application/yaml' }
const TEXT = { accept: 'text/plain' }
const STEPS = [{ touch: 'redis' }]
const { urls } = await services(t)
const scenario = { seabus: 1, title: 't', steps: STEPS }

void t.test('a story is run by its name, and its report has what was different and how it ended', async (t) => {
  const run = async (body: object) => (await request(`${urls.console}/v1/runs`, { body })).json

  t.match(await run({ story: 'morse', machine: 'm1' }), {
    story: 'morse',
    title: 'The guest is told by SEA and only the task that consumed the error dies',
    machine: 'm1',
    setup: { policy: 'morse', exception: 'SError', notify: 'GSIV' },
    outcome: { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } },
    expected: { tasks: { redis: 'killed', nginx: 'completed' }, avoidablePanic: false },
    asExpected: true,
    failures: [],
    narrative: [/./]
  })
})

void t.test('every part of a story may be different, and then nothing is expected of its end', async (t) => {
  const changes = { policy: 'sei', exception: 'SEA', notify: 'SDEI', exposeException: true, sei: true }

  const { json } = await request(`${urls.console}/v1/runs`, { body: { story: 'sei', ...changes } })
  const { json: killed } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse', vmm: 'kvmtool' } })

  t.match(json, { setup: changes, outcome: { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } } })
  t.notOk(Object.hasOwn(json as object, 'asExpected'))
  t.match(killed, { setup: { vmm: 'kvmtool' }, outcome: { vm: 'killed' } })
})

void t.test('the stories are scenario files, and can be sent back as they are', async (t) => {
  const stories = (await request(`${urls.console}/v1/stories`)).json as Record<string, { scenario: object }>

  const { json } = await request(`${urls.console}/v1/runs`, { body: { scenario: stories['sei']?.scenario } })

  t.match(stories, {
    morse: { title: /SEA/, setup: { policy: 'morse' }, expected: { guest: 'running' } },
    sei: { title: /^The counter-example/, setup: { policy: 'sei' }, expected: { guest: 'panicked' } }
  })
  t.match(json, { cell: 'avoidable panic', asExpected: true, failures: [] })
  t.notOk(Object.hasOwn(json as object, 'story'))
})

void t.test('a scenario file is run as YAML; policy and machine stand in the query', async (t) => {
  const run = (name: string, query = '', headers: object = {}) =>
    request(`${urls.console}/v1/runs${query}`, { body: shipped(name), headers: { ...YAML, ...headers } })

  const own = await run('10-vmm-own-memory', '', TEXT)
  const changed = await run('01-story', '?policy=sei&machine=other')

  t.match(own.text, /^[^\n]+\n[^]*\nas expected\n$/)
  t.match(changed.json, {
    machine: 'other',
    setup: { policy: 'sei' },
    cell: 'avoidable panic',
    changed: {
      what: ['policy sei in place of morse'],
      differs: [{ expectation: 'expect.cell', says: 'is avoidable panic, not process killed' }]
    }
  })
  t.notOk(Object.hasOwn(changed.json as object, 'asExpected'), 'the file expects nothing of another policy')
})

void t.test('the text of a story says how it must end', async (t) => {
  const { text } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse', machine: 'm2' }, headers: TEXT })

  t.match(
    text,
    /^The guest is told by SEA.* \(machine m2\)\n\n[^]*\n\nredis was killed [^]*\n\{\n[^]*\n\}\nThis is how it must end\.\n$/
  )
})

function refuses(t: Test, answer: Answer, status: number, code: string, more: object = {}): void {
  t.equal(answer.status, status, answer.text)
  t.match(answer.contentType, /^application\/problem\+json/)
  t.match(answer.json, { code, detail: /./, instance: '/v1/runs', ...more }, answer.text)
}

void t.test('mistakes of a scenario are told with line, column and message, in YAML and in JSON', async (t) => {
  const yaml = (body: string) => request(`${urls.console}/v1/runs`, { body, headers: YAML })
  const json = (body: unknown) => request(`${urls.console}/v1/runs`, { body })

  refuses(t, await yaml('seabus: 1\ntitel: t\nsteps:\n  - tuch: redis\n'), 422, 'scenario-invalid', {
    detail: 'line 2, column 1: unknown key titel; did you mean title? (the first of 2 mistakes)',
    errors: [
      { line: 2, column: 1, message: 'unknown key titel; did you mean title?' },
      { line: 4, column: 5, message: 'steps[0]: unknown key tuch; did you mean touch?' }
    ]
  })
  refuses(
    t,
    await json('{\n  "scenario": {\n    "seabus": 2,\n    "title": "t", "steps": [{ "touch": "redis" }] } }'),
    422,
    'scenario-invalid',
    {
      errors: [{ line: 3, column: 15, message: 'seabus: must be 1' }]
    }
  )
  for (const text of ['', '- a\n', 'a: [\n', 'a: *b\n', 'a: &a { b: *a }\n', '['.repeat(2000)]) {
    refuses(t, await yaml(text), 422, 'scenario-invalid', { errors: [{ message: /./ }] })
  }
})

void t.test('what is neither a story nor a scenario, or both, is refused', async (t) => {
  const run = (body: unknown, query = '') => request(`${urls.console}/v1/runs${query}`, { body })

  refuses(t, await run({}), 422, 'field-missing', { field: '/story' })
  refuses(t, await run({ story: 'morse', scenario }), 422, 'field-invalid', { field: '/scenario' })
  refuses(t, await run({ story: 'mors' }), 422, 'field-invalid', { field: '/story' })
  refuses(t, await run({ scenario: 7 }), 422, 'field-invalid', { field: '/scenario' })
  refuses(t, await run({ scenario, vmm: 'qemu' }), 422, 'field-invalid', { field: '/vmm' })
  const yaml = await request(`${urls.console}/v1/runs?polcy=sei`, { body: shipped('01-story'), headers: YAML })
  refuses(t, yaml, 422, 'field-unknown', { field: '/polcy' })
})

const IMPOSSIBLE: readonly (readonly [
  what: string,
  steps: readonly object[],
  status: number,
  code: string,
  detail: RegExp
])[] = [
  [
    'an address outside of memory',
    [{ poison: { hostPhysical: '0x1' } }],
    422,
    'address-outside-memory',
    /steps\[0\]: /
  ],
  [
    'an address of more than 64 bits',
    [{ poison: { hostPhysical: '0xffffffffffffffff', page: 1 } }],
    422,
    'scenario-invalid',
    /steps\[0\]\.poison\.hostPhysical: /
  ],
  ['a step that nobody can take', [{ remap: 'redis' }], 422, 'scenario-invalid', /steps\[0\]\.remap: only a process/],
  ['a source that is not there', [{ ack: { source: 99 } }], 422, 'scenario-impossible', /steps\[0\]: source 99 /],
  ['a wait that nobody would live to see', [{ wait: '9999s' }], 422, 'scenario-impossible', /wait 9999 s/]
]
void t.test('a scenario that cannot be done says at which step, and the services go on', async (t) => {
  for (const [what, steps, status, code, detail] of IMPOSSIBLE) {
    const answer = await request(`${urls.console}/v1/runs`, { body: { scenario: { ...scenario, steps } } })

    t.comment(what)
    refuses(t, answer, status, code, { detail })
  }
  t.match((await request(`${urls.console}/health`)).json, { status: 'ok' })
})

void t.test('a machine that there is already is not run on', async (t) => {
  refuses(t, await request(`${urls.console}/v1/runs`, { body: { scenario, machine: 'm0' } }), 409, 'already-exists')
})
