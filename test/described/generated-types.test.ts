import t from 'tap'
import { services } from '../support/services.ts'
import { mistakesOf, typesOf } from './type-check.ts'

const { urls } = await services(t, { machines: [] })
const types = await typesOf(urls.console)

/** Names that whoever writes a client looks for. */
const NAMES = [
  'StatusBlock',
  'Task',
  'Process',
  'JournalEntry',
  'Problem',
  'PolicyQuestion',
  'PolicyDecision',
  'InjectError',
  'CreateVm',
  'Vm',
  'Guest',
  'Run',
  'RunRequest',
  'Scenario',
  'Outcome',
  'ErrorSource',
  'DeadLetter',
  'Readiness'
]

void t.test('types made of the document compile, and have names that a person would choose', async (t) => {
  const uses = NAMES.map((name) => `export type ${name} = Schemas['${name}']`).join('\n')

  const client = `import type { components, operations, paths } from './seabus'
type Schemas = components['schemas']
${uses}
export const code: PolicyQuestion['signal']['code'] = 'BUS_MCEERR_AR'
export const decision: PolicyDecision = { action: 'inject-sea', because: 'it was consumed' }
export type Made = operations['vmmCreateVm']['requestBody']
export type Tasks = paths['/services/guest/v1/machines/{machine}/vms/{vm}/tasks']['get']
export const isGone = (problem: Problem): boolean => problem.code === 'machine-deleted'
`

  t.strictSame(mistakesOf(client, types), [])
})

void t.test('a client that says what cannot be is told so', async (t) => {
  const client = `import type { components } from './seabus'
export const decision: components['schemas']['PolicyDecision'] = { action: 'inject-sei', because: '' }
`

  t.match(mistakesOf(client, types), [/"inject-sei"' is not assignable/])
})
