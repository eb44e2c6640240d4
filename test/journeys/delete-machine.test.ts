import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

void t.test('one call to the console deletes a machine everywhere, and its name can be used again', async (t) => {
  const { urls } = await services(t, { data: t.testdir() })
  const run = () => request(`${urls.console}/v1/runs`, { body: { story: 'morse', machine: 'm7' } })
  const outcomeOf = ({ json }: { json: unknown }) => (json as { outcome: unknown }).outcome
  const there = async () =>
    (
      await Promise.all(MODELLED_LAYERS.map(async (layer) => (await request(`${urls[layer]}/v1/machines/m7`)).status))
    ).filter((status) => status !== 404).length
  const first = await run()
  t.equal(await there(), MODELLED_LAYERS.length)

  const deleted = await request(`${urls.console}/v1/machines/m7`, { method: 'DELETE' })

  t.match(deleted, { status: 200, json: { machine: 'm7' } })
  const answered = (deleted.json as { services: Record<string, string> }).services
  t.strictSame(answered, Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, 'deleted'])))
  t.equal(await there(), 0)
  const again = await request(`${urls.console}/v1/machines/m7`, { method: 'DELETE' })
  t.strictSame(
    (again.json as { services: object }).services,
    Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, 'had none']))
  )
  const second = await run()
  t.equal(second.status, 200, second.text)
  t.strictSame(outcomeOf(second), outcomeOf(first))
})

void t.test('a service that cannot be reached is named, and those that are left are deleted by a repeat', async (t) => {
  const { urls } = await services(t, { machines: [], replaced: { policy: 'http://127.0.0.1:9' } })
  await request(`${urls.hardware}/v1/machines/m0`, { method: 'PUT' })

  const told = await request(`${urls.console}/v1/machines/m0`, { method: 'DELETE' })

  t.match(told, { status: 503, json: { code: 'neighbour-unreachable' } })
  t.match(
    (told.json as { detail: string }).detail,
    /hardware deleted, firmware had none, .*policy unreachable: .*ask again/
  )
  t.match(await request(`${urls.console}/v1/machines/__proto__`, { method: 'DELETE' }), {
    status: 404,
    json: { code: 'machine-unknown' }
  })
})
