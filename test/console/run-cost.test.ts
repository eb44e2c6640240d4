import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { samplesOf } from '../support/metrics.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

/** Looks at whether anything is under way: how many there are is up to the machine, and each is of one machine. */
const LOOKS = '/v1/quiescence'
const REQUESTS = 'seabus_http_request_duration_seconds_count'
const KEPT = 12

void t.test('what a run asks of the services does not grow with the machines that are kept', async (t) => {
  const { urls } = await services(t)
  const asked = async () => {
    const texts = await Promise.all(MODELLED_LAYERS.map((layer) => request(`${urls[layer]}/metrics`)))
    const counts = new Map<string, number>()
    for (const [at, { text }] of texts.entries()) {
      for (const [name, count] of samplesOf(text)) {
        if (name.startsWith(REQUESTS) && !name.includes('/metrics')) counts.set(`${MODELLED_LAYERS[at]} ${name}`, count)
      }
    }
    return counts
  }
  const run = async (machine: string) => {
    const before = await asked()
    const { json } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse', machine } })
    t.match(json, { asExpected: true }, `the run on ${machine} is as expected`)
    const after = [...(await asked())].map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
    return after.filter(([what, count]) => count > 0 && !what.includes(LOOKS))
  }
  const read = async (machine: string) => {
    const paths = MODELLED_LAYERS.map((layer) => `${urls[layer]}/v1/journal?machine=${machine}`)
    const journals = await Promise.all(paths.map((path) => request(path)))
    return journals.map(({ text }) => text.split('\n').length)
  }
  const looked = async (machine: string) => {
    const answers = await Promise.all(
      MODELLED_LAYERS.map((layer) => request(`${urls[layer]}${LOOKS}?machine=${machine}`))
    )
    return answers.map(({ json }) => (json as { timers: readonly unknown[] }).timers.length)
  }

  const first = await run('first')
  t.ok(
    first.some(([what]) => what.includes('/v1/journal')),
    'requests are counted'
  )
  for (let kept = 0; kept < KEPT; kept++) await run(`kept-${kept}`)

  t.strictSame(await run('last0'), first)
  t.strictSame(await read('last0'), await read('first'))
  t.strictSame(await looked('last0'), await looked('first'))
})
