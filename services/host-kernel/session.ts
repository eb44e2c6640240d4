import { memoryRead, memoryWrite } from '../../shared/contracts/firmware.ts'
import { peHalt, stage2Unmap, tlbInvalidate } from '../../shared/contracts/hardware.ts'
import { signalDeliver } from '../../shared/contracts/vmm.ts'
import { guestDestroy, vcpuStop } from '../../shared/contracts/guest.ts'
import { hostPrintk, hostSignal, hostTrace } from '../../shared/contracts/notes/host-kernel.ts'
import { isStep } from '../../shared/contracts/notes/kernel-step.ts'
import { taskEnd } from '../../shared/contracts/notes/kernel-steps-mm.ts'
import { hostStep } from '../../shared/contracts/notes/steps.ts'
import { encodeSiginfo, SIGBUS, SIGBUS_CODE_NAME } from '../../shared/formats/siginfo.ts'
import { isRefused, type Io } from '../../shared/model/io.ts'
import { kernelOf, stateOf } from '../../shared/linux/kernel/create.ts'
import { extendLog } from '../../shared/linux/kernel/log.ts'
import { returnToUser } from '../../shared/linux/kernel/signal.ts'
import type { Kernel, KernelEvent, SignalDelivery } from '../../shared/linux/kernel/state.ts'
import type { HostState, HostVcpu, HostVm, Poll, ThreadWork } from './state.ts'

/** The working copy of the host for the length of one step. */
export interface Session {
  readonly io: Io
  readonly host: HostState
  readonly k: Kernel
  booted: boolean
  vms: ReadonlyMap<string, HostVm>
  threads: ReadonlyMap<number, ThreadWork>
  polls: ReadonlyMap<number, Poll>
  readonly events: KernelEvent[]
  readonly signals: SignalDelivery[]
  /** Threads whose access starts again once this step is through. */
  readonly restarted: Set<number>
}

/**
 * Opens the host for a step. Its kernel reads and writes the memory that firmware owns through firmware's API, so an
 * acknowledgement is a write someone can see; stage 2 changes are finished before the kernel goes on.
 */
export function openHost(host: HostState, io: Io): Session {
  const events: KernelEvent[] = []
  const signals: SignalDelivery[] = []
  const s: Session = {
    io,
    host,
    booted: host.booted,
    vms: host.vms,
    threads: host.threads,
    polls: host.polls,
    events,
    signals,
    restarted: new Set(),
    k: kernelOf(host.kernel, {
      now: io.now,
      readPhysical(hostPhysical, length) {
        const answer = io.ask(memoryRead, { hostPhysical, length })
        return isRefused(answer) ? undefined : answer.bytes
      },
      writePhysical: (hostPhysical, bytes) => io.command(memoryWrite, { hostPhysical, bytes }),
      invalidate(pid, virtual, length) {
        invalidateStage2(s, pid, virtual, length)
        invalidateTlb(s, pid, virtual, length)
      },
      signal(delivery) {
        signals.push(delivery)
        io.note(hostSignal, { ...delivery })
        deliverToVmm(s, delivery)
      },
      event(event) {
        events.push(event)
        noteEvent(io, event)
        if (event.type === 'step' && isStep(taskEnd, event)) endVmsOf(s, event.data.pid)
      }
    })
  }
  return s
}

/** What the kernel says, as the journal has it. */
function noteEvent(io: Io, event: KernelEvent): void {
  switch (event.type) {
    case 'printk':
      return io.note(hostPrintk, { ...event })
    case 'trace':
      return io.note(hostTrace, { ...event })
    case 'step':
      return io.note(hostStep, { ...event })
  }
}

export function closeHost(s: Session): HostState {
  returnToUser(s.k)
  return {
    booted: s.booted,
    halted: s.host.halted,
    kernel: stateOf(s.k),
    vms: s.vms,
    threads: s.threads,
    polls: s.polls,
    log: extendLog(s.host.log, s.events, s.signals, s.io.now)
  }
}

/**
 * MMU notifier: the part of each memory slot that the range of host virtual addresses covers leaves stage 2.
 *
 * Spec: Linux 6.1, virt/kvm/kvm_main.c, kvm_mmu_notifier_invalidate_range_start; arch/arm64/kvm/mmu.c, unmap_stage2_range.
 * Fidelity: exact for which range is unmapped; all VMs of the process are walked.
 */
