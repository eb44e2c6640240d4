import { kvmVcpuInit } from '../../../shared/contracts/kvm.ts'
import type { Io } from '../../../shared/model/io.ts'
import { guestHest, hardwareErrorsBlob } from '../telling/error-sources.ts'
import { ioctl, resume, setRegister, writeGuest } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'

/**
 * What guest firmware leaves in memory at every boot: the status blocks, all acknowledged and empty, and the HEST, whose
 * address (or that of the blocks, for old machine types) it writes back. Undefined when the guest did not take them.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, acpi_ghes_add_fw_cfg, build_ghes_error_table; hw/arm/virt.c, virt_acpi_build_update.
 * Fidelity: approximates. The VMM writes on behalf of the guest's firmware, and at addresses of its own choice.
 */
export function installTables(vm: Vm, io: Io): Vm | undefined {
  const blob = vm.sources[0]?.pointer
  if (blob === undefined || vm.hest === undefined) return vm
  const { oem } = PROFILES[vm.profile]
  const written =
    writeGuest(io, vm.name, blob, hardwareErrorsBlob(vm.sources)) &&
    writeGuest(io, vm.name, vm.hest, guestHest(vm.sources, oem))
  if (!written) return undefined
  return { ...vm, ghesAddress: vm.machineType === 'virt-10.1' ? blob : vm.hest }
}

/** Entry of the guest kernel from the start of its RAM, and the PSTATE it starts with: EL1h, DAIF masked. */
const KERNEL_OFFSET = 0x8_0000n
const RESET_PSTATE = 0x3c5n
/** Where a Linux kernel has its vectors; it would set this itself while it boots. */
const KERNEL_VECTORS = 0xffff_8000_0801_0800n

/**
 * Registers a guest kernel starts with. Its model does not run instructions, so what it would write is written here.
 *
 * Spec: Linux 6.1, Documentation/arm64/booting.rst; arch/arm64/kernel/head.S, __primary_switched (VBAR_EL1).
 * Fidelity: approximates. Vectors are in place from the first instruction, and every vCPU starts at once.
 */
export function setRegisters({ name, vcpus, slots }: Vm, io: Io): boolean {
  const entry = (slots[0]?.guestPhysical ?? 0n) + KERNEL_OFFSET
  return vcpus.every(
    (_, vcpu) =>
      setRegister(io, name, vcpu, 'pc', entry) &&
      setRegister(io, name, vcpu, 'pstate', RESET_PSTATE) &&
      setRegister(io, name, vcpu, 'vbar_el1', KERNEL_VECTORS)
  )
}

/** KVM_ARM_VCPU_INIT of every vCPU: nothing of before is pending any more. */
export function initVcpus({ name, vcpus }: Vm, io: Io): boolean {
  return vcpus.every((_, vcpu) => ioctl(io, name, kvmVcpuInit, { vm: name, vcpu }))
}

/** The guest kernel runs on every vCPU. */
export function run(vm: Vm, io: Io): Vm {
  return vm.vcpus.reduce<Vm>((running, _, index) => resume(running, index, io), { ...vm, started: true })
}
