import { EINJ_FLAG, encodeSetErrorType } from '../../formats/einj.ts'
import { encodeKvmRunArmSea, farValid, KVM_EXIT_ARM_SEA_FLAG_GPA_VALID } from '../../formats/kvm-run-arm-sea.ts'
import { encodeKvmVcpuEvents } from '../../formats/kvm-vcpu-events.ts'
import { encodeSiginfo } from '../../formats/siginfo.ts'
import type { Static, TObject } from 'typebox'
import type { ExceptionTaken } from '../common.ts'
import {
  bootErrorsInstall,
  einjInject,
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  hestInstall,
  hestRead,
  memoryRead,
  memoryWrite
} from '../firmware.ts'
import { guestMemoryRead, guestMemoryWrite, vcpuEnter } from '../guest.ts'
import { errorInject, exceptionReturn } from '../hardware.ts'
import { apeiNotify, exceptionTakeEl2 } from '../host-kernel.ts'
import { kvmGetVcpuEvents, kvmSetOneReg, kvmSetVcpuEvents, type KvmExit, type VcpuEvents } from '../kvm.ts'
import { recordPublished } from '../notes/firmware.ts'
import { guestFlow, guestSignal, guestUnmodelled } from '../notes/guest.ts'
import { hostSerrorAtExit, hostSignal } from '../notes/host-kernel.ts'
import type { signalFields } from '../notes/kernel.ts'
import { serrorClassify } from '../notes/kernel-steps-mm.ts'
import { guestStep, hostStep } from '../notes/steps.ts'
import { errorOverflow, errorPlanted } from '../notes/hardware.ts'
import { recordWritten } from '../notes/vmm-errors.ts'
import { policyDecide } from '../policy.ts'
import { exceptionTell, kvmExit, signalDeliver, vmInjectError } from '../vmm.ts'
import type { Wired } from '../wired.ts'
import { built, carried, register, u64, type Found } from './found.ts'
import { inAnswer, inMessage, inNote, inStep, type Row } from './row.ts'

/** An exception as hardware takes it: the syndrome, and the error record of the node that saw it. */
const exceptionTaken = ({ esr, record }: Wired<ExceptionTaken>): readonly Found[] => [
  ...register('esr', 'esr', esr),
  ...register('record.status', 'err-status', record?.status)
]

/** KVM_SET_VCPU_EVENTS and KVM_GET_VCPU_EVENTS: the ioctl's structure. */
const vcpuEvents = (events: Wired<Static<TObject<typeof VcpuEvents>>>): readonly Found[] =>
  built('', 'kvm-vcpu-events', () =>
    encodeKvmVcpuEvents({
      serrorPending: events.serror_pending,
      serrorHasEsr: events.serror_has_esr,
      extDabtPending: events.ext_dabt_pending,
      serrorEsr: u64(events.serror_esr)
    })
  )

/** kvm_run.arm_sea of an exit for an SEA that the host has not claimed. */
const armSea = ({ armSea: sea }: Wired<KvmExit>): readonly Found[] =>
  sea === undefined
    ? []
    : built('armSea', 'kvm-run-arm-sea', () => {
        const [flags, esr] = [u64(sea.flags), u64(sea.esr)]
        return encodeKvmRunArmSea({
          esr,
          ...(farValid(esr) ? { guestVirtual: u64(sea.gva) } : {}),
          ...((flags & KVM_EXIT_ARM_SEA_FLAG_GPA_VALID) === 0n ? {} : { guestPhysical: u64(sea.gpa) }),
          reservedFlags: flags & ~KVM_EXIT_ARM_SEA_FLAG_GPA_VALID
        })
      })

/** The siginfo_t of a signal to a process of a kernel. */
const signal = ({ info }: Pick<Wired<Static<TObject<typeof signalFields>>>, 'info'>): readonly Found[] =>
  built('info', 'siginfo', () => {
    const { signo, code, address, addressLsb } = info
    return encodeSiginfo({
      signo,
      code,
      ...(address === undefined ? {} : { address: u64(address) }),
      ...(addressLsb === undefined ? {} : { addressLsb })
    })
  })

