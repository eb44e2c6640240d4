import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { readStory } from '../../services/console/stories.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { MODELS } from '../../shared/engine/sqlite/tables.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { FORMS, LETTERS_OF, saidBy, type Said } from '../support/data-fixture.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { walk } from '../support/story.ts'

const DATA = join(import.meta.dirname, '../fixtures/data')

/** What services said of a data directory when it was written, and by what. */
interface Fixture {
  readonly release: string
  readonly models?: number
  readonly said: Said
}

const FIXTURES = readdirSync(DATA).flatMap((name) => {
  const path = join(DATA, name, 'said.json')
  return existsSync(path) ? [{ name, ...(JSON.parse(readFileSync(path, 'utf8')) as Fixture) }] : []
})
const isOf = (models: number) => (fixture: Fixture) => (fixture.models ?? 2) === models
const NEWEST = FIXTURES.find((fixture) => {
  const forms = new Map<string, unknown>(Object.entries(fixture))
  return Object.entries(FORMS).every(([form, number]) => forms.get(form) === number)
})

for (const { name, said } of FIXTURES.filter(isOf(MODELS))) {
  void t.test(`the data directory ${name} opens, says what it said, and goes on`, async (t) => {
    const data = t.testdir()
    cpSync(join(DATA, name), data, { recursive: true })
    const all = await services(t, { data, machines: [] })

    const says = await saidBy(all)
    t.strictSame(Object.fromEntries(Object.keys(said).map((what) => [what, says[what]])), said)
    await all.system.createMachine('another')
    const { journal } = await runScenario(all.system, readStory('morse'), 'another')
    t.strictSame(outcomeOf(journal), (await walk()).outcome)
  })
}

void t.test('there is a fixture of what this seabus writes, with rows, snapshots and a dead letter', async (t) => {
  if (NEWEST === undefined) return void t.fail('node test/fixtures/write-data.ts writes it')
  const data = t.testdir()
  cpSync(join(DATA, NEWEST.name), data, { recursive: true })
  const all = await services(t, { data, machines: [] })

  t.strictSame(Object.keys(await saidBy(all)), Object.keys(NEWEST.said), 'all that can be said of it is kept')
  const { json } = await request(`${all.urls.hardware}/v1/dead-letters?machine=${LETTERS_OF}`)
  t.match(json, {
    letters: [{ machine: LETTERS_OF, type: 'access.complete', to: 'guest', reason: { code: 'vm-unknown' } }]
  })
  t.equal((await request(`${all.urls.hardware}/v1/machines/gone`)).status, 404, 'what was deleted stays so')
})

void t.test('the fixture has rows and snapshots in every layer that does anything', (t) => {
  for (const layer of MODELLED_LAYERS) {
    const data = t.testdir()
    cpSync(join(DATA, NEWEST?.name ?? ''), data, { recursive: true })
    const db = new DatabaseSync(join(data, `${layer}.sqlite`))
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
    t.ok(count('log') > 0, `${layer} has rows`)
    if (layer !== 'policy') t.ok(count('snapshots') > 0, `${layer} has snapshots`)
    db.close()
  }
  t.end()
})
