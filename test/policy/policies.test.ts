import t from 'tap'
import type { Decision, Question } from '../../shared/contracts/policy.ts'
import { createPolicyModel, policyModel } from '../../services/policy/model.ts'
import { READS } from '../../services/policy/reads.ts'

const HERE = { machine: 'm0', now: 0 }

const SOURCES: Question['sources'] = [
  { source: 0, notify: 'SEA', acknowledged: true },
  { source: 1, notify: 'GPIO', acknowledged: true },
  { source: 2, notify: 'POLLED', acknowledged: true }
]
/** Consumed, but by a thread of the VMM that runs no vCPU. */
const NO_VCPU: Question = {
  vm: 'vm0',
  signal: { code: 'BUS_MCEERR_AR', hostVirtual: 0xffff_8000_1000n, addressLsb: 12 },
  guest: { guestPhysical: 0x4000_1000n, inRam: true },
  sources: SOURCES,
  history: { errors: 1 }
}
const AR: Question = { ...NO_VCPU, vcpu: 0 }
const AO: Question = { ...NO_VCPU, signal: { ...NO_VCPU.signal, code: 'BUS_MCEERR_AO' } }
const OWN = { guest: { inRam: false } }
const busy = (...sources: number[]) => ({
  sources: SOURCES.map((row) => ({ ...row, acknowledged: !sources.includes(row.source) }))
})
const EXIT = { signal: { code: 'KVM_EXIT_ARM_SEA' } } as const
const SEA = { hardwareException: { kind: 'SEA', esr: 0x9200_0010n } } as const
const SERROR = { hardwareException: { kind: 'SError', esr: 0xbe00_0c11n } } as const

function ask(policy: string | undefined, question: Question) {
  const data = policy === undefined ? question : { ...question, policy }
  const input = { id: 'q', type: 'policy.decide', from: 'vmm', time: 0, data } as const
  const [, effects] = policyModel.step(policyModel.initial('m0'), input)
  return effects[0]
}
function answer(policy: string | undefined, question: Question): Decision {
  const effect = ask(policy, question)
  if (effect?.kind !== 'answer') throw new Error(`${effect?.kind} instead of an answer`)
  return effect.data as Decision
}

const CASES: readonly (readonly [string, string, Question, Partial<Record<keyof Decision, unknown>>])[] = [
  ['morse', 'AR becomes an SEA with a record (S14)', AR, { action: 'inject-sea', record: true }],
  [
    'morse',
    'AR becomes an SEA though the hardware raised an SError (S17)',
    { ...AR, ...SERROR },
    { action: 'inject-sea' }
  ],
  ['morse', 'AO becomes an interrupt (S9)', AO, { action: 'notify-interrupt', source: 1 }],
  [
    'morse',
    'AO is polled when the interrupt source is busy',
    { ...AO, ...busy(1) },
    { action: 'notify-poll', source: 2 }
  ],
  ['morse', 'AO is left alone when every source is busy (S10)', { ...AO, ...busy(1, 2) }, { action: 'ignore' }],
  ['morse', 'AO is left alone without sources', { ...AO, sources: [] }, { action: 'ignore' }],
  ['morse', "AO of the VMM's own memory is left alone", { ...AO, ...OWN }, { action: 'ignore' }],
  ['morse', "AR of the VMM's own memory is the end", { ...AR, ...OWN }, { action: 'kill-vmm' }],
  ['morse', 'AR of a thread without vCPU is the end', NO_VCPU, { action: 'kill-vmm' }],
  [
    'morse',
    'a signal that is no report takes its default action',
    { ...AR, signal: { code: 'other' } },
    { action: 'kill-vmm' }
  ],
  ['mirror', 'SEA for SEA', { ...AR, ...SEA }, { action: 'inject-sea' }],
  ['mirror', 'SError for SError, same syndrome (S20)', { ...AR, ...SERROR }, { action: 'inject-serror', esr: 0xc11n }],
  ['mirror', 'SError for SError on AO too', { ...AO, ...SERROR }, { action: 'inject-serror', esr: 0xc11n }],
  ['mirror', 'an SEA without vCPU cannot be mirrored', { ...AO, ...SEA }, { action: 'notify-interrupt' }],
  ['mirror', 'AR as morse when the exception is not told', AR, { action: 'inject-sea' }],
  ['mirror', 'AO as morse when the exception is not told', AO, { action: 'notify-interrupt', source: 1 }],
  ['mirror', "the VMM's own memory comes first", { ...AR, ...OWN, ...SERROR }, { action: 'kill-vmm' }],
  ['sei', 'AR becomes a recoverable SError (S23)', AR, { action: 'inject-serror', esr: 0xc11n }],
  [
    'sei',
    'AR becomes an SError though the hardware raised an SEA (S20)',
    { ...AR, ...SEA },
    { action: 'inject-serror' }
  ],
  ['sei', 'AO is left alone', AO, { action: 'ignore' }],
  ['qemu', 'AO is only listed', AO, { action: 'ignore' }],
  ['qemu', 'AR becomes a record and an SEA', AR, { action: 'inject-sea', record: true }],
  ['qemu', 'an un-acked record ends it', { ...AR, ...busy(0) }, { action: 'kill-vmm' }],
  ['qemu', 'without GHES AR ends it', { ...AR, sources: [] }, { action: 'kill-vmm' }],
  ['qemu', 'an exit it does not know stops the VM', { ...AR, ...EXIT }, { action: 'stop-vm' }],
  ['kvmtool', 'AR takes its default action', AR, { action: 'kill-vmm' }],
  ['kvmtool', 'so does AO, if it comes', AO, { action: 'kill-vmm' }],
  ['cloud-hypervisor', 'AR takes its default action', AR, { action: 'kill-vmm' }],
  ['cloud-hypervisor', 'an exit it does not know ends the VM', { ...AR, ...EXIT }, { action: 'stop-vm' }],
  ['crosvm', 'AR takes its default action', { ...AR, ...OWN }, { action: 'kill-vmm' }],
  ['crosvm', 'an exit it does not know is a panic', { ...AR, ...EXIT }, { action: 'kill-vmm' }],
  ['firecracker', 'AO or AR, its own or not: 149', { ...AO, ...OWN }, { action: 'kill-vmm', because: /_exit\(149\)/ }],
  ['sea-exit', 'the abort goes on, without a record', { ...AR, ...EXIT }, { action: 'inject-sea', record: false }],
  ['sea-exit', 'AO is left alone', AO, { action: 'ignore' }],
  ['morse', 'an unclaimed abort goes on', { ...AR, ...EXIT }, { action: 'inject-sea', record: true }],
  ['sei', 'an unclaimed abort becomes an SError', { ...AR, ...EXIT }, { action: 'inject-serror' }]
]

