import type { Question } from '../../shared/contracts/policy.ts'

/** Questions that a VMM may ask, one for each situation in which a wrong answer could be given. */

const ALL = [
  { source: 0, notify: 'SEA', acknowledged: true },
  { source: 1, notify: 'GPIO', acknowledged: true },
  { source: 2, notify: 'POLLED', acknowledged: true }
] as const
const busy = ALL.map((source) => ({ ...source, acknowledged: false }))
const IN_RAM = { guestPhysical: 0x4000_1000n, inRam: true } as const
const OWN = { inRam: false } as const

const noVcpu: Question = {
  vm: 'vm0',
  signal: { code: 'BUS_MCEERR_AR', hostVirtual: 0xffff_8000_1000n, addressLsb: 12 },
  guest: IN_RAM,
  sources: [...ALL],
  history: { errors: 1 }
}
const required: Question = { ...noVcpu, vcpu: 0 }
const optional: Question = { ...noVcpu, signal: { ...required.signal, code: 'BUS_MCEERR_AO' } }
const seaExit: Question = {
  ...required,
  signal: { code: 'KVM_EXIT_ARM_SEA' },
  hardwareException: { kind: 'SEA', esr: 0x9200_0010n }
}

export const QUESTIONS: Readonly<Record<string, Question>> = {
  'AR in guest RAM': required,
  'AR, every record unacknowledged': { ...required, sources: busy },
  'AR, a guest without error sources': { ...required, sources: [] },
  'AR in a huge page': { ...required, signal: { ...required.signal, addressLsb: 30 } },
  "AR in the VMM's own memory": { ...required, guest: OWN },
  'AR in a thread without a vCPU': noVcpu,
  'AR after an SError': { ...required, hardwareException: { kind: 'SError', esr: 0xbe00_0c11n } },
  'AO in guest RAM': optional,
  'AO, every record unacknowledged': { ...optional, sources: busy },
  'AO, a guest without error sources': { ...optional, sources: [] },
  "AO in the VMM's own memory": { ...optional, guest: OWN },
  'AO after an SEA': { ...optional, hardwareException: { kind: 'SEA', esr: 0x9200_0010n } },
  'AO after an SError': { ...optional, hardwareException: { kind: 'SError', esr: 0xbe00_0c11n } },
  'KVM_EXIT_ARM_SEA with an address': seaExit,
  'KVM_EXIT_ARM_SEA without an address': { ...seaExit, guest: OWN },
  'a SIGBUS that is no memory error': { ...noVcpu, signal: { code: 'other' }, guest: OWN },
  'the highest address and the thousandth error': {
    ...required,
    signal: { ...required.signal, hostVirtual: 0xffff_ffff_ffff_f000n },
    history: { errors: 1000 }
  }
}

/** Bodies that are no question. */
export const MALFORMED: Readonly<Record<string, string>> = {
  'no JSON': 'not { json',
  'no object': '7',
  'an empty object': '{}',
  'a signal that is a text': JSON.stringify({ vm: 'vm0', signal: 'BUS_MCEERR_AR' })
}
