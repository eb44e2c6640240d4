import { cloudHypervisor } from './cloud-hypervisor.ts'
import { crosvm } from './crosvm.ts'
import { firecracker } from './firecracker.ts'
import { interrupt } from './interrupt.ts'
import { kvmtool } from './kvmtool.ts'
import { mirror } from './mirror.ts'
import { morse } from './morse.ts'
import { poll } from './poll.ts'
import { qemu } from './qemu.ts'
import type { Policy } from './rule.ts'
import { seaExit } from './sea-exit.ts'
import { sei } from './sei.ts'

/** The built-in policies by name; a new one is a file of rules and a row here. */
export const POLICIES: ReadonlyMap<string, Policy> = new Map([
  ['morse', morse],
  ['mirror', mirror],
  ['sei', sei],
  ['interrupt', interrupt],
  ['poll', poll],
  ['qemu', qemu],
  ['kvmtool', kvmtool],
  ['cloud-hypervisor', cloudHypervisor],
  ['crosvm', crosvm],
  ['firecracker', firecracker],
  ['sea-exit', seaExit]
])

export const DEFAULT_POLICY = 'morse'
