import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readStory } from '../../services/console/stories.ts'
import { VERSION } from '../../shared/engine/sqlite/tables.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { saidBy, type Said } from '../support/data-fixture.ts'
import { services } from '../support/services.ts'
import { walk } from '../support/story.ts'

const DATA = join(import.meta.dirname, '../fixtures/data')
const FIRST = 2

for (let version = FIRST; version <= VERSION; version++) {
  void t.test(`a data directory of tables ${version} opens, says what it said, and goes on`, async (t) => {
    const fixture = join(DATA, `tables-${version}`)
    const data = t.testdir()
    cpSync(fixture, data, { recursive: true })
    const { said } = JSON.parse(readFileSync(join(fixture, 'said.json'), 'utf8')) as { said: Said }
    const all = await services(t, { data, machines: [] })

    t.strictSame(await saidBy(all), said)
    await all.system.createMachine('m2')
    const { journal } = await runScenario(all.system, readStory('morse'), 'm2')
    t.strictSame(outcomeOf(journal), (await walk()).outcome)
  })
}

void t.test('every version of the tables has its fixture', (t) => {
  const versions = readdirSync(DATA).flatMap((name) => /^tables-(\d+)$/.exec(name)?.[1] ?? [])
  t.strictSame(
    versions.map(Number).toSorted((a, b) => a - b),
    Array.from({ length: VERSION - FIRST + 1 }, (_, i) => FIRST + i),
    'node test/fixtures/write-data.ts writes it'
  )
  t.end()
})
