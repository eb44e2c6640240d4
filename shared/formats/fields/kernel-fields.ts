import {
  EINJ_ERROR_TYPE,
  EINJ_FLAG,
  SET_ERROR_TYPE_FIELDS,
  SET_ERROR_TYPE_LAYOUT,
  SET_ERROR_TYPE_SIZE
} from '../einj.ts'
import {
  KVM_EXIT_ARM_SEA_FLAG_GPA_VALID,
  KVM_RUN_ARM_SEA_LAYOUT,
  KVM_RUN_ARM_SEA_SIZE,
  farValid
} from '../kvm-run-arm-sea.ts'
import { KVM_VCPU_EVENTS_LAYOUT, KVM_VCPU_EVENTS_SIZE } from '../kvm-vcpu-events.ts'
import {
  SIGABRT,
  SIGBUS,
  SIGBUS_CODE_NAME,
  SIGINFO_LAYOUT,
  SIGINFO_SIZE,
  SIGKILL,
  SIGSEGV,
  hasAddress,
  hasAddressLsb
} from '../siginfo.ts'
import { viewOf } from '../bytes.ts'
import { code, register, word } from './describe.ts'
import type { Field } from './field.ts'
import { numberAt } from './numbers.ts'
import { behind, esr, serrorIss } from './register-fields.ts'
import { membersOf, structure, type Describe } from './structure.ts'
import { validatedStructure, validationOf } from './validated.ts'

const SIGNAL: ReadonlyMap<number, string> = new Map([
  [SIGABRT, 'SIGABRT'],
  [SIGBUS, 'SIGBUS'],
  [SIGKILL, 'SIGKILL'],
  [SIGSEGV, 'SIGSEGV']
])

/** The fields of a siginfo_t; which of its union mean something is said by the signal and its code. */
export function siginfoFields(bytes: Uint8Array): Field {
  const span = { name: 'siginfo_t', bytes, at: 0, size: SIGINFO_SIZE }
  const signo = numberAt(bytes, 0, SIGINFO_LAYOUT.signo)
  const codeNumber = numberAt(bytes, 0, SIGINFO_LAYOUT.code)
  const valid: Readonly<Record<string, boolean>> = {
    address: hasAddress(signo, codeNumber),
    addressLsb: hasAddressLsb(signo, codeNumber)
  }
  const extent: Describe = ({ value }) =>
    valid['addressLsb'] === true ? { text: `${2 ** Number(value)} bytes are lost` } : {}
  const members = membersOf(
    SIGINFO_LAYOUT,
    {
      signo: code(SIGNAL),
      code: signo === SIGBUS ? code(SIGBUS_CODE_NAME) : undefined,
      address: register,
      addressLsb: extent
    },
    (name) => valid[name]
  )
  return behind(structure(span, members), bytes, span)
}

const isReserved: Describe = () => ({ role: 'reserved' })
const pending: Describe = ({ value }) => ({ text: value === 0 ? 'no' : 'yes' })

/** The fields of a struct kvm_vcpu_events. */
export function vcpuEventsFields(bytes: Uint8Array): Field {
  const span = { name: 'struct kvm_vcpu_events', bytes, at: 0, size: KVM_VCPU_EVENTS_SIZE }
  const hasEsr = numberAt(bytes, 0, KVM_VCPU_EVENTS_LAYOUT.serrorHasEsr) !== 0
  const members = membersOf(
    KVM_VCPU_EVENTS_LAYOUT,
    {
      serrorPending: pending,
      serrorHasEsr: pending,
      extDabtPending: pending,
      pad: isReserved,
      serrorEsr: serrorIss,
      reserved: isReserved
    },
    (name) => (name === 'serrorEsr' ? hasEsr : undefined)
  )
  return behind(structure(span, members), bytes, span)
}

/** The fields of kvm_run.arm_sea. */
export function armSeaFields(bytes: Uint8Array): Field {
  const span = { name: 'kvm_run.arm_sea', bytes, at: 0, size: KVM_RUN_ARM_SEA_SIZE }
  const hasEsr = bytes.length >= KVM_RUN_ARM_SEA_LAYOUT.guestVirtual[0]
  const syndrome = hasEsr ? viewOf(bytes).getBigUint64(KVM_RUN_ARM_SEA_LAYOUT.esr[0]) : 0n
  const flags = numberAt(bytes, 0, KVM_RUN_ARM_SEA_LAYOUT.flags)
  const valid: Readonly<Record<string, boolean>> = {
    guestVirtual: farValid(syndrome),
    guestPhysical: (flags & Number(KVM_EXIT_ARM_SEA_FLAG_GPA_VALID)) !== 0
  }
  const members = membersOf(
    KVM_RUN_ARM_SEA_LAYOUT,
    {
      flags: word({ gpaValid: KVM_EXIT_ARM_SEA_FLAG_GPA_VALID }),
      esr,
      guestVirtual: register,
      guestPhysical: register
    },
    (name) => valid[name]
  )
  return behind(structure(span, members), bytes, span)
}

/** The fields of the data of SET_ERROR_TYPE_WITH_ADDRESS. */
export function setErrorTypeFields(bytes: Uint8Array): Field {
  const span = { name: 'SET_ERROR_TYPE_WITH_ADDRESS', bytes, at: 0, size: SET_ERROR_TYPE_SIZE }
  const flags = numberAt(bytes, 0, SET_ERROR_TYPE_LAYOUT.flags)
  const fields = validatedStructure(span, SET_ERROR_TYPE_FIELDS, flags, SET_ERROR_TYPE_LAYOUT, {
    type: word(EINJ_ERROR_TYPE),
    flags: validationOf(SET_ERROR_TYPE_FIELDS, { v2: EINJ_FLAG.v2 }),
    memoryAddress: register,
    memoryAddressMask: register
  })
  return behind(fields, bytes, span)
}
