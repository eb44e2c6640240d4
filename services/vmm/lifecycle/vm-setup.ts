import type { VmCreate } from '../../../shared/contracts/vmm.ts'
import { PROFILES } from '../profiles.ts'

export const DEFAULTS = {
  profile: 'reference',
  vcpus: 1,
  guestPhysical: 0x4000_0000n,
  length: 0x400_0000n,
  backing: 'anonymous',
  linux: '6.1',
  policyDeadlineMs: 500
} as const
/** The first VMM of a machine; those after it lie `APART` from each other. */
const FIRST = { pid: 4242, hostVirtual: 0xffff_8000_0000n } as const
const APART = { pid: 32, hostVirtual: 0x1_0000_0000n } as const

/** `vm.create` with every default filled in. */
export type VmSetup = ReturnType<typeof setupOf>

/** Fills in the defaults of a request; `ordinal` counts the VMs that the machine has had already. */
export function setupOf(request: VmCreate, ordinal: number) {
  return {
    ...DEFAULTS,
    pid: FIRST.pid + ordinal * APART.pid,
    hostVirtual: FIRST.hostVirtual + BigInt(ordinal) * APART.hostVirtual,
    ...request,
    mceKill: request.mceKill ?? PROFILES[request.profile ?? DEFAULTS.profile].mceKill,
    exposeException: request.exposeException ?? false,
    ras: request.ras ?? true,
    guest: { linux: DEFAULTS.linux, sei: false, firmware: true, ...request.guest }
  }
}
