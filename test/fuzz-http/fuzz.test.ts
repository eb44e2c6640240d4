import t from 'tap'
import { saysNotReady } from './attack.ts'
import { fuzz } from './fuzz.ts'

const FEW = 2000

void t.test('whatever comes, a service answers by its contract, and all are well afterwards', async (t) => {
  const { defects, wrong, links, deleted } = await fuzz(t, { first: 1, count: FEW })

  t.strictSame(
    defects.map(({ seed, layer, attempt, says }) => `${seed}: ${layer} ${attempt.method} ${attempt.path}: ${says}`),
    []
  )
  t.strictSame(wrong, [])
  t.ok(links > 0)
  for (const [what, count] of Object.entries(deleted)) t.ok(count > 0, `a ${what} was deleted`)
})

void t.test('readiness that says no, and why, is an answer; any other 503 has to be a problem', (t) => {
  const no = JSON.stringify({ ready: false, why: ['firmware at http://127.0.0.1:7002 does not answer'] })
  t.ok(saysNotReady('/health/ready', 503, no))
  t.ok(saysNotReady('/health/ready?x=1', 503, no))
  t.notOk(saysNotReady('/health/ready', 503, '{"ready":false,"why":[]}'), 'it has to say why')
  t.notOk(saysNotReady('/health/ready', 503, 'no'))
  t.notOk(saysNotReady('/health/ready', 500, no))
  t.notOk(saysNotReady('/v1/machines', 503, no))
  t.end()
})
