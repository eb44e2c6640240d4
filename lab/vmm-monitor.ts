import { returnToUser } from '../shared/linux/kernel/signal.ts'
import { hex } from '../shared/formats/hex.ts'
import { SIGBUS_CODE_NAME, BUS_MCEERR_AO, hasAddressLsb, SIGBUS } from '../shared/formats/siginfo.ts'
import type { SignalDelivery } from '../shared/linux/kernel/state.ts'
import type { Exit } from '../shared/linux/kvm/exit.ts'
import { KVM_EXIT_ARM_NISV, KVM_EXIT_MMIO } from '../shared/linux/kvm/exit.ts'
import { EINTR, ENOEXEC, ENOSYS } from '../shared/linux/kvm/ioctl.ts'
import { generalRegisterId, getOneReg, setOneReg } from '../shared/linux/kvm/one-reg.ts'
import { setMemoryRegion } from '../shared/linux/kvm/set-memory-region.ts'
import { getVcpuEvents, setVcpuEvents } from '../shared/linux/kvm/vcpu-events.ts'
import { EFAULT } from '../shared/linux/kernel/errno.ts'
import { guestAddress, REPORT_REGISTER } from './guest-program.ts'
import type { KvmMachine } from './kvm-machine.ts'
import type { LabHost } from './host.ts'

/** One line of a recording's program. */
export type Ev = { readonly ev: string } & Readonly<Record<string, string | number>>

/** Guest physical addresses of the monitor's memory slots, and its report registers, which no slot backs. */
export const CODE = 0x8000_0000n
export const TEST = 0x9000_0000n
export const DEVM = 0xa000_0000n
export const MMIO = 0x1000_0000n
const MMIO_LENGTH = 0x1000n
/** Bytes of the slot the guest program is in. */
export const CODE_LENGTH = 0x1_0000n

/** Which system call the monitor is in; the handler's PC is behind its SVC. The binary is the same in every recording. */
export const USER_PC = { ioctl: '0x428410', madvise: '0x42870c', nanosleep: '0x461138' } as const
export type Activity = keyof typeof USER_PC

const STRERROR: ReadonlyMap<number, string> = new Map([
  [EINTR, 'Interrupted system call'],
  [ENOEXEC, 'Exec format error'],
  [EFAULT, 'Bad address'],
  [ENOSYS, 'Function not implemented']
])

/**
 * When an AO meets the fault of a guest that runs meanwhile: which of the two signals comes first. A second SIGBUS is
 * lost while the first is pending, waits while its handler runs (which the same KVM_RUN then counts), or comes after it:
 * between two runs, or in the next.
 */
export const SIGNAL_ORDERS = [
  'AO then AR',
  'AR, AO lost',
  'AR, AO behind its handler',
  'AR, AO before the next run',
  'AR, AO in the next run'
] as const
export type SignalOrder = (typeof SIGNAL_ORDERS)[number]

/** Why go() came back. */
export type Reason = 'end' | 'idle' | 'ready' | 'signal' | 'other'

/** Report registers after which the monitor looks up. */
const STOPS: ReadonlyMap<string, Reason> = new Map([
  ['report_end', 'end'],
  ['idle', 'idle'],
  ['ready', 'ready']
])
const GO_LIMIT = 64

export class MonitorKilled extends Error {}

/**
 * The monitor of the recordings: what its helper functions do, with the lines they print.
 *
 * Spec: the recordings' own vmm.c.
 * Fidelity: exact for the lines; time passes only where it waits.
 */
