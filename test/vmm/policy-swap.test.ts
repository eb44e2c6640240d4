import t from 'tap'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { notificationChoose } from '../../shared/contracts/firmware.ts'
import { taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import type { Decision } from '../../shared/contracts/policy.ts'
import { noTransport, type Transport } from '../../shared/transport/transport.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { foreign } from '../service/http.ts'
import { services, type Services } from '../support/services.ts'
import { PAGE_OF, scene, TASKS } from './scene.ts'
import { ao, ar, eintr, HVA, notes, refusal, sends, SILENT, withVm } from './runner.ts'

const PAGE = 0x1000n
const NOWHERE = 'http://127.0.0.1:9'

void t.test('the policy of a VM is swapped at run time; the next error is the first it is asked about', async (t) => {
  const s = scene({ vm: { policy: 'morse' } })
  s.poison(PAGE_OF.redis)

  s.ask('vm.policy', { policy: 'qemu' })
  s.poison(PAGE_OF.nginx)

  t.match(s.notes('policy.answered'), [{ action: 'notify-interrupt' }, { action: 'ignore' }])
  t.match(s.notes('policy.changed'), [{ before: 'morse', policy: 'qemu' }])
  t.match(s.messages('policy.decide'), [{ policy: 'morse' }, { policy: 'qemu' }])
})

void t.test('what a change leaves out stays as it is', async (t) => {
  const runner = withVm({}, { policy: 'morse', policyDeadlineMs: 20 })

  runner.post('vm.policy', { vm: 'vm0', fallback: { optional: 'stop-vm' } })

  t.match(runner.vm(), { policy: 'morse', policyDeadlineMs: 20, fallback: { optional: 'stop-vm' } })
})

void t.test('a policy by address is asked there, with the deadline of the VM, and no built-in name', async (t) => {
  const runner = withVm({}, { policy: NOWHERE, policyDeadlineMs: 70 })

  const effects = runner.post('signal.deliver', ao(HVA + PAGE))

  const [ask] = sends(effects, 'policy.decide')
  t.match(ask, { kind: 'ask', to: 'policy', at: NOWHERE, deadlineMs: 70 })
  t.notOk(Object.hasOwn(ask?.data as object, 'policy'))
})

void t.test('what is no address of a policy is refused', async (t) => {
  for (const policy of ['ftp://127.0.0.1', 'http://', 'morse:1']) {
    const runner = withVm()

    t.match(
      refusal(runner.post('vm.policy', { vm: 'vm0', policy })),
      { code: 'field-invalid', field: '/policy' },
      policy
    )
    t.match(refusal(runner.post('vm.create', { vm: 'vm1', policy })), { code: 'field-invalid' }, policy)
  }
})

void t.test('a room without a way to other services says so loudly; with one, that is asked', async (t) => {
  const asked: string[] = []
  const decision: Decision = { action: 'stop-vm', because: 'elsewhere' }
  const outside: Transport = {
    ...noTransport,
    deliver({ message, at }, done) {
      asked.push(`${message.type} at ${at}`)
      done({ kind: 'answered', journalled: false, answer: decision })
      return () => undefined
    }
  }

  t.throws(() => scene({ vm: { policy: NOWHERE } }).poison(PAGE_OF.redis), /asks policy.decide at http:.*outside/)
  const s = scene({ vm: { policy: NOWHERE }, bus: { outside } })
  s.poison(PAGE_OF.redis)

  t.same(asked, [`policy.decide at ${NOWHERE}`])
  t.match([s.vm().run, s.vm().because], ['stopped', 'elsewhere'])
})

void t.test('elsewhere may stay silent: the fallback comes after the deadline', async (t) => {
  const s = scene({ vm: { policy: NOWHERE, policyDeadlineMs: 30 }, bus: { outside: noTransport } })

  s.poison(PAGE_OF.redis)
  const before = s.notes('policy.answered')
  s.bus.advance(31e6)

  t.same(before, [])
  t.match(s.notes('policy.answered'), [{ action: 'ignore', fallback: true, because: /did not answer in 30 ms/ }])
})

void t.test('the fallback is what the VM is configured with, where that can be described', async (t) => {
  const cases = [
    [{ required: 'stop-vm' }, ar(HVA + PAGE), 'stop-vm'],
    [{ required: 'kill-vmm' }, ar(HVA + PAGE), 'kill-vmm'],
    [{ required: 'inject-serror' }, ar(HVA + PAGE), 'inject-serror'],
    [{ required: 'inject-sea' }, ar(0x7f00_0000_0000n), 'kill-vmm'],
    [{ optional: 'notify-interrupt' }, ao(HVA + PAGE), 'notify-interrupt'],
    [{ optional: 'inject-sea' }, ao(HVA + PAGE), 'ignore'],
    [{ optional: 'stop-vm' }, ar(HVA + PAGE), 'inject-sea']
  ] as const
  for (const [fallback, signal, action] of cases) {
    const runner = withVm({ policy: () => SILENT }, { fallback })

    runner.post('signal.deliver', signal)
    if (runner.vm().vcpus[0]?.sigbus !== undefined) runner.post('kvm.exit', eintr())

    t.match(notes(runner.effects, 'policy.answered'), [{ action, fallback: true }], JSON.stringify(fallback))
  }
})

const SILENCE = /did not answer in 500 ms/

/** A VM in a system of services, with one task that has touched its page. */
async function started({ system }: Services, policy: string, more: object = {}): Promise<void> {
  const { pid, comm, guestVirtual, guestPhysical } = TASKS.redis
  await system.tell('m0', vmCreate, { vm: 'vm0', policy, ...more })
  await system.settle()
  const mappings = [{ guestVirtual, guestPhysical, length: PAGE }]
  await system.ask('m0', taskCreate, { vm: 'vm0', pid, comm, mappings })
}

/** An error in the frame that the host gave to that page; with firmware's choice of an interrupt. */
async function struck({ system }: Services): Promise<readonly WireEntry[]> {
  const journal = await system.journal('m0')
  const created = journal.find(({ type, kind }) => type === 'process.create' && kind === 'answer')
  const { mappings } = created?.data as { mappings: { hostPhysical: string }[] }
  await system.tell('m0', notificationChoose, { recoverable: 'GSIV' })
  await system.tell('m0', errorInject, {
    kind: 'memory',
    hostPhysical: BigInt(mappings[0]?.hostPhysical ?? 0) + PAGE,
    signalled: 'interrupt',
    containment: 'UER',
    severity: 'recoverable'
  })
  return journal
}

const answered = (journal: readonly WireEntry[]) =>
  journal.filter(({ kind, type }) => kind === 'note' && type === 'policy.answered').map(({ data }) => data)

void t.test('over HTTP: any service by its address, also one that knows nothing of links', async (t) => {
  const got: string[] = []
  const policy = await foreign((request, response, body) => {
    const { vm } = JSON.parse(body) as { vm: string }
    got.push(`${request.method} ${request.url} ${vm}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"action":"ignore","because":"mine"}')
  })
  t.teardown(() => policy.close())
  for (const over of ['links', 'posts'] as const) {
    const all = await services(t, { over })
    await started(all, policy.url)

    await struck(all)
    await all.system.settle()

    t.match(answered(await all.system.journal('m0')), [{ action: 'ignore', because: 'mine', fallback: false }], over)
  }
  t.same(new Set(got), new Set(['POST /v1/machines/m0/decisions vm0']))
})

void t.test('over HTTP: a policy that is down, slow, refuses or talks nonsense; the VM never hangs', async (t) => {
  const json = { 'content-type': 'application/json' }
  const cases: readonly (readonly [string, Parameters<typeof foreign>[0] | undefined, RegExp])[] = [
    ['down', undefined, /^policy at http:\S+: connection refused$/],
    ['slow', () => undefined, SILENCE],
    ['crashes', (_, response) => void response.writeHead(500).end(), SILENCE],
    ['refuses', (_, response) => void response.writeHead(404, json).end('{}'), /gave no decision: neighbour-refused/],
    ['no JSON', (_, response) => void response.writeHead(200, json).end('<html>'), /gave no decision: answer-invalid/],
    [
      'an unknown action',
      (_, response) => void response.writeHead(200, json).end('{"action":"pray","because":""}'),
      /answer-invalid/
    ],
    [
      'an SEA for AO',
      (_, response) => void response.writeHead(200, json).end('{"action":"inject-sea","because":""}'),
      /broke the rule sea-needs/
    ]
  ]
  for (const [what, handler, because] of cases) {
    const policy = handler === undefined ? undefined : await foreign(handler)
    const all = await services(t)
    await started(all, policy?.url ?? NOWHERE)

    await struck(all)
    if (because === SILENCE) {
      await asksItsPolicy(all)
      all.clock.advance(501e6)
    }
    await all.system.settle()
    policy?.close()

    const journal = await all.system.journal('m0')
    t.match(answered(journal), [{ action: 'ignore', fallback: true, because }], what)
  }
})

/** Until the VMM has asked its policy: the deadline runs from then on. */
async function asksItsPolicy({ system }: Services): Promise<void> {
  const asked = ({ kind, type }: WireEntry) => kind === 'note' && type === 'policy.asked'
  while (!(await system.journal('m0')).some(asked)) await new Promise((resolve) => setImmediate(resolve))
}
