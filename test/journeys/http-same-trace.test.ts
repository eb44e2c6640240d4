import t from 'tap'
import type { Overrides } from '../../shared/scenario/plan.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { foreign } from '../service/http.ts'
import { room, withPolicy } from '../support/room.ts'
import { services } from '../support/services.ts'
import { walkStory } from '../support/story.ts'

/** Ids end in numbers, which count: `.10` comes after `.9`. */
const natural = new Intl.Collator('en', { numeric: true })

/** What a trace says but for when, in an order of its own: two services' journals have no common one. */
function canonical(journal: readonly WireEntry[]): readonly unknown[] {
  return journal
    .map(({ kind, id, type, from, to, layer, cause, because, data }) => {
      return { id, kind, type, layer, from, to, cause, because, data }
    })
    .toSorted((a, b) => natural.compare(a.id, b.id) || natural.compare(a.kind, b.kind))
}

const CASES: readonly (readonly [string, Overrides])[] = [
  ['the story', {}],
  ['the counter-example', { policy: 'sei' }],
  ['the story told to the host by SEA', { notify: 'SEA' }],
  ['the story told to the host by polling', { notify: 'POLLED' }],
  ['the story told to the host by SDEI', { notify: 'SDEI' }]
]

for (const [name, overrides] of CASES) {
  for (const over of ['links', 'posts'] as const) {
    void t.test(`${name} leaves the same trace in one process and over HTTP (${over}), but for times`, async (t) => {
      const { system } = await services(t, { machines: [], over })

      const inProcess = canonical(await walkStory(room().system, 'm1', overrides))
      const served = canonical(await walkStory(system, 'm1', overrides))

      t.ok(inProcess.length > 50, `${inProcess.length} entries`)
      t.strictSame(served, inProcess)
    })
  }
}

void t.test('a policy that answers everything alike is asked, and nothing else is expected of it', async (t) => {
  const policy = await foreign((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"action":"inject-serror","because":"as ever"}')
  })
  t.teardown(() => policy.close())
  const { system } = await services(t, { machines: [], replaced: { policy: policy.url } })
  const alike = withPolicy(() => ({ action: 'inject-serror', because: 'as ever' }))

  const inProcess = outcomeOf(await walkStory(room({}, alike).system, 'm1'))
  const served = outcomeOf(await walkStory(system, 'm1'))

  t.strictSame(served, inProcess)
  t.match(served, { guest: 'panicked', avoidablePanic: true })
})
