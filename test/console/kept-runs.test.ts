import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { WebSocket } from 'ws'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const STORY = readFileSync(new URL('../../scenarios/01-story.yaml', import.meta.url), 'utf8')
const YAML = { 'content-type': 'application/yaml' }

const { urls } = await services(t)
const at = (path: string, options: Parameters<typeof request>[1] = {}) => request(`${urls.console}${path}`, options)
interface Run {
  readonly id: string
  readonly machine: string
  readonly state: string
}
const runOf = async (id: string) => (await at(`/v1/runs/${id}`)).json as Run
/** What came of a run that is not waited for, told by its journal, which ends with it. */
async function begun(body: object): Promise<Run> {
  const answer = await at('/v1/runs', { body: { ...body, wait: false } })
  const { id } = answer.json as Run
  await at(`/v1/runs/${id}/journal?follow=yes`)
  return runOf(id)
}

void t.test('a run is answered with its id, under which all that came of it is read again', async (t) => {
  const { json, headers } = await at('/v1/runs', { body: { story: 'morse' } })
  const { id, ...report } = json as Run & { title: string }

  t.equal(headers.get('location'), `/v1/runs/${id}`)
  t.match((await at(`/v1/runs/${id}`)).json, {
    id,
    name: report.title,
    state: 'ended',
    sentence: /^redis was killed/,
    vmm: 'reference',
    policy: 'morse',
    linux: '6.1',
    expected: { met: true, failures: 0 },
    started: /^\d{4}-\d\d-\d\dT/,
    report
  })
  const text = await at(`/v1/runs/${id}`, { headers: { accept: 'text/plain' } })
  t.match(text.text, /^The guest is told by SEA[^]*This is how it must end\.\n$/)
  t.equal((await at(`/v1/runs/${id}?format=text`)).text, text.text)
  const mermaid = await at(`/v1/runs/${id}?format=mermaid`)
  t.match(mermaid.contentType, /^text\/vnd\.mermaid/)
  t.match(mermaid.text, /^---\ntitle: "The guest is told[^]*\nsequenceDiagram\n {2}participant/)
  const scenario = await at(`/v1/runs/${id}/scenario`)
  t.match(scenario.contentType, /^application\/yaml/)
  t.equal(scenario.text, STORY)
})

void t.test('the journal of a run is there when its machine is not, in causal order', async (t) => {
  const { json } = await at('/v1/runs', { body: { story: 'sei' } })
  const { id, machine } = json as Run

  const { text, contentType } = await at(`/v1/runs/${id}/journal`)
  const entries = entriesIn(text)

  t.match(contentType, /^application\/x-ndjson/)
  t.strictSame(
    entries.map(({ order }) => order),
    entries.map((_, index) => index + 1)
  )
  const places = new Map(entries.map((entry, index) => [entry.id, index]))
  t.notOk(entries.some(({ cause = '' }, index) => (places.get(cause) ?? -1) > index))
  t.match(await runOf(id), { entries: entries.length, cell: 'avoidable panic' })
  t.equal((await request(`${urls.hardware}/v1/machines/${machine}`)).status, 404)
  const told = await at(`/v1/runs/${id}/journal`, { headers: { accept: 'text/plain' } })
  t.match(told.text, /^ *\d+\.\d+/)
})

void t.test('a run that is not waited for is answered at once, and followed until it is over', async (t) => {
  const answer = await at('/v1/runs', { body: STORY, headers: { ...YAML, prefer: 'respond-async' } })
  const { id, machine } = answer.json as Run

  t.match(answer, { status: 202, json: { id: /./, machine: id } })
  t.equal(answer.headers.get('location'), `/v1/runs/${id}`)
  const followed = entriesIn((await at(`/v1/runs/${id}/journal?follow=yes`)).text)
  const run = await runOf(id)
  t.match(run, { machine, state: 'ended', cell: 'process killed', entries: followed.length })
  const kept = entriesIn((await at(`/v1/runs/${id}/journal`)).text)
  const keys = (entries: typeof kept) => entries.map(({ layer, seq }) => `${layer} ${seq}`).toSorted()
  t.strictSame(keys(followed), keys(kept), 'each entry comes once')
  t.strictSame(
    followed.map(({ order }) => order),
    kept.map(({ order }) => order)
  )
})

void t.test('the journal of a run comes over a WebSocket as well, and ends with it', async (t) => {
  const { id } = (await at('/v1/runs', { body: { story: 'morse', wait: false } })).json as Run

  const socket = new WebSocket(`${urls.console.replace('http', 'ws')}/v1/runs/${id}/journal?follow=yes`)
  const lines: string[] = []
  socket.on('message', (data: Buffer) => lines.push(data.toString()))
  const [code] = (await once(socket, 'close')) as [number]

  t.equal(code, 1000)
  t.match(await runOf(id), { state: 'ended', entries: lines.length })
})

void t.test('runs are listed newest first, as many as are asked for', async (t) => {
  const ids: string[] = []
  for (const policy of ['morse', 'sei', 'mirror']) {
    const { json } = await at('/v1/runs', { body: { story: 'morse', policy } })
    ids.unshift((json as Run).id)
  }
  const list = async (query: string) => ((await at(`/v1/runs?${query}`)).json as { runs: readonly Run[] }).runs

  t.match(await list('limit=3'), [
    { id: ids[0], policy: 'mirror', state: 'ended', setup: { policy: 'mirror' } },
    { id: ids[1], policy: 'sei', cell: 'avoidable panic', outcome: { avoidablePanic: true } },
    { id: ids[2], policy: 'morse', story: 'morse', expected: { met: true, failures: 0 } }
  ])
  t.strictSame(
    (await list(`limit=1&before=${ids[0]}`)).map(({ id }) => id),
    [ids[1]]
  )
  t.match((await at('/v1/runs?before=never')).json, { status: 404, code: 'run-unknown' })
  t.match((await at('/v1/runs?limit=0')).json, { status: 422, field: '/limit' })
})

void t.test('a run that fails is kept with why, and with what happened until then', async (t) => {
  const scenario = { seabus: 1, title: 'no such source', steps: [{ touch: 'redis' }, { ack: { source: 99 } }] }

  const run = await begun({ scenario })

  t.match(run, {
    name: 'no such source',
    state: 'failed',
    sentence: /steps\[1\]: source 99/,
    problem: { code: 'scenario-impossible' }
  })
  t.match((await at(`/v1/runs/${run.id}?format=text`)).text, /^no such source [^]*\nIt failed: steps\[1\]: source 99/)
  t.match(entriesIn((await at(`/v1/runs/${run.id}/journal`)).text), [{ kind: /./ }])
  t.match((await at(`/v1/runs/${run.id}/scenario`)).text, /^seabus: 1\ntitle: no such source\nsteps:\n/)
})

void t.test('what was made for a run is forgotten with it', async (t) => {
  const { json } = await at('/v1/runs', { body: { story: 'morse', keep: true } })
  const { id, machine } = json as Run
  const known = () => Promise.all(MODELLED_LAYERS.map((layer) => request(`${urls[layer]}/v1/machines/${machine}`)))
  t.ok((await known()).every(({ status }) => status === 200))

  const deleted = await at(`/v1/runs/${id}`, { method: 'DELETE' })

  t.match(deleted, { status: 200, json: { id } })
  t.ok((await known()).every(({ status }) => status === 404))
  for (const path of ['', '/journal', '/scenario']) {
    t.match((await at(`/v1/runs/${id}${path}`)).json, { status: 404, code: 'run-unknown' })
  }
  t.equal((await at(`/v1/runs/${id}`, { method: 'DELETE' })).status, 404)
})

void t.test('a run that is deleted takes no machine along that a later run has under the same name', async (t) => {
  const named = { story: 'morse', machine: 'lab', keep: true }
  const first = (await at('/v1/runs', { body: named })).json as Run
  const isThere = async () => (await request(`${urls.guest}/v1/machines/lab`)).status === 200
  t.equal((await at('/v1/machines/lab', { method: 'DELETE' })).status, 200)
  t.notOk(await isThere())
  const second = (await at('/v1/runs', { body: named })).json as Run
  t.match([first.id, second.id], [/./, /./])

  t.equal((await at(`/v1/runs/${first.id}`, { method: 'DELETE' })).status, 200)
  t.ok(await isThere(), 'it is that of the second')
  t.equal((await at(`/v1/runs/${second.id}`, { method: 'DELETE' })).status, 200)
  t.notOk(await isThere())
})

void t.test('a run that is under way ends when it is deleted', async (t) => {
  const scenario = { seabus: 1, title: 'long', steps: [{ wait: '500s' }] }
  const { id, machine } = (await at('/v1/runs', { body: { scenario, wait: false } })).json as Run

  t.match(await runOf(id), { state: 'running', entries: 0 })
  t.match((await at(`/v1/runs/${id}?format=text`)).text, /It is under way\.\n$/)
  t.equal((await at(`/v1/runs/${id}`, { method: 'DELETE' })).status, 200)

  t.equal((await at(`/v1/runs/${id}`)).status, 404)
  for (const layer of MODELLED_LAYERS) {
    t.equal((await request(`${urls[layer]}/v1/machines/${machine}`)).status, 404, layer)
  }
})

void t.test('a scenario may be given as YAML within JSON', async (t) => {
  t.match((await at('/v1/runs', { body: { scenario: STORY, policy: 'sei' } })).json, {
    setup: { policy: 'sei' },
    cell: 'avoidable panic'
  })
  t.match((await at('/v1/runs', { body: { scenario: 'seabus: 1\ntitle: t\nsteps: [{ tuch: redis }]\n' } })).json, {
    code: 'scenario-invalid',
    errors: [{ line: 3, column: 11 }]
  })
})
