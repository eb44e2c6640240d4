import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { errorLine, readScenario } from '../../shared/scenario/read-scenario.ts'
import type { Expectation } from '../../shared/scenario/schema-expect.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

/** What comes of a file, whoever runs it. */
type Verdict =
  | { readonly refused: readonly string[] }
  | { readonly impossible: string }
  | { readonly failures: readonly string[] | undefined; readonly cell: string }

const { urls } = await services(t, { machines: [] })

/** What a layer refuses is told with the request in one case, with the message in the other. */
const codeIn = (detail: string) => /(?:steps\[\d+\]|setting up): .*?: ([a-z-]+):/.exec(detail)?.[1] ?? detail

async function inProcess(text: string): Promise<Verdict> {
  const read = readScenario(text, 'body')
  if (read.errors !== undefined) return { refused: read.errors.map(errorLine) }
  try {
    const { failures, cell, expected } = await runInProcess(read.scenario)
    return { failures: expected === undefined ? undefined : failures.map(({ expectation }) => expectation), cell }
  } catch (problem) {
    return { impossible: codeIn((problem as Error).message) }
  }
}

async function atConsole(text: string): Promise<Verdict> {
  const headers = { 'content-type': 'application/yaml' }
  const { json } = await request(`${urls.console}/v1/runs`, { body: text, headers })
  const { code, detail, errors, failures, cell } = json as {
    readonly code?: string
    readonly detail: string
    readonly errors?: readonly { readonly line: number; readonly column: number; readonly message: string }[]
    readonly failures?: readonly { readonly expectation: string }[]
    readonly cell: string
  }
  if (errors !== undefined) return { refused: errors.map((error) => errorLine({ file: 'body', ...error })) }
  if (code !== undefined) return { impossible: codeIn(detail) }
  return { failures: failures?.map(({ expectation }) => expectation), cell }
}

interface Story {
  readonly expect: Expectation
}
const story = parse(readFileSync(join(SHIPPED, '01-story.yaml'), 'utf8')) as Story
const withExpect = (expect: object) => stringify({ ...story, expect: { ...story.expect, ...expect } })
const file = (parts: string) => `seabus: 1\ntitle: t\n${parts}\n`

const FILES: readonly (readonly [what: string, text: string, verdict: object])[] = [
  ['the story as it is', stringify(story), { failures: [], cell: 'process killed' }],
  ['another end of a task', withExpect({ tasks: { redis: 'completed' } }), { failures: ['expect.tasks.redis'] }],
  ['events in another order', withExpect({ events: story.expect.events?.toReversed() }), { failures: [/events\[1\]/] }],
  ['what never should happen', withExpect({ never: ['signal.deliver'] }), { failures: ['expect.never[0]'] }],
  [
    'an always of nothing',
    withExpect({ always: [{ 'guest.flow': { flow: 'NMI' } }] }),
    { refused: [/must be one of/] }
  ],
  ['a misspelt field', withExpect({ never: [{ 'signal.deliver': { codename: 'x' } }] }), { refused: [/codeName/] }],
  ['no expectation', stringify({ ...story, expect: undefined }), { failures: undefined }],
  [
    'a sysctl with a typo',
    file('machine: { sysctl: { memory_failure_earlykill: 1 } }\nsteps: [{ touch: redis }]'),
    { refused: [/memory_failure_early_kill/] }
  ],
  [
    'a value that the sysctl does not take',
    file('machine: { sysctl: { memory_failure_early_kill: 2 } }\nsteps: [{ touch: redis }]\nexpect: { host: running }'),
    { impossible: 'field-invalid' }
  ],
  [
    'a VM that finds no memory',
    file('vms: [{ memory: 16G, backing: hugetlb-1g }]\nsteps: [{ touch: redis }]\nexpect: { host: running }'),
    { impossible: 'state-conflict' }
  ],
  [
    'a message with an address',
    file(
      "steps:\n  - touch: redis\n  - message: { to: hardware, type: line.repair, data: { hostPhysical: '0x48001000' } }\nexpect: { events: [{ line.repair: { hostPhysical: '0x48001000' } }] }"
    ),
    { failures: [] }
  ],
  [
    'a message with bytes',
    file(
      "steps:\n  - message: { to: firmware, type: memory.write, data: { hostPhysical: '0x3f000000', bytes: 'AAAAAAAAAAA=' } }\nexpect: { host: running }"
    ),
    { failures: [] }
  ],
  [
    'a step that is refused, and nothing says so',
    file('vms: [{ profile: firecracker }]\nsteps: [{ migrate: vm0 }]\nexpect: { host: running }'),
    { failures: ['steps'] }
  ],
  [
    'a place behind the end of a task',
    file('steps: [{ poison: { task: redis, page: 900 } }]\nexpect: { host: running }'),
    { refused: [/900 is not among them/] }
  ]
]

for (const [what, text, verdict] of FILES) {
  void t.test(`${what}: in process and through the console the verdict is the same`, async (t) => {
    const here = await inProcess(text)

    t.match(here, verdict)
    t.same(await atConsole(text), here)
  })
}

void t.test('the console explains a run as the command line does', async (t) => {
  const headers = { accept: 'text/plain' }
  const asked = { scenario: story, explain: true }

  const { text } = await request(`${urls.console}/v1/runs`, { body: asked, headers })
  const { json } = await request(`${urls.console}/v1/runs`, { body: asked })
  const { text: short } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse' }, headers })
  const { text: long } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse', explain: true }, headers })

  t.match(text, /expect\.tasks\.redis: expected "killed", got "killed"[\s\S]*\nexpect:\n {2}cell: "process killed"/)
  t.match(json, { explanation: [/^EXPLAINED: 0/] })
  t.notMatch(short, /EXPLAINED/)
  t.match(long, /EXPLAINED/)
})
