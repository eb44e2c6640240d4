import { ESR_ISS_MASK } from '../../formats/esr.ts'
import { encodeDataAbort, type Abort, type AccessSyndrome } from '../../formats/esr-abort.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'
import { printkRatelimited } from '../kernel/ratelimit.ts'
import { failedExit, KVM_EXIT_ARM_NISV, KVM_EXIT_MMIO, type Next } from './exit.ts'
import { ENOSYS } from './ioctl.ts'
import { accessIpa } from './kvm-emulate.ts'
import { readX, writeX, type Mmio, type VcpuState } from './vcpu.ts'
import type { VmState } from './vm.ts'

/** SAS to bytes. */
const ACCESS_SIZE = [1, 2, 4, 8] as const

/**
 * io_mem_abort(): an access that no memory slot backs goes to the VMM, when the CPU has described it (ISV). Otherwise
 * the VMM is asked for help if it volunteered, with CM, WnR and FSC of the syndrome; if not, KVM_RUN fails with ENOSYS,
 * about which older versions log a line.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/mmio.c, io_mem_abort; kvm_emulate.h, kvm_vcpu_dabt_iss_nisv_sanitized.
 * Fidelity: omits devices inside the kernel (kvm_io_bus) and big-endian guests.
 */
export function ioMemAbort(
  k: Kernel,
  vm: VmState,
  vcpu: VcpuState,
  { access, cm, wnr, fsc }: Abort
): { readonly next: VcpuState; readonly outcome: Next } {
  const guestPhysical = accessIpa(vcpu)
  if (access === undefined) {
    if (!vm.caps.nisvToUser) {
      if (knob(k.version, 'nisvLogged')) {
        const text = `kvm [${vm.pid}]: Data abort outside memslots with no valid syndrome info`
        printkRatelimited(k, 'io_mem_abort', 'nisv', text)
      }
      return { next: vcpu, outcome: failedExit(ENOSYS) }
    }
    const esrIss = encodeDataAbort({ lowerEl: true, cm, wnr, fsc }) & ESR_ISS_MASK
    const exit = { ret: 0, errno: 0, exitReason: KVM_EXIT_ARM_NISV, armNisv: { esrIss, faultIpa: guestPhysical } }
    return { next: vcpu, outcome: { kind: 'exit', exit } }
  }
  const mmio = describe(vcpu, guestPhysical, access, wnr)
  const { length, isWrite, data } = mmio
  const exit = { ret: 0, errno: 0, exitReason: KVM_EXIT_MMIO, mmio: { guestPhysical, length, isWrite, data } }
  return { next: { ...vcpu, mmio }, outcome: { kind: 'exit', exit } }
}

function describe(
  vcpu: VcpuState,
  guestPhysical: bigint,
  { sas, srt, sse, sf }: AccessSyndrome,
  isWrite: boolean
): Mmio {
  const length = ACCESS_SIZE[sas] ?? 8
  const data = isWrite ? BigInt.asUintN(length * 8, readX(vcpu, srt)) : 0n
  return { guestPhysical, length, isWrite, data, srt, sse, sf }
}

/**
 * kvm_handle_mmio_return(): at the next KVM_RUN the VMM's answer goes into the register and the instruction is done,
 * unless the VMM has aborted the access meanwhile: then the abort is the instruction's end and PC stays on it.
 *
 * Spec: Linux 6.1.192, arch/arm64/kvm/mmio.c, kvm_handle_mmio_return, kvm_pending_sync_exception.
 * Fidelity: exact for AArch64.
 */
export function handleMmioReturn(vcpu: VcpuState): VcpuState {
  const { mmio } = vcpu
  if (mmio === undefined || vcpu.pendingException === 'EXCEPT_AA64_EL1_SYNC') return vcpu
  const done: VcpuState = { ...vcpu, mmio: undefined, incrementPc: true }
  if (mmio.isWrite) return done
  const value = mmio.sse ? BigInt.asIntN(mmio.length * 8, mmio.data) : mmio.data
  return writeX(done, mmio.srt, BigInt.asUintN(mmio.sf ? 64 : 32, value))
}

/** The VMM answers a read: what it has written into kvm_run.mmio.data. */
export function answerMmio(vcpu: VcpuState, data: bigint): VcpuState {
  return vcpu.mmio === undefined ? vcpu : { ...vcpu, mmio: { ...vcpu.mmio, data } }
}
