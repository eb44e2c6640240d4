import t from 'tap'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { request } from '../support/requests.ts'
import { readers } from '../support/room.ts'
import { services, type Services } from '../support/services.ts'
import { firmware } from '../support/stand-ins/firmware.ts'
import { guest } from '../support/stand-ins/guest.ts'
import { hardware } from '../support/stand-ins/hardware.ts'
import { policy } from '../support/stand-ins/policy.ts'
import type { StandIn, Urls } from '../support/stand-ins/serve.ts'
import { vmm } from '../support/stand-ins/vmm.ts'
import { walkStory } from '../support/story.ts'

/** Each layer in turn is a stranger's: plain HTTP, no journal, no link, nothing but what `/openapi.json` describes. */

/** All services with a stranger in place of one of ours. */
async function withStranger<S extends StandIn>(
  test: { teardown(close: () => Promise<unknown>): unknown },
  layer: ModelledLayer,
  make: (urls: Urls) => Promise<S>
): Promise<Services & { stranger: S }> {
  const urls: Partial<Record<keyof Urls, string>> = {}
  const stranger = await make(urls as Urls)
  test.teardown(() => stranger.close())
  const served = await services(test, { replaced: { [layer]: stranger.url } })
  Object.assign(urls, served.urls)
  return { ...served, stranger }
}

/** The messages of a type, as whoever journalled them has them. */
async function told({ system }: Services) {
  const journal = await system.journal('m0')
  const of = (type: string) => journal.filter((entry) => entry.kind === 'message' && entry.type === type)
  return { journal, of, by: (type: string) => of(type).map(({ layer }) => layer) }
}

void t.test("a stranger's policy decides, and the guest is told as it says", async (t) => {
  const room = await withStranger(t, 'policy', policy)

  const journal = await walkStory(room.system, 'm0')

  t.match(outcomeOf(journal), {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    tasks: { redis: 'killed', nginx: 'completed' },
    poisonedPages: { host: 1, guest: 1 }
  })
  t.match(
    journal.filter(({ kind, type }) => kind === 'answer' && type === 'policy.decide').map(({ data }) => data),
    [{ action: 'ignore' }, { action: 'inject-sea' }]
  )
  t.strictSame((await told(room)).by('policy.decide'), ['vmm', 'vmm'], 'the VMM keeps what the policy does not')
})

void t.test("a stranger's firmware tells the host of the error, in its own block", async (t) => {
  const room = await withStranger(t, 'firmware', firmware)

  const journal = await walkStory(room.system, 'm0')

  t.match(outcomeOf(journal), {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    tasks: { redis: 'killed', nginx: 'completed' },
    poisonedPages: { host: 1, guest: 1 }
  })
  const { of } = await told(room)
  const taken = of('exception.take').filter(({ to }) => to === 'firmware')
  t.match(taken, [{ layer: 'hardware' }], 'the sender keeps what the stranger does not')
  t.match(of('apei.notify'), [{ from: 'outside', data: { notify: 'GSIV' } }])
  const written = of('memory.write').filter(({ to }) => to === 'firmware')
  t.match(written.at(-1), { layer: 'host-kernel', data: { hostPhysical: '0x3f000008' } }, 'acknowledged')
})

void t.test("a stranger's hardware runs the guest's accesses and raises the SError", async (t) => {
  const room = await withStranger(t, 'hardware', hardware)

  const journal = await walkStory(room.system, 'm0')

  t.match(outcomeOf(journal), {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    tasks: { redis: 'killed', nginx: 'completed' },
    poisonedPages: { host: 1, guest: 1 }
  })
  const { by, of } = await told(room)
  t.ok(by('stage2.map').every((layer) => layer === 'host-kernel'))
  t.match(
    of('exception.take')
      .map(({ layer, from }) => [layer, from])
      .toSorted(),
    [
      ['firmware', 'outside'],
      ['host-kernel', 'outside']
    ]
  )
})

void t.test("a stranger's VMM makes its VM by KVM's REST calls and injects the SEA", async (t) => {
  const room = await withStranger(t, 'vmm', vmm)

  const journal = await walkStory(room.system, 'm0')

  t.match(outcomeOf(journal), {
    guest: 'running',
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    tasks: { redis: 'killed', nginx: 'completed' },
    poisonedPages: { host: 1 }
  })
  t.match(readers(journal).messages('kvm.set-vcpu-events'), [{ ext_dabt_pending: 1 }])
  t.strictSame((await told(room)).by('signal.deliver'), ['host-kernel', 'host-kernel'])
})

void t.test("a stranger's guest is told by SEA, and only its consumer dies", async (t) => {
  const room = await withStranger(t, 'guest', guest)

  const journal = await walkStory(room.system, 'm0')

  t.match(outcomeOf(journal), { host: 'running', vm: 'running', poisonedPages: { host: 1 } })
  t.strictSame(room.stranger.told.toSorted(), [
    'interrupted',
    'nginx completed',
    'redis completed',
    'redis killed by 0x92000010 at 0xffff90000018'
  ])
  t.ok((await told(room)).by('vcpu.enter').every((layer) => layer === 'host-kernel'))
})

void t.test('the console works beside a stranger that has no journal, no health and no machines', async (t) => {
  const { urls } = await withStranger(t, 'policy', policy)

  const health = await request(`${urls.console}/health`)
  const run = await request(`${urls.console}/v1/runs`, { body: { story: 'morse' } })
  const journal = await request(`${urls.console}/v1/journal`)

  t.equal(health.status, 200)
  t.match(health.json, { status: 'ok', services: { policy: 'answers, and does not say how it is', vmm: 'ok' } })
  t.match(run.json, { outcome: { tasks: { redis: 'killed', nginx: 'completed' } } })
  t.match(journal.text, /"type":"policy.decide"/)
})
