import { knob } from '../profile.ts'
import type { KernelState, Sysctl } from './state.ts'

type Has = (kernel: Pick<KernelState, 'version' | 'options'>) => boolean
const always: Has = () => true
const withMemoryFailure: Has = ({ options }) => options.memoryFailure

/** Which kernels have a sysctl; of those that depend on CONFIG_MEMORY_FAILURE, two came later than the others. */
const HAS: Readonly<Record<keyof Sysctl, Has>> = {
  memory_failure_early_kill: withMemoryFailure,
  memory_failure_recovery: withMemoryFailure,
  enable_soft_offline: (k) => withMemoryFailure(k) && knob(k.version, 'softOfflineSysctl'),
  panic_on_unrecoverable_memory_failure: (k) => withMemoryFailure(k) && knob(k.version, 'panicOnUnrecoverableSysctl'),
  panic_on_oops: always,
  panic: always
}

/** Those with a handler that knows a range: proc_dointvec_minmax() from 0 to 1. */
const ONE_OR_ZERO: ReadonlySet<keyof Sysctl> = new Set([
  'memory_failure_early_kill',
  'memory_failure_recovery',
  'enable_soft_offline',
  'panic_on_unrecoverable_memory_failure'
])

/**
 * Whether a sysctl takes a value, or a write of it is EINVAL.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, memory_failure_table; kernel/panic.c, kern_panic_table.
 * Fidelity: exact for numbers that are not negative.
 */
export const takesValue = (name: keyof Sysctl, value: number): boolean => value <= 1 || !ONE_OR_ZERO.has(name)

/**
 * Whether a kernel has a sysctl of the error path under /proc/sys.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, mm/memory-failure.c, memory_failure_table; kernel/panic.c, kern_panic_table.
 * Fidelity: exact for the sysctls listed.
 */
export function hasSysctl(kernel: Pick<KernelState, 'version' | 'options'>, name: keyof Sysctl): boolean {
  return HAS[name](kernel)
}