export function createMonitor(host: LabHost, machine: KvmMachine, pid: number, order: SignalOrder) {
  const events: Ev[] = []
  const out = (event: Ev) => void events.push(event)
  const later: SignalDelivery[] = []
  let signals = 0
  let activity: Activity = 'ioctl'

  function handler({ tid, info }: SignalDelivery): void {
    signals++
    out({
      ev: 'sigbus',
      tid,
      pid,
      si_signo: info.signo,
      si_errno: 0,
      si_code: info.code,
      code: info.code < 6 ? (SIGBUS_CODE_NAME.get(info.code) ?? 'other') : 'other',
      si_addr: hex(info.address ?? 0n),
      si_addr_lsb: hasAddressLsb(info.signo, info.code) ? (info.addressLsb ?? 0) : -1,
      pc: USER_PC[activity],
      fault_address: '0x0'
    })
    if (tid === machine.vcpu.tid) machine.signalled = true
  }

  host.onSignal = (delivery) => {
    if (delivery.pid !== pid || delivery.effect === 'pending' || delivery.effect === 'ignored') return
    if (delivery.effect === 'killed') throw new MonitorKilled()
    if (delivery.effect === 'lost' || delivery.info.signo !== SIGBUS) return
    const optional = delivery.info.code === BUS_MCEERR_AO && machine.running
    if (optional && order === 'AR, AO lost') return
    if (optional && order !== 'AO then AR') {
      later.push(delivery)
      return
    }
    handler(delivery)
    if (order === 'AR, AO behind its handler') deliverLater()
  }

  function deliverLater(): void {
    for (const delivery of later.splice(0)) handler(delivery)
  }

  function slot(number: number, guestPhysical: bigint, hostVirtual: bigint, length: bigint): void {
    const region = { slot: number, guestPhysical, hostVirtual, length, dirtyLogging: false, readOnly: false }
    const { vm, result } = setMemoryRegion(host.k, machine.vm, region)
    if (result.ret !== 0) throw new Error(`memslot ${number}: errno ${result.errno}`)
    machine.vm = vm
  }

  function setReg(id: bigint, value: bigint): void {
    machine.vcpu = setOneReg(machine.vcpu, id, value).vcpu
  }

  /** x1 command, x2 address, x3 flags; the guest starts at its entry. */
  function setup(codeVirtual: bigint, command: number, address: bigint, masked: boolean): void {
    slot(0, CODE, codeVirtual, CODE_LENGTH)
    machine.vcpu = setOneReg(machine.vcpu, 'pc', guestAddress(CODE, 'guest_entry')).vcpu
    setReg(generalRegisterId(1), BigInt(command))
    setReg(generalRegisterId(2), address)
    setReg(generalRegisterId(3), masked ? 1n : 0n)
    setReg(generalRegisterId(28), MMIO)
  }

  function getEvents(when: string): void {
    const { result, events: got } = getVcpuEvents(host.k, machine.vcpu)
    out({
      ev: 'vcpu_events',
      when,
      ret: result.ret,
      serror_pending: got?.serrorPending ?? 0,
      serror_has_esr: got?.serrorHasEsr ?? 0,
      ext_dabt_pending: got?.extDabtPending ?? 0,
      serror_esr: hex(got?.serrorEsr ?? 0n)
    })
  }

  /** KVM_SET_VCPU_EVENTS with a virtual SError (with a syndrome if there is one), a data abort, or both. */
  function inject(serror: { readonly esr: bigint | undefined } | undefined, dataAbort: boolean): void {
    const wanted = {
      serrorPending: serror === undefined ? 0 : 1,
      serrorHasEsr: serror?.esr === undefined ? 0 : 1,
      serrorEsr: serror?.esr ?? 0n,
      extDabtPending: dataAbort ? 1 : 0
    }
    const { vcpu, result } = setVcpuEvents(host.k, machine.vcpu, wanted)
    machine.vcpu = vcpu
    out({
      ev: 'set_vcpu_events',
      serror_pending: wanted.serrorPending,
      serror_has_esr: wanted.serrorHasEsr,
      serror_esr: hex(wanted.serrorEsr),
      ext_dabt_pending: wanted.extDabtPending,
      ret: result.ret,
      errno: result.errno
    })
  }

  const pc = () => hex(getOneReg(machine.vcpu, 'pc').value ?? 0n)

  function kvmRun(): Exit {
    activity = 'ioctl'
    machine.signalled = false
    returnToUser(host.k)
    if (order === 'AR, AO in the next run') deliverLater()
    return machine.run()
  }

  /** Runs the guest until it has something to say or KVM_RUN has. */
  function go(): Reason {
    for (let n = 0; n < GO_LIMIT; n++) {
      if (order === 'AR, AO before the next run') deliverLater()
      const before = signals
      const { ret, errno, exitReason, mmio, armNisv } = kvmRun()
      const sigbus_during = signals - before
      if (ret < 0) {
        const strerror = STRERROR.get(errno) ?? `errno ${errno}`
        out({ ev: 'kvm_run', ret, errno, strerror, exit_reason: exitReason, sigbus_during, pc: pc() })
        return 'signal'
      }
      if (exitReason !== KVM_EXIT_MMIO || mmio === undefined) {
        const nisv = exitReason === KVM_EXIT_ARM_NISV ? armNisv : undefined
        const nisv_esr_iss = hex(nisv?.esrIss ?? 0n)
        const nisv_fault_ipa = hex(nisv?.faultIpa ?? 0n)
        out({ ev: 'kvm_run', ret, exit_reason: exitReason, sigbus_during, nisv_esr_iss, nisv_fault_ipa })
        return 'other'
      }
      const { guestPhysical, length, isWrite, data } = mmio
      if (guestPhysical < MMIO || guestPhysical >= MMIO + MMIO_LENGTH) {
        out({ ev: 'mmio', pa: hex(guestPhysical), len: length, write: isWrite ? 1 : 0 })
        return 'other'
      }
      const reg = REPORT_REGISTER.get(Number(guestPhysical - MMIO)) ?? '?'
      out({ ev: 'guest', reg, value: hex(data) })
      const stop = STOPS.get(reg)
      if (stop !== undefined) return stop
    }
    return 'other'
  }

  return {
    events,
    out,
    slot,
    setup,
    getEvents,
    inject,
    go,
    pc,
    signals: () => signals,
    /** Does something in the middle of which a signal may come. */
    during<T>(what: Activity, body: () => T): T {
      activity = what
      return body()
    }
  }
}
export type Monitor = ReturnType<typeof createMonitor>
