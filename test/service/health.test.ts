import t from 'tap'
import { problem, type Problem } from '../../shared/contracts/problem.ts'
import { memoryStore } from '../../shared/engine/store.ts'
import { noTransport, type Neighbour } from '../../shared/transport/transport.ts'
import { ask } from './http.ts'
import { samplesOf } from '../support/metrics.ts'
import { guestService, listening, policyService, transportOf, vmmService } from './ping-service.ts'

const M = '/v1/machines/m0'
const SENDS_TO = ['guest', 'policy'] as const
const urlOf = (layer: string) => `http://${layer}.invalid`

void t.test('a service is ready when it can keep what it takes in and those it sends to answer', async (t) => {
  const policy = policyService()
  const guest = guestService()
  const urls = { policy: await listening(policy), guest: await listening(guest) }
  const vmm = vmmService({ transport: transportOf('vmm', urls), sendsTo: SENDS_TO })
  t.teardown(() => Promise.all([vmm.close(), policy.close(), guest.close()]))

  const { status, json } = await ask(vmm, 'GET', '/health/ready')

  t.equal(status, 200)
  t.match(json, {
    ready: true,
    service: 'vmm',
    why: [],
    store: { well: true },
    neighbours: { guest: { url: urls.guest, reachable: true, undelivered: 0 }, policy: { reachable: true } }
  })
  t.match(await ask(vmm, 'GET', '/health/live'), { status: 200, json: { live: true } })
})

void t.test('one that cannot be reached makes it unready, and what waits for it is told', async (t) => {
  const probe = async (url: string) => !url.includes('guest')
  const vmm = vmmService({ transport: { ...noTransport, urlOf }, probe, sendsTo: SENDS_TO })
  t.teardown(() => vmm.close())
  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x3' }, { 'idempotency-key': 'mine' })

  const { status, json } = await ask(vmm, 'GET', '/health/ready')

  t.equal(status, 503)
  t.match(json, {
    ready: false,
    why: ['guest at http://guest.invalid does not answer'],
    neighbours: {
      guest: {
        reachable: false,
        undelivered: 1,
        waitingQuestions: 0,
        oldest: { id: 'mine.2', type: 'guest.seen', machine: 'm0', ageSeconds: Number }
      },
      policy: { reachable: true, undelivered: 0 }
    }
  })
  t.equal((await ask(vmm, 'GET', '/health/live')).status, 200)
})

void t.test('what the transport knows of a neighbour is believed without a look', async (t) => {
  const looked: string[] = []
  const probe = async (url: string) => {
    looked.push(url)
    return true
  }
  let trouble: Problem | undefined = problem('neighbour-unreachable', 'guest at there: ECONNREFUSED')
  const told = (): readonly Neighbour[] => [
    { layer: 'guest', url: 'there', way: 'link', trouble, messages: 0, bytes: 0, retries: 7 }
  ]
  const vmm = vmmService({ transport: { ...noTransport, urlOf, neighbours: told }, probe, sendsTo: SENDS_TO })
  t.teardown(() => vmm.close())

  t.match(await ask(vmm, 'GET', '/health/ready'), {
    status: 503,
    json: {
      why: ['guest at there: ECONNREFUSED'],
      neighbours: { guest: { problem: { code: 'neighbour-unreachable' } } }
    }
  })
  const metrics = samplesOf((await ask(vmm, 'GET', '/metrics')).text)
  t.equal(metrics.get('seabus_neighbour_down{to="guest"}'), 1)
  t.equal(metrics.get('seabus_neighbour_down{to="policy"}'), 0)
  t.equal(metrics.get('seabus_retries_total{to="guest"}'), 7)
  trouble = undefined
  t.equal((await ask(vmm, 'GET', '/health/ready')).status, 200)
  t.strictSame(looked, ['policy', 'guest', 'policy'].map(urlOf))
})

void t.test('a service that cannot keep anything is not ready', async (t) => {
  let isFull = false
  const store = {
    ...memoryStore(),
    durable: true,
    flush() {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
    }
  }
  const guest = guestService({ store })
  t.teardown(() => guest.close())
  t.equal((await ask(guest, 'GET', '/health/ready')).status, 200)

  isFull = true
  await ask(guest, 'POST', `${M}/seen`, { value: '0x3' })

  t.match(await ask(guest, 'GET', '/health/ready'), { status: 503, json: { ready: false, store: { well: false } } })
})
