import { policyAnswered } from '../../../shared/contracts/notes/vmm-errors.ts'
import type { Io } from '../../../shared/model/io.ts'
import { act } from './act.ts'
import { askPolicy } from './ask-policy.ts'
import { PAGE_LSB } from '../place-in-guest.ts'
import { PROFILES } from '../profiles.ts'
import { questionOf } from './question.ts'
import { count, type HardwareException, type MemoryError, type Place, type Vm } from '../state.ts'

const HISTORY = 64

/** Decides about a memory error and does it: the page is noted, the policy asked, its answer judged and carried out. */
export function decide(before: Vm, error: MemoryError, io: Io): Vm {
  const vm = remember(before, error)
  const question = questionOf(vm, error, exceptionOf(vm, error), io)
  const answered = askPolicy(vm, question, io)
  io.note(policyAnswered, {
    vm: vm.name,
    vcpu: error.vcpu,
    action: answered.decision.action,
    because: answered.decision.because,
    fallback: answered.fallback
  })
  const decided = {
    time: io.now,
    code: error.code,
    vcpu: error.vcpu,
    guestPhysical: error.place?.guestPhysical,
    action: answered.decision.action,
    because: answered.decision.because,
    fallback: answered.fallback
  }
  const next = { ...answered.vm, history: [...answered.vm.history, decided].slice(-HISTORY) }
  return act(next, error, answered.decision, io)
}

const COUNTER = {
  BUS_MCEERR_AR: 'actionRequired',
  BUS_MCEERR_AO: 'actionOptional',
  KVM_EXIT_ARM_SEA: 'seaExits'
} as const

/** What of an error is lost, as this VMM keeps it. QEMU does not look at si_addr_lsb. */
function lostBy(vm: Vm, place: Place, lsb: number) {
  return PROFILES[vm.profile].lists === 'page'
    ? { guestPhysical: place.guestPhysical, lsb: PAGE_LSB }
    : { guestPhysical: place.extent.guestPhysical, lsb }
}

/** Counts the report and lists what is lost; what the host told of the exception now belongs to that. */
function remember(before: Vm, { code, place, addressLsb }: MemoryError): Vm {
  const counted = count(before, COUNTER[code])
  if (place === undefined || code === 'KVM_EXIT_ARM_SEA') return counted
  const { guestPhysical, lsb } = lostBy(counted, place, addressLsb)
  const known = counted.poisoned.find((entry) => entry.guestPhysical === guestPhysical)
  const entry = {
    guestPhysical,
    lsb: Math.max(lsb, known?.lsb ?? 0),
    exception: counted.exception ?? known?.exception
  }
  const others = counted.poisoned.filter((other) => other !== known)
  return { ...counted, poisoned: [...others, entry], exception: undefined }
}

/** What the policy may know of the hardware; the later signal of one error knows what the first did. */
function exceptionOf(vm: Vm, { place, addressLsb, exception }: MemoryError): HardwareException | undefined {
  if (exception !== undefined || !vm.exposeException) return exception
  const lost = place === undefined ? undefined : lostBy(vm, place, addressLsb).guestPhysical
  return vm.poisoned.find((entry) => entry.guestPhysical === lost)?.exception ?? vm.exception
}
