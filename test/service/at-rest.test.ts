import t from 'tap'
import type { Quiescence } from '../../shared/engine/quiescence.ts'
import { atRest, preferredWait } from '../../shared/service/at-rest.ts'
import { foreign, get, post } from './http.ts'
import { listening, transportOf, vmmService } from './ping-service.ts'

const quiet = (accepted: number, under = 0): Quiescence => ({
  accepted,
  sent: under,
  delivered: 0,
  dead: 0,
  waitingAsks: 0,
  waits: [],
  timers: []
})
const NEVER = () => false

/** Gives one after the other, and then the last for ever. */
function looks(...told: readonly (Quiescence | undefined)[]) {
  let looked = 0
  return { look: () => told[Math.min(looked++, told.length - 1)], looked: () => looked }
}

void t.test('who prefers to wait is answered when nothing is under way, seen twice', async (t) => {
  const busy = looks(quiet(1, 1), quiet(1), quiet(2, 1), quiet(2), quiet(3), quiet(3))
  t.strictSame(await atRest(busy.look, 10, NEVER), quiet(3))
  t.equal(busy.looked(), 6)
  t.equal(await atRest(looks(quiet(1, 1), undefined).look, 10, NEVER), undefined, 'the machine was deleted')
})

void t.test('nothing is looked at any more once the time is over, or whoever asked is gone', async (t) => {
  const over = looks(quiet(1, 1))
  t.strictSame(await atRest(over.look, 0, NEVER), quiet(1, 1))
  t.equal(over.looked(), 1)
  const left = looks(quiet(1, 1))
  t.strictSame(await atRest(left.look, 10, () => left.looked() > 2), quiet(1, 1))
  t.equal(left.looked(), 3)
})

void t.test('a preference is so many seconds, among others, and no more than are granted', async (t) => {
  t.equal(preferredWait('wait=2'), 2)
  t.equal(preferredWait('respond-async, wait=3'), 3)
  t.equal(preferredWait('Wait=999'), 10)
  for (const none of [undefined, '', 'wait', 'wait=', 'wait=-1', 'wait=1.5', 'await=4', 'wait=1x']) {
    t.equal(preferredWait(none), 0, String(none))
  }
})

void t.test(
  'a question that is answered while somebody waits is not under way any more in what that one is told',
  async (t) => {
    const waiting: (() => void)[] = []
    let asked: () => void = () => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const policy = await foreign((_request, response) => {
      waiting.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":"0x2"}'))
      asked()
    })
    const vmm = vmmService({ transport: transportOf('vmm', { policy: policy.url }, 'POST') })
    const url = await listening(vmm)
    t.teardown(async () => {
      await vmm.close()
      policy.close()
    })
    const doubled = post(`${url}/v1/machines/m0/doubles`, { value: '0x1' })
    await isAsked
    t.match(await get(`${url}/v1/quiescence?machine=m0`), { waitingAsks: 1 })

    const told = fetch(`${url}/v1/quiescence?machine=m0`, { headers: { prefer: 'wait=10' } })
    for (const answer of waiting) answer()

    const response = await told
    t.equal(response.headers.get('preference-applied'), 'wait=10')
    t.match(await response.json(), { waitingAsks: 0, sent: 1, delivered: 1 })
    t.match(await doubled, { status: 200 })
  }
)
