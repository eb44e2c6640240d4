import { EINJ_FLAG, encodeSetErrorType } from '../../formats/einj.ts'
import { encodeKvmRunArmSea, farValid, KVM_EXIT_ARM_SEA_FLAG_GPA_VALID } from '../../formats/kvm-run-arm-sea.ts'
import { encodeKvmVcpuEvents } from '../../formats/kvm-vcpu-events.ts'
import { encodeSiginfo } from '../../formats/siginfo.ts'
import type { Static, TObject } from 'typebox'
import type { ExceptionTaken } from '../common.ts'
import type {
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
import type { guestMemoryRead, guestMemoryWrite, vcpuEnter } from '../guest.ts'
import type { errorInject, exceptionReturn } from '../hardware.ts'
import type { apeiNotify, exceptionTakeEl2 } from '../host-kernel.ts'
import type { kvmGetVcpuEvents, kvmSetOneReg, kvmSetVcpuEvents, KvmExit, VcpuEvents } from '../kvm.ts'
import type { recordPublished } from '../notes/firmware.ts'
import type { guestFlow, guestSignal, guestUnmodelled } from '../notes/guest.ts'
import type { hostSerrorAtExit, hostSignal } from '../notes/host-kernel.ts'
import type { signalFields } from '../notes/kernel.ts'
import type { serrorClassify } from '../notes/kernel-steps-mm.ts'
import type { errorOverflow, errorPlanted } from '../notes/hardware.ts'
import type { recordWritten } from '../notes/vmm-errors.ts'
import type { policyDecide } from '../policy.ts'
import type { exceptionTell, kvmExit, signalDeliver, vmInjectError } from '../vmm.ts'
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
  inMessage<typeof errorInject>('hardware', 'error.inject', ({ iss }) => register('iss', 'serror-iss', iss)),
  inNote<typeof errorPlanted>('hardware', 'error.planted', ({ iss }) => register('iss', 'serror-iss', iss)),
  inNote<typeof errorOverflow>('hardware', 'error.overflow', ({ iss }) => register('iss', 'serror-iss', iss)),
  inMessage<typeof exceptionReturn>('hardware', 'exception.return', ({ injected }) =>
    register('injected.esr', 'esr', injected?.esr)
  ),

  inMessage<typeof exceptionTakeEl3>('firmware', 'exception.take', exceptionTaken),
  inMessage<typeof errorInterrupt>('firmware', 'error.interrupt', ({ record }) =>
    register('record.status', 'err-status', record.status)
  ),
  inMessage<typeof errorRecordSubmit>('firmware', 'error-record.submit', ({ bytes }) =>
    carried('bytes', 'error-record', bytes)
  ),
  inMessage<typeof einjInject>('firmware', 'einj.inject', einjRequest),
  inMessage<typeof hestInstall>('firmware', 'hest.install', ({ table }) => carried('table', 'hest', table)),
  inMessage<typeof bootErrorsInstall>('firmware', 'boot-errors.install', ({ bytes }) =>
    carried('bytes', 'error-status-block', bytes)
  ),
  inMessage<typeof memoryWrite>('firmware', 'memory.write', ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer<typeof memoryRead>('firmware', 'memory.read', ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer<typeof hestRead>('firmware', 'hest.read', ({ table, bert }) => [
    ...carried('table', 'hest', table),
    ...carried('bert', 'bert', bert)
  ]),
  inNote<typeof recordPublished>('firmware', 'record.published', ({ bytes }) =>
    carried('bytes', 'error-status-block', bytes)
  ),

  inMessage<typeof exceptionTakeEl2>('host-kernel', 'exception.take', exceptionTaken),
  inMessage<typeof apeiNotify>('host-kernel', 'apei.notify', ({ esr }) => register('esr', 'esr', esr)),
  inNote<typeof hostSignal>('host-kernel', 'host.signal', signal),
  inNote<typeof hostSerrorAtExit>('host-kernel', 'host.serror-at-exit', ({ esr }) => register('esr', 'esr', esr)),
  inStep<typeof serrorClassify>('host.step', 'serror.classify', ({ data }) => register('data.esr', 'esr', data.esr)),
  inStep<typeof serrorClassify>('guest.step', 'serror.classify', ({ data }) => register('data.esr', 'esr', data.esr)),

  inMessage<typeof kvmSetVcpuEvents>('host-kernel', 'kvm.set-vcpu-events', vcpuEvents),
  inAnswer<typeof kvmGetVcpuEvents>('host-kernel', 'kvm.get-vcpu-events', vcpuEvents),
  inMessage<typeof kvmSetOneReg>('host-kernel', 'kvm.set-one-reg', ({ reg, value }) =>
    isEsr(reg) ? register('value', 'esr', value) : []
  ),

  inMessage<typeof signalDeliver>('vmm', 'signal.deliver', ({ siginfo }) => carried('siginfo', 'siginfo', siginfo)),
  inMessage<typeof kvmExit>('vmm', 'kvm.exit', armSea),
  inMessage<typeof exceptionTell>('vmm', 'exception.tell', ({ esr }) => register('esr', 'esr', esr)),
  inMessage<typeof vmInjectError>('vmm', 'vm.inject-error', ({ cper }) => carried('cper', 'error-status-block', cper)),
  inNote<typeof recordWritten>('vmm', 'record.written', ({ bytes }) => carried('bytes', 'error-status-block', bytes)),

  inMessage<typeof policyDecide>('policy', 'policy.decide', ({ hardwareException }) =>
    register('hardwareException.esr', 'esr', hardwareException?.esr)
  ),
  inAnswer<typeof policyDecide>('policy', 'policy.decide', ({ esr }) => register('esr', 'serror-iss', esr)),

  inMessage<typeof vcpuEnter>('guest', 'vcpu.enter', ({ exception }) =>
    register('exception.esr_el1', 'esr', exception?.esr_el1)
  ),
  inMessage<typeof guestMemoryWrite>('guest', 'memory.write', ({ bytes }) => carried('bytes', undefined, bytes)),
  inAnswer<typeof guestMemoryRead>('guest', 'memory.read', ({ bytes }) => carried('bytes', undefined, bytes)),
  inNote<typeof guestSignal>('guest', 'guest.signal', signal),
  inNote<typeof guestFlow>('guest', 'guest.flow', (data) => ('esr' in data ? register('esr', 'esr', data.esr) : [])),
  inNote<typeof guestUnmodelled>('guest', 'guest.unmodelled', ({ esr }) => register('esr', 'esr', esr))
]