for (const [policy, what, question, expected] of CASES) {
  void t.test(`${policy}: ${what}`, async (t) => {
    const decision = answer(policy, question)

    t.match(decision, expected)
    t.ok(decision.because.length > 20 && decision.because.length <= 500, decision.because)
  })
}

void t.test('mirror says so when it does as morse does', async (t) => {
  t.match(answer('mirror', AR).because, /^the host does not tell what the hardware raised, so as morse: /)
})

void t.test('a question that names no policy is for the default', async (t) => {
  const model = createPolicyModel({ defaultPolicy: 'sei' })
  const input = { id: 'q', type: 'policy.decide', from: 'vmm', time: 0, data: AR } as const

  const [, effects] = model.step(model.initial('m0'), input)

  t.match(effects, [{ kind: 'answer', to: 'q', data: { action: 'inject-serror' } }])
  t.match(answer(undefined, AR), { action: 'inject-sea' })
})

void t.test('an unknown policy is refused, and the known ones are named', async (t) => {
  t.match(ask('hope', AR), {
    kind: 'refusal',
    code: 'policy-unknown',
    detail:
      'no policy hope; known: morse, mirror, sei, interrupt, poll, qemu, kvmtool, cloud-hypervisor, crosvm, firecracker, sea-exit',
    field: '/policy'
  })
  t.throws(() => createPolicyModel({ defaultPolicy: 'hope' }), RangeError)
})

void t.test('the policy keeps no state: the same question has the same answer', async (t) => {
  const before = policyModel.initial('m0')
  const input = { id: 'q', type: 'policy.decide', from: 'vmm', time: 0, data: AR } as const

  const [after, first] = policyModel.step(before, input)
  const [, second] = policyModel.step(after, input)

  t.strictSame(first, second)
  t.equal(after.inner, before.inner)
})

void t.test('the built-in policies can be looked up', async (t) => {
  const state = policyModel.initial('m0').inner

  const [all, one] = READS.map((route) => route.read(state, { policy: 'mirror' }, HERE))

  t.match(all, {
    policies: [
      { name: 'morse', isDefault: true },
      { name: 'mirror' },
      { name: 'sei' },
      { name: 'interrupt' },
      { name: 'poll' }
    ]
  })
  t.match(one, { name: 'mirror', isDefault: false })
})
