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
  vmNumber: 1,
  profile: 'reference',
  signal: { code: 'BUS_MCEERR_AR', hostVirtual: 0xffff_8000_1000n, addressLsb: 12 },
  guest: IN_RAM,
  sources: [...ALL],
  history: { errors: 1 }
}
const USER = { pc: 0x40_0c10n, pstate: 0x6000_0000n, el: 0 } as const
const KERNEL = { pc: 0xffff_8000_0801_2340n, pstate: 0x6040_03c5n, el: 1 } as const
const required: Question = { ...noVcpu, vcpu: 0, interrupted: USER }
const optional: Question = { ...noVcpu, signal: { ...required.signal, code: 'BUS_MCEERR_AO' } }
const DATA_ABORT = { kind: 'SEA', esr: 0x9200_0010n, syndromeClass: 'data-abort' } as const
const SERROR = { kind: 'SError', esr: 0xbe00_0c11n, syndromeClass: 'serror' } as const
const seaExit: Question = {
  ...required,
  signal: { code: 'KVM_EXIT_ARM_SEA' },
  hardwareException: DATA_ABORT
}

/** A field that is not there is not known. */
const minimal: Question = {
  vm: 'vm0',
  vcpu: 0,
  signal: required.signal,
  guest: IN_RAM,
  sources: [...ALL],
  history: { errors: 1 }
}

export const QUESTIONS: Readonly<Record<string, Question>> = {
  'AR in guest RAM': required,
  'AR in guest RAM, by the kernel of the guest': { ...required, interrupted: KERNEL },
  'AR in guest RAM, of a VMM that knows no more': minimal,
  'AR, every record unacknowledged': { ...required, sources: busy },
  'AR, a guest without error sources': { ...required, sources: [] },
  'AR in a huge page': { ...required, signal: { ...required.signal, addressLsb: 30 } },
  "AR in the VMM's own memory": { ...required, guest: OWN },
  'AR in a thread without a vCPU': noVcpu,
  'AR after an SError': { ...required, hardwareException: SERROR },
  'AO in guest RAM': optional,
  'AO, every record unacknowledged': { ...optional, sources: busy },
  'AO, a guest without error sources': { ...optional, sources: [] },
  "AO in the VMM's own memory": { ...optional, guest: OWN },
  'AO after an SEA': { ...optional, hardwareException: DATA_ABORT },
  'AO after an SError': { ...optional, hardwareException: SERROR },
  'KVM_EXIT_ARM_SEA with an address': seaExit,
  'KVM_EXIT_ARM_SEA without an address': { ...seaExit, guest: OWN },
  'KVM_EXIT_ARM_SEA of a fetch': {
    ...seaExit,
    hardwareException: { kind: 'SEA', esr: 0x8200_0010n, syndromeClass: 'instruction-abort' }
  },
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
