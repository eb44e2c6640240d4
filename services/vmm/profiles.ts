import type { Profile, ProfileName, SourceSetup, SourceSpec } from './profile.ts'

const SIGABRT = 6
const SIGBUS = 7

/** SPI 9, where QEMU's `virt` has its GED. */
const GED_INTID = 41

/** Ours: QEMU's two sources, a polled one so that a policy has the choice, and SEI for guests that know it. */
const REFERENCE_SOURCES = ({ sei }: SourceSetup): readonly SourceSpec[] => [
  { notify: 'SEA' },
  { notify: 'GPIO' },
  { notify: 'POLLED', pollIntervalMs: 1000 },
  ...(sei ? [{ notify: 'SEI' } as const] : [])
]

/**
 * Spec: QEMU 10.2 hw/acpi/ghes.c, acpi_build_hest; hw/arm/virt-acpi-build.c (hest_ghes_notify, hest_ghes_notify_10_1).
 * Fidelity: exact.
 */
const QEMU_SOURCES = ({ newMachineType }: SourceSetup): readonly SourceSpec[] => [
  { notify: 'SEA' },
  ...(newMachineType ? [{ notify: 'GPIO' } as const] : [])
]

/**
 * Ours: QEMU's memory layout and opt-in, patience where QEMU dies, and a polled source so that a policy has the choice.
 *
 * Spec: QEMU 10.2 hw/arm/virt.c (GED on SPI 9, INTID 41), system/cpus.c qemu_init_sigbus (early kill).
 * Fidelity: approximates. No VMM is shipped like this.
 */
const REFERENCE: Profile = {
  summary: 'asks a policy, waits for acknowledgements, never dies of a second signal',
  comm: 'vmm',
  asks: 'policy',
  defaultPolicy: undefined,
  mceKill: 'early',
  sigbus: 'handler',
  workersBlockSigbus: false,
  onSigbus: 'decide',
  onSecondSignal: 'count',
  onOtherSigbus: 're-raise',
  death: { signal: SIGBUS },
  sources: REFERENCE_SOURCES,
  oem: 'seabus',
  ghesPresent: 'always',
  newMachineTypes: false,
  record: 'extent',
  onUnacknowledged: 'retry',
  injectSeaBy: 'vcpu-events',
  errorIntid: GED_INTID,
  lists: 'extent',
  capabilities: [],
  onUnknownExit: 'stop',
  onSystemReset: 'leave',
  canReset: true,
  migration: 'guarded',
  qmp: { major: 10, minor: 2, micro: 0 },
  qmpInject: false
}

/**
 * QEMU's `virt`. Up to 10.1 RAS counts as there once it is configured; 10.2 waits for the guest's firmware.
 *
 * Spec: QEMU 10.0.13 and 10.2.50, target/arm/kvm.c, kvm_arch_on_sigbus_vcpu; accel/kvm/kvm-all.c, kvm_on_sigbus_vcpu;
 * system/cpus.c, sigbus_handler; hw/acpi/ghes.c; hw/arm/virt.c; migration/migration.c.
 * Fidelity: approximates. What the guest is told is the answer of a policy, by default one that answers as QEMU does; the
 * main thread's signalfd is a handler here.
 */
const QEMU_10_0: Profile = {
  ...REFERENCE,
  summary: 'QEMU 10.0 virt: one SEA source, an unacknowledged record ends in abort()',
  comm: 'qemu-system-aar',
  defaultPolicy: 'qemu',
  workersBlockSigbus: true,
  onSigbus: 'qemu',
  onSecondSignal: 're-raise',
  death: { signal: SIGABRT },
  sources: QEMU_SOURCES,
  oem: 'qemu',
  ghesPresent: 'configured',
  record: 'qemu',
  onUnacknowledged: 'die',
  injectSeaBy: 'registers',
  lists: 'page',
  qmp: { major: 10, minor: 0, micro: 13 },
  onSystemReset: 'restart'
}
const QEMU_10_2: Profile = {
  ...QEMU_10_0,
  summary: 'QEMU 10.2 virt: SEA and QMP sources found by walking the HEST, once guest firmware has said where it is',
  ghesPresent: 'written-back',
  newMachineTypes: true,
  qmp: { major: 10, minor: 2, micro: 0 },
  qmpInject: true
}
const QEMU_11_0: Profile = {
  ...QEMU_10_2,
  summary: 'QEMU 11.0 virt: as 10.2, but an unacknowledged record ends in exit(1)',
  death: { code: 1 },
  qmp: { major: 11, minor: 0, micro: 0 }
}

