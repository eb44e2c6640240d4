import type { PolicyName } from '../../shared/contracts/policy.ts'
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

const BUILT_IN: Readonly<Record<PolicyName, Policy>> = {
  morse,
  mirror,
  sei,
  interrupt,
  poll,
  qemu,
  kvmtool,
  'cloud-hypervisor': cloudHypervisor,
  crosvm,
  firecracker,
  'sea-exit': seaExit
}

/** The built-in policies by name; a new one is a file of rules, a name in the contract and a row here. */
export const POLICIES: ReadonlyMap<string, Policy> = new Map(Object.entries(BUILT_IN))

export const DEFAULT_POLICY: PolicyName = 'morse'
