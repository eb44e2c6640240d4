import fc from 'fast-check'
import t from 'tap'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { furnished } from '../support/furnished.ts'
import { request } from '../support/requests.ts'
import { services, type Services } from '../support/services.ts'
import { Asks } from './asks.ts'
import { Declared } from './declared.ts'
import { documents, operationsOf, type Placed } from './document.ts'

/** `SEABUS_SEED=n` asks otherwise; what fails says with which seed. */
const seed = Number(process.env['SEABUS_SEED'] ?? 1)
/** Runs whose machines stay, so that there are kernels that panicked and VMs that have been told of much to read of. */
const KEPT = ['01-story', '02-counter-example', '07-second-error-before-ack', '10-vmm-own-memory', '16-corrected-storm']
/** So often each operation is asked, but for what takes long. */
const ASKED = 10
const SELDOM: Readonly<Record<string, number>> = { startRun: 5, checkScenario: 5, getMetrics: 2, getOpenApiOfAll: 1 }
/** So often what is read is asked of each machine that stays. */
const READ = 4
/** So many operations in a row change one machine: what they leave of it is what the next ones find. */
const IN_A_ROW = 4
/** What makes and ends machines has one of its own. */
const SPARE = new Set(['deleteMachine', 'makeMachine'])

const all = await services(t, { machines: ['m0', 'spare'] })
await furnished(all)
const machines = await keptRuns(all)
const apis = await documents(all)
const known = Object.fromEntries(
  LAYERS.map((layer) => [layer, { declared: new Declared(apis[layer]), asks: new Asks(apis[layer]) }])
) as Readonly<Record<Layer, { readonly declared: Declared; readonly asks: Asks }>>

async function keptRuns({ urls }: Services): Promise<readonly string[]> {
  const kept: string[] = []
  for (const name of KEPT) {
    const { text } = await request(`${urls.console}/v1/scenarios/${name}`)
    const yaml = { body: text, headers: { 'content-type': 'application/yaml' } }
    kept.push(((await request(`${urls.console}/v1/runs?keep=true`, yaml)).json as { machine: string }).machine)
  }
  return kept
}

/** Asks an operation at random and holds each answer against its declaration; gives the statuses that were answered. */
async function ask(
  layer: Layer,
  { placed, machine, often, more = 0 }: { placed: Placed; machine: string; often: number; more?: number }
) {
  const { declared, asks } = known[layer]
  const statuses = new Set<number>()
  const property = fc.asyncProperty(asks.of(placed, machine), async ({ path, headers, body }) => {
    const answer = await request(all.urls[layer] + path, { method: placed.method, headers, body })
    statuses.add(answer.status)
    const why = declared.mismatch(placed, answer)
    if (why !== undefined) throw new Error(`${placed.method} ${path}: ${why}`)
  })
  await fc.assert(property, { numRuns: often, seed: seed + more })
  return statuses
}

let count = 0
/** A machine on which nothing has gone wrong yet, or not much. */
async function fresh(): Promise<string> {
  const name = `x${Math.floor(count / IN_A_ROW)}`
  if (count++ % IN_A_ROW === 0) {
    await all.system.createMachine(name)
    await furnished(all, name)
  }
  return name
}

for (const layer of LAYERS) {
  void t.test(`${layer} answers nothing that its document does not declare`, async (t) => {
    for (const placed of operationsOf(apis[layer])) {
      const { operationId } = placed.operation
      const usual = placed.method === 'GET' ? 'm0' : await fresh()
      const machine = SPARE.has(operationId) ? 'spare' : usual
      await t.resolves(ask(layer, { placed, machine, often: SELDOM[operationId] ?? ASKED }), operationId)
    }
  })

  void t.test(`${layer}: what can be read of machines on which much has happened is as declared`, async (t) => {
    const reads = operationsOf(apis[layer]).filter(({ operation }) => operation.tags.includes('reads'))
    for (const placed of reads) {
      const seen = new Set<number>()
      for (const [more, machine] of machines.entries()) {
        for (const status of await ask(layer, { placed, machine, often: READ, more })) seen.add(status)
      }
      t.ok(seen.has(200), `${placed.operation.operationId} has been answered`)
    }
    t.end()
  })
}

void t.test('a run is answered as declared in each form, also one that did not end as its file expects', async (t) => {
  const { text } = await request(`${all.urls.console}/v1/scenarios/01-story`)
  const unlike = text.replace('guest: running', 'guest: panicked').replace('redis: killed', 'redis: completed')
  const yaml = { body: unlike, headers: { 'content-type': 'application/yaml' } }
  const { id, failures } = (await request(`${all.urls.console}/v1/runs`, yaml)).json as Unlike
  t.equal(failures?.length, 2, 'what it expects is not what came')

  const reads = operationsOf(apis.console).filter(({ path, method }) => method === 'GET' && path.startsWith('/v1/runs'))
  for (const placed of reads) {
    const { responses, operationId } = placed.operation
    for (const accept of Object.keys(responses['200']?.content ?? {})) {
      const path = placed.path.replace('{id}', id)
      const answer = await request(all.urls.console + path, { headers: { accept } })
      t.equal(answer.contentType.split(';')[0], answer.status === 503 ? 'application/problem+json' : accept, path)
      t.equal(known.console.declared.mismatch(placed, answer), undefined, `${operationId} as ${accept}`)
    }
  }
})
interface Unlike {
  readonly id: string
  readonly failures?: readonly unknown[]
}

void t.test('an answer that is not declared is found', async (t) => {
  const [placed] = operationsOf(apis.policy).filter(({ operation }) => operation.operationId === 'getPolicy')
  if (placed === undefined) throw new Error('the policy service has no getPolicy')
  const { declared } = known.policy
  const answer = await request(`${all.urls.policy}/v1/machines/m0/policies/morse`)
  const policy = answer.json as object

  t.equal(declared.mismatch(placed, answer), undefined)
  t.match(declared.mismatch(placed, { ...answer, status: 418 }), /status 418 is not declared/)
  t.match(declared.mismatch(placed, { ...answer, contentType: 'text/html' }), /does not declare text\/html/)
  t.match(declared.mismatch(placed, { ...answer, text: JSON.stringify({ ...policy, rules: 'x' }) }), /rules must be/)
  t.match(declared.mismatch(placed, { ...answer, text: JSON.stringify({ ...policy, more: 1 }) }), /additional/)
  t.match(declared.mismatch(placed, { ...answer, text: '{}' }), /must have required property/)
})