/** Data of SET_ERROR_TYPE_WITH_ADDRESS; without flags it depends on the driver where the parameters go. */
const einjRequest = (request: Wired<Static<typeof einjInject.data>>): readonly Found[] => {
  const { type, flags = 0, param1 = '0x0', param2 = '0x0', param3 = 0, param4 = 0 } = request
  if (flags === 0) return []
  const known = EINJ_FLAG.cpuId | EINJ_FLAG.memoryAddressAndMask | EINJ_FLAG.pcieSbdf
  return built('', 'set-error-type', () =>
    encodeSetErrorType({
      type,
      vendorExtensionOffset: 0,
      ...((flags & EINJ_FLAG.cpuId) === 0 ? {} : { apicId: param3 }),
      ...((flags & EINJ_FLAG.memoryAddressAndMask) === 0
        ? {}
        : { memoryAddress: u64(param1), memoryAddressMask: u64(param2) }),
      ...((flags & EINJ_FLAG.pcieSbdf) === 0 ? {} : { pcieSbdf: param4 }),
      reservedValidation: BigInt(flags & ~known)
    })
  )
}

const isEsr = (reg: string): boolean => reg === 'esr_el1'

/** Where the structures are, message by message; a test holds this table to the contracts. */
export const STRUCTURES: readonly Row[] = [
  inMessage(errorInject, ({ iss }) => register('iss', 'serror-iss', iss)),
  inNote(errorPlanted, ({ iss }) => register('iss', 'serror-iss', iss)),
  inNote(errorOverflow, ({ iss }) => register('iss', 'serror-iss', iss)),
  inMessage(exceptionReturn, ({ injected }) => register('injected.esr', 'esr', injected?.esr)),

  inMessage(exceptionTakeEl3, exceptionTaken),
  inMessage(errorInterrupt, ({ record }) => register('record.status', 'err-status', record.status)),
  inMessage(errorRecordSubmit, ({ bytes }) => carried('bytes', 'error-record', bytes)),
  inMessage(einjInject, einjRequest),
  inMessage(hestInstall, ({ table }) => carried('table', 'hest', table)),
  inMessage(bootErrorsInstall, ({ bytes }) => carried('bytes', 'error-status-block', bytes)),
  inMessage(memoryWrite, ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer(memoryRead, ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer(hestRead, ({ table, bert }) => [...carried('table', 'hest', table), ...carried('bert', 'bert', bert)]),
  inNote(recordPublished, ({ bytes }) => carried('bytes', 'error-status-block', bytes)),

  inMessage(exceptionTakeEl2, exceptionTaken),
  inMessage(apeiNotify, ({ esr }) => register('esr', 'esr', esr)),
  inNote(hostSignal, signal),
  inNote(hostSerrorAtExit, ({ esr }) => register('esr', 'esr', esr)),
  inStep(serrorClassify, hostStep.type, ({ data }) => register('data.esr', 'esr', data.esr)),
  inStep(serrorClassify, guestStep.type, ({ data }) => register('data.esr', 'esr', data.esr)),

  inMessage(kvmSetVcpuEvents, vcpuEvents),
  inAnswer(kvmGetVcpuEvents, vcpuEvents),
  inMessage(kvmSetOneReg, ({ reg, value }) => (isEsr(reg) ? register('value', 'esr', value) : [])),

  inMessage(signalDeliver, ({ siginfo }) => carried('siginfo', 'siginfo', siginfo)),
  inMessage(kvmExit, armSea),
  inMessage(exceptionTell, ({ esr }) => register('esr', 'esr', esr)),
  inMessage(vmInjectError, ({ cper }) => carried('cper', 'error-status-block', cper)),
  inNote(recordWritten, ({ bytes }) => carried('bytes', 'error-status-block', bytes)),

  inMessage(policyDecide, ({ hardwareException }) => register('hardwareException.esr', 'esr', hardwareException?.esr)),
  inAnswer(policyDecide, ({ esr }) => register('esr', 'serror-iss', esr)),

  inMessage(vcpuEnter, ({ exception }) => register('exception.esr_el1', 'esr', exception?.esr_el1)),
  inMessage(guestMemoryWrite, ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer(guestMemoryRead, ({ bytes }) => carried('bytes', undefined, bytes)),
  inNote(guestSignal, signal),
  inNote(guestFlow, (data) => ('esr' in data ? register('esr', 'esr', data.esr) : [])),
  inNote(guestUnmodelled, ({ esr }) => register('esr', 'esr', esr))
]