/**
 * A VMM that does not handle SIGBUS and gives its guest no HEST: the kernel's default action is all there is.
 *
 * Spec: kvmtool 2024-08, kvm-cpu.c, kvm_cpu__start, kvm_cpu__handle_exit.
 * Fidelity: exact for signals; devices are omitted.
 */
const KVMTOOL: Profile = {
  ...REFERENCE,
  summary: 'kvmtool: no SIGBUS handler, no ACPI; the process dies of what the guest touches',
  comm: 'lkvm',
  asks: 'nobody',
  mceKill: 'default',
  sigbus: 'default',
  onSigbus: 'default-action',
  sources: () => [],
  errorIntid: undefined,
  qmp: undefined,
  canReset: false,
  migration: 'none'
}

/**
 * Spec: cloud-hypervisor 2026-08, vmm/src/lib.rs, vmm/src/cpu.rs; hypervisor/src/kvm/mod.rs, run.
 * Fidelity: exact for signals and exits; its GED is omitted, since no error device is behind it.
 */
const CLOUD_HYPERVISOR: Profile = {
  ...KVMTOOL,
  summary: 'cloud-hypervisor: no SIGBUS handler, ACPI without a HEST; the process dies of what the guest touches',
  comm: 'cloud-hyperviso',
  onSystemReset: 'restart',
  canReset: true,
  migration: 'unguarded'
}

/**
 * Spec: firecracker 2026-08, src/vmm/src/signal_handler.rs; src/vmm/src/lib.rs, FcExitCode::SIGBUS.
 * Fidelity: exact for signals.
 */
const FIRECRACKER: Profile = {
  ...KVMTOOL,
  summary: 'firecracker: a SIGBUS handler that counts, flushes and leaves with exit code 149, whatever it was',
  comm: 'firecracker',
  sigbus: 'handler',
  onSigbus: 'exit',
  death: { code: 149 }
}

/**
 * Spec: crosvm 2026-08, hypervisor/src/kvm/mod.rs, run (panic on an unknown exit reason).
 * Fidelity: approximates. Its device processes are omitted; that a panic ends in abort() is not confirmed.
 */
const CROSVM: Profile = {
  ...KVMTOOL,
  summary: 'crosvm: no SIGBUS handler, and an exit reason it does not know is a panic',
  comm: 'crosvm',
  onUnknownExit: 'panic'
}

/**
 * A user of KVM_CAP_ARM_SEA_TO_USER as its documentation recommends one. It did not opt in to early kill.
 *
 * Spec: Linux 7.3.4, Documentation/virt/kvm/api.rst, KVM_EXIT_ARM_SEA; tools/testing/selftests/kvm/arm64/sea_to_user.c.
 * Fidelity: approximates. No VMM ships this; what the selftest asserts is decided by a policy here.
 */
const SEA_EXIT: Profile = {
  ...REFERENCE,
  summary: 'a user of KVM_EXIT_ARM_SEA: what the host does not claim comes here and goes back as an abort',
  comm: 'sea-exit',
  defaultPolicy: 'sea-exit',
  mceKill: 'default',
  capabilities: ['KVM_CAP_ARM_SEA_TO_USER'],
  migration: 'unguarded'
}

/** VMMs by name; a new one is a row here. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  reference: REFERENCE,
  'qemu-10.0': QEMU_10_0,
  'qemu-10.2': QEMU_10_2,
  'qemu-11.0': QEMU_11_0,
  kvmtool: KVMTOOL,
  'cloud-hypervisor': CLOUD_HYPERVISOR,
  firecracker: FIRECRACKER,
  crosvm: CROSVM,
  'sea-exit': SEA_EXIT
}
