import t from 'tap'
import { walkStory, type StorySetup } from '../../services/console/story.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { foreign } from '../service/http.ts'
import { room, withPolicy } from '../support/room.ts'
import { services } from '../support/services.ts'

/** Ids end in numbers, which count: `.10` comes after `.9`. */
const natural = new Intl.Collator('en', { numeric: true })

/** What a trace says but for when, in an order of its own: two services' journals have no common one. */
function canonical(journal: readonly WireEntry[]): readonly unknown[] {
  return journal
    .map(({ kind, id, type, from, to, layer, cause, data }) => ({ id, kind, type, layer, from, to, cause, data }))
    .toSorted((a, b) => natural.compare(a.id, b.id) || natural.compare(a.kind, b.kind))
}

const STORY: StorySetup = { machine: 'm1', policy: 'morse', exception: 'SError', notify: 'GSIV' }
const CASES: readonly (readonly [string, StorySetup])[] = [
  ['the story', STORY],
  ['the counter-example', { ...STORY, policy: 'sei' }],
  ['the story told to the host by SEA', { ...STORY, notify: 'SEA' }],
  ['the story told to the host by polling', { ...STORY, notify: 'POLLED' }],
  ['the story told to the host by SDEI', { ...STORY, notify: 'SDEI' }]
]

for (const [name, setup] of CASES) {
  for (const over of ['links', 'posts'] as const) {
    void t.test(`${name} leaves the same trace in one process and over HTTP (${over}), but for times`, async (t) => {
      const { system } = await services(t, { machines: [], over })

      const inProcess = canonical(await walkStory(room().system, setup))
      const served = canonical(await walkStory(system, setup))

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

  const inProcess = outcomeOf(await walkStory(room({}, alike).system, STORY))
  const served = outcomeOf(await walkStory(system, STORY))

  t.strictSame(served, inProcess)
  t.match(served, { guest: 'panicked', avoidablePanic: true })
})
