import type { Question, SYNDROME_CLASSES } from '../../../shared/contracts/policy.ts'
import { EC, decodeEsr, isDataAbort, isInstructionAbort } from '../../../shared/formats/esr.ts'
import { fromUser } from '../../../shared/linux/kvm/pstate.ts'
import type { Io } from '../../../shared/model/io.ts'
import { isGhesPresent } from '../telling/ghes-present.ts'
import { acknowledgements } from '../telling/write-record.ts'
import type { HardwareException, MemoryError, Vm } from '../state.ts'
import { isAddress } from './ask-policy.ts'

/** What a VMM tells its policy of an error: what it knows itself, and nothing that only the model knows. */
export function questionOf(vm: Vm, error: MemoryError, exception: HardwareException | undefined, io: Io): Question {
  const { code, vcpu, hostVirtual, addressLsb, place, interrupted } = error
  const sources = isGhesPresent(vm) ? vm.sources : []
  const acked = acknowledgements(vm, sources, io)
  return {
    vm: vm.name,
    vmNumber: vm.number,
    profile: vm.profile,
    ...(vm.policy === undefined || isAddress(vm.policy) ? {} : { policy: vm.policy }),
    ...(vcpu === undefined ? {} : { vcpu }),
    signal: { code, ...(hostVirtual === undefined ? {} : { hostVirtual }), addressLsb },
    ...(interrupted === undefined ? {} : { interrupted: { ...interrupted, ...levelOf(interrupted) } }),
    guest: { ...(place === undefined ? {} : { guestPhysical: place.guestPhysical }), inRam: place !== undefined },
    sources: sources.map(({ source, notify }, index) => ({ source, notify, acknowledged: acked[index] ?? false })),
    ...(exception === undefined
      ? {}
      : { hardwareException: { ...exception, syndromeClass: syndromeClassOf(exception.esr) } }),
    history: { errors: vm.counters.actionRequired + vm.counters.actionOptional + vm.counters.seaExits }
  }
}

const levelOf = ({ pstate }: NonNullable<MemoryError['interrupted']>): { el?: number } =>
  pstate === undefined ? {} : { el: fromUser(pstate) ? 0 : 1 }

function syndromeClassOf(esr: bigint): (typeof SYNDROME_CLASSES)[number] {
  if (isDataAbort(esr)) return 'data-abort'
  if (isInstructionAbort(esr)) return 'instruction-abort'
  return decodeEsr(esr).ec === EC.serror ? 'serror' : 'other'
}