function invalidateStage2(s: Session, pid: number, virtual: bigint, length: bigint): void {
  for (const vm of s.vms.values()) {
    if (vm.kvm.pid !== pid) continue
    for (const slot of vm.kvm.slots) {
      const start = virtual > slot.hostVirtual ? virtual : slot.hostVirtual
      const slotEnd = slot.hostVirtual + slot.length
      const end = virtual + length < slotEnd ? virtual + length : slotEnd
      if (start >= end) continue
      const guestPhysical = slot.guestPhysical + (start - slot.hostVirtual)
      s.io.command(stage2Unmap, { vm: vm.name, guestPhysical, length: end - start })
    }
  }
}

/** Threads of the process that hang in an access to the range go on; without any, nobody has to be told. */
function invalidateTlb(s: Session, pid: number, hostVirtual: bigint, length: bigint): void {
  const isThere = (address: bigint) => address >= hostVirtual && address < hostVirtual + length
  const hanging = [...s.threads.values()].some(({ current }) => current?.pid === pid && isThere(current.hostVirtual))
  if (!hanging) return
  const answer = s.io.ask(tlbInvalidate, { pid, hostVirtual, length })
  if (isRefused(answer)) return
  for (const tid of answer.restarted) s.restarted.add(tid)
}

/** A signal to a thread of a VMM goes to the VMM service; other processes have it in the host's own log. */
function deliverToVmm(s: Session, { pid, tid, info, forced, effect }: SignalDelivery): void {
  if (effect !== 'handler' && effect !== 'killed') return
  for (const vm of s.vms.values()) {
    if (vm.kvm.pid !== pid) continue
    s.io.send(signalDeliver, {
      vm: vm.name,
      pid,
      tid,
      signo: info.signo,
      code: info.code,
      codeName: (info.signo === SIGBUS ? SIGBUS_CODE_NAME.get(info.code) : undefined) ?? String(info.code),
      ...(info.address === undefined ? {} : { hostVirtual: info.address }),
      ...(info.addressLsb === undefined ? {} : { addressLsb: info.addressLsb }),
      forced,
      killed: effect === 'killed',
      siginfo: encodeSiginfo(info)
    })
  }
}

/**
 * A process that owned VMs is gone: its vCPUs run nowhere any more, stage 2 is torn down, and KVM forgets the VMs.
 *
 * Spec: Linux 6.1, kernel/exit.c, exit_mm, exit_files; virt/kvm/kvm_main.c, kvm_mmu_notifier_release, kvm_destroy_vm.
 * Fidelity: approximates. A vCPU is taken out of the guest at once; nobody else holds the VM's file descriptors.
 */
function endVmsOf(s: Session, pid: number): void {
  for (const vm of s.vms.values()) {
    if (vm.kvm.pid !== pid) continue
    s.vms = new Map([...s.vms].filter(([name]) => name !== vm.name))
    for (const vcpu of vm.vcpus) stopVcpu(s, vm.name, vcpu.state.index)
    for (const { guestPhysical, length } of vm.kvm.slots) {
      s.io.command(stage2Unmap, { vm: vm.name, guestPhysical, length })
    }
    s.io.send(guestDestroy, { vm: vm.name, because: `its process ${pid} has ended` })
  }
}

/** The vCPU is out of the guest: neither its kernel nor the PE goes on with what it had under way. */
export function stopVcpu(s: Session, vm: string, vcpu: number): void {
  s.io.send(vcpuStop, { vm, vcpu })
  s.io.ask(peHalt, { vm, vcpu })
}

export function putVm(s: Session, vm: HostVm): void {
  s.vms = new Map(s.vms).set(vm.name, vm)
}

export function changeVcpu(s: Session, name: string, index: number, change: Partial<HostVcpu>): void {
  const vm = s.vms.get(name)
  if (vm === undefined) return
  putVm(s, { ...vm, vcpus: vm.vcpus.map((vcpu, at) => (at === index ? { ...vcpu, ...change } : vcpu)) })
}
