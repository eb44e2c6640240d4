import { readFile } from 'node:fs/promises'
import t from 'tap'
import { HTTP_FAMILIES } from '../../shared/service/watching/families/http.ts'
import { SERVICE_FAMILIES } from '../../shared/service/watching/families/service.ts'
import { ask } from './http.ts'
import { vmmService } from './ping-service.ts'
import { samplesOf } from '../support/metrics.ts'

const M = '/v1/machines/m0'

async function metricsOf(app: ReturnType<typeof vmmService>) {
  const { text, headers } = await ask(app, 'GET', '/metrics')
  return { samples: samplesOf(text), text, type: headers['content-type'] }
}

void t.test('what crosses a boundary is counted by who sent what to whom', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x4' })
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x0' })

  const { samples, type } = await metricsOf(app)

  t.equal(type, 'text/plain; version=0.0.4; charset=utf-8')
  t.equal(samples.get('seabus_messages_total{from="outside",to="vmm",type="sum.add"}'), 2)
  const refused = [...samples].filter(([name]) => name.startsWith('seabus_refusals_total'))
  t.strictSame(
    refused.map(([name, value]) => [name.includes('from="outside",to="vmm",type="sum.add",code='), value]),
    [[true, 1]]
  )
  const problems = [...samples].filter(([name]) => name.startsWith('seabus_problems_total'))
  t.strictSame(
    problems.map(([, value]) => value),
    [1]
  )
})

void t.test('what nobody has taken yet is counted for each neighbour, with the age of the oldest', async (t) => {
  const app = vmmService({ sendsTo: ['guest', 'policy'] })
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })

  const { samples } = await metricsOf(app)

  t.equal(samples.get('seabus_undelivered{to="guest"}'), 1)
  t.equal(samples.get('seabus_undelivered{to="policy"}'), 0)
  t.ok((samples.get('seabus_undelivered_oldest_seconds{to="guest"}') ?? -1) >= 0)
  t.equal(samples.get('seabus_undelivered_oldest_seconds{to="policy"}'), 0)
})

void t.test('HTTP requests are counted by route and status, not by address', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })
  await ask(app, 'POST', `${M}/sums/b`, { value: '0x3' })
  await ask(app, 'GET', '/nowhere')

  const { samples } = await metricsOf(app)
  const counted = (labels: string) => samples.get(`seabus_http_request_duration_seconds_count{${labels}}`)

  t.equal(counted('method="POST",route="/v1/machines/:machine/sums/:name",status="202"'), 2)
  t.equal(counted('method="GET",route="",status="404"'), 1)
  t.equal(samples.get('seabus_problems_total{code="route-unknown"}'), 1)
})

void t.test('a histogram counts up to each bound, and all by the last', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })
  const { text } = await metricsOf(app)

  const buckets = text.split('\n').filter((line) => /_seconds_bucket\{.*sums/.test(line))
  const values = buckets.map((line) => Number(line.split(' ').at(-1)))
  t.strictSame(
    values.toSorted((a, b) => a - b),
    values
  )
  t.match(buckets.at(-1), /le="\+Inf"\} 1$/)
})

void t.test('every metric has a name with its unit, a help text and a row in docs/watching.md', async (t) => {
  const page = await readFile(new URL('../../docs/watching.md', import.meta.url), 'utf8')
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `seabus_'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

  const told = rows.map(([, name, type, labels, help]) => ({ name, type, labels, help }))
  const families = SERVICE_FAMILIES.map(({ name, type, labels, help }) => ({
    name,
    type,
    labels: labels.join(', '),
    help
  }))

  t.strictSame(told, families)
  for (const { name, type } of SERVICE_FAMILIES) {
    t.equal(name.endsWith('_total'), type === 'counter', name)
    t.equal(name.endsWith('_seconds'), type === 'histogram' || /_(oldest|restart)_seconds$/.test(name), name)
  }
  t.ok(HTTP_FAMILIES.every((family) => (SERVICE_FAMILIES as readonly unknown[]).includes(family)))
})
