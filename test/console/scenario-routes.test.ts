import { readFileSync } from 'node:fs'
import t from 'tap'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const { urls } = await services(t, { machines: [] })
const at = (path: string, options: Parameters<typeof request>[1] = {}) => request(`${urls.console}${path}`, options)
const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

void t.test('the scenarios that come with seabus are listed, each by a name of its own, and read', async (t) => {
  const { scenarios } = (await at('/v1/scenarios')).json as { scenarios: readonly { name: string }[] }

  t.match(scenarios[0], { name: '01-story', title: /^The guest is told by SEA/, folder: '' })
  t.match(
    scenarios.find(({ name }) => name === 'ascend-hbm-patrol'),
    { folder: 'field' }
  )
  t.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
  const { text, contentType } = await at('/v1/scenarios/ascend-hbm-patrol')
  t.match(contentType, /^application\/yaml/)
  t.equal(text, file('scenarios/field/ascend-hbm-patrol.yaml'))
  for (const name of ['nothing', '..%2Fpackage', '__proto__']) {
    t.match((await at(`/v1/scenarios/${name}`)).json, { status: 404, code: 'scenario-unknown' })
  }
})

void t.test('the schema of scenarios is served as it is written', async (t) => {
  const { text, contentType } = await at('/v1/scenario.schema.json')

  t.match(contentType, /^application\/schema\+json/)
  t.strictSame(JSON.parse(text), JSON.parse(file('docs/scenario.schema.json')))
})

void t.test('a scenario is checked without being run', async (t) => {
  const check = async (body: unknown, type = 'application/yaml') =>
    (await at('/v1/scenarios/check', { body, headers: { 'content-type': type } })).json

  t.strictSame(await check(file('scenarios/01-story.yaml')), { errors: [] })
  t.match(await check('seabus: 1\ntitel: t\nsteps:\n  - tuch: redis\n'), {
    errors: [
      { line: 2, column: 1, length: 5, path: '/titel', message: /^unknown key titel/, suggestion: 'title' },
      { line: 4, column: 5, message: 'steps[0]: unknown key tuch; did you mean touch?' }
    ]
  })
  t.strictSame(await check({ seabus: 1, title: 't', steps: [{ touch: 'redis' }] }, 'application/json'), { errors: [] })
  t.match(await check(''), { errors: [{ line: 1, message: /./ }] })
  t.strictSame(((await at('/v1/runs')).json as { runs: unknown }).runs, [])
})
