import { Type, type Static } from 'typebox'
import {
  closed,
  named,
  Containment,
  Done,
  ErrorException,
  Interrupted,
  Pid,
  RasRecord,
  Severity,
  VcpuIndex,
  VmName,
  INTERRUPTED_EXAMPLE
} from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** Everything the hardware layer accepts: PEs, poisoned lines, stage 2, routing, the patrol scrubber. */
const M = '/v1/machines/:machine'

/** MIDR_EL1 of every PE: a Neoverse N1 r4p1, as in the recordings of real kernels. */
export const MIDR_EL1 = 0x414f_d0c1n

/**
 * An error comes into being. `signalled` says how consuming it surfaces on the PE; `interrupt` means that only the
 * node's fault handling interrupt tells of it, at once (a patrol scrubber found it, nobody consumed anything).
 *
 * Spec: Arm DDI 0587 (RAS), error detection and containment.
 * Fidelity: approximates. One error a cache line; the class is chosen by whoever injects, not derived.
 */
export const errorInject = message({
  type: 'error.inject',
  to: 'hardware',
  method: 'POST',
  path: `${M}/errors`,
  summary: 'An error by physical address',
  description:
    'Planted, nothing more, unless it is signalled by interrupt: then error.interrupt goes to firmware at once. What the line does to whoever touches it comes with memory.access.',
  data: closed({
    kind: Type.Enum(['memory', 'cache', 'tlb', 'bus']),
    hostPhysical: U64,
    signalled: Type.Union([ErrorException, Type.Literal('interrupt')]),
    containment: Containment,
    severity: Severity,
    addressValid: Type.Optional(Type.Boolean({ default: true, description: 'false: the record has no address (S24)' })),
    storesDefer: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'a store raises nothing: it goes into the poisoned line, and the node tells of a deferred error'
      })
    ),
    iss: Type.Optional(
      Type.Unsafe<bigint>({
        ...U64,
        description:
          'ESR_ELx.ISS of the SError, 25 bits, instead of the AET of its containment: bit 24 IDS and 24 implementation defined bits, or 13 IESB, 12:10 AET, 9 EA, 5:0 DFSC'
      })
    ),
    reportsCorrected: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'a corrected error is taken as an SError all the same, with AET CE; the data are good'
      })
    )
  }),
  example: {
    kind: 'memory',
    hostPhysical: '0x48001000',
    signalled: 'SError',
    containment: 'UER',
    severity: 'recoverable'
  }
})
export type ErrorInject = Static<typeof errorInject.data>

export const addressDecode = message({
  type: 'address.decode',
  to: 'hardware',
  method: 'GET',
  path: `${M}/addresses/:hostPhysical`,
  summary: 'What the system address decoder has at an address: RAM, or nothing',
  data: closed({ hostPhysical: U64 }),
  reply: closed({ ram: Type.Boolean() }),
  example: { hostPhysical: '0x48001000' }
})

export const memoryAccess = message({
  type: 'memory.access',
  to: 'hardware',
  method: 'POST',
  path: `${M}/accesses`,
  summary: 'A load, store or fetch by a vCPU (physical = IPA, goes through stage 2) or by a host process',
  description:
    'The access is executed and stays under way until it has completed. Of a vCPU, stage 2 of its VM is walked first: not mapped, exception.take goes to the host kernel (stage-2-fault, el 2, far = virtual, guestPhysical = the page, ESR_EL2 0x92000007 for a load). A poisoned line: exception.take with the record of the RAS node goes to whom the routing says, firmware (el 3) on a new machine. Else access.complete goes to the guest, or for a process to the host kernel. All of interrupted is this message as it came.',
  data: Interrupted,
  example: INTERRUPTED_EXAMPLE
})

/** Whose access an exception return resumes. */
const Resumed = named('Resumed', {
  vm: Type.Optional(VmName),
  vcpu: Type.Optional(VcpuIndex),
  pid: Type.Optional(Pid),
  tid: Type.Optional(Pid)
})
/** The context that was interrupted, as an exception return names it. */
export function resumed({ vm, vcpu, pid, tid }: Interrupted): Static<typeof Resumed> {
  if (vm !== undefined) return vcpu === undefined ? { vm } : { vm, vcpu }
  return { ...(pid === undefined ? {} : { pid }), ...(tid === undefined ? {} : { tid }) }
}
export const exceptionReturn = message({
  type: 'exception.return',
  to: 'hardware',
  method: 'POST',
  path: `${M}/exception-returns`,
  summary: 'ERET to the interrupted instruction, which executes again; answered when the return has happened',
  description:
    'The access that is under way there is executed again, and what it meets is taken again. The very same exception is taken at moments that grow apart (after 0.1, 0.2, 0.5, 1 ms ... 1, 2, 3 s ... ), at once when stage 2, the line or the routing has changed.',
  data: closed({
    ...Resumed.properties,
    // EL3 has written ESR_EL1 and FAR_EL1 of a guest and returns into its vector for an abort.
    injected: Type.Optional(closed({ esr: U64, far: Type.Optional(U64) }))
  }),
  reply: Done,
  example: { vm: 'vm0', vcpu: 0 }
})

export const peHalt = message({
  type: 'pe.halt',
  to: 'hardware',
  method: 'POST',
  path: `${M}/halts`,
  summary: 'PEs are taken off an access that waits to take its exception again: of a vCPU, a thread, or all',
  description:
    'A vCPU has left the guest, its guest has gone on elsewhere, or (nobody named) the machine has stopped. An exception that is on its way is not called back.',
  data: Resumed,
  reply: closed({ halted: Type.Array(Type.String(), { description: 'contexts that had one: `vm0/vcpu0`' }) }),
  example: { vm: 'vm0', vcpu: 0 }
})

export const stage2Map = message({
  type: 'stage2.map',
  to: 'hardware',
  method: 'POST',
  path: `${M}/vms/:vm/stage2/maps`,
  summary: 'KVM maps a range of IPA; answered when translations are visible',
  description: 'Whole pages of 4 KiB. An access that waits to take its exception again is executed at once.',
  data: closed({ vm: VmName, guestPhysical: U64, hostPhysical: U64, length: U64 }),
  reply: Done,
  example: { guestPhysical: '0x40001000', hostPhysical: '0x48001000', length: '0x1000' }
})
export const stage2Unmap = message({
  type: 'stage2.unmap',
  to: 'hardware',
  method: 'POST',
  path: `${M}/vms/:vm/stage2/unmaps`,
  summary: 'KVM takes a range of IPA out of stage 2; answered after the TLB invalidation, as a DSB would',
  description:
    'Whole pages of 4 KiB; what is not mapped is fine. An access that waits to take its exception again is executed at once: now it is a stage 2 fault.',
  data: closed({ vm: VmName, guestPhysical: U64, length: U64 }),
  reply: Done,
  example: { guestPhysical: '0x40001000', length: '0x1000' }
})

export const tlbInvalidate = message({
  type: 'tlb.invalidate',
  to: 'hardware',
  method: 'POST',
  path: `${M}/tlb-invalidations`,
  summary:
    "Stage 1 of a host process has changed: threads that re-take an abort there walk anew, in the kernel's own tables",
  data: closed({ pid: Pid, hostVirtual: U64, length: U64 }),
  reply: closed({ restarted: Type.Array(Pid, { description: 'threads whose access is over and starts again' }) }),
  example: { pid: 119, hostVirtual: '0xffff9a801000', length: '0x1000' }
})

export const routingSet = message({
  type: 'routing.set',
  to: 'hardware',
  method: 'PUT',
  path: `${M}/routing`,
  summary: 'Who takes external aborts and SErrors: SCR_EL3.EA, then HCR_EL2.TEA and .AMO',
  data: closed({ scrEl3Ea: Type.Boolean(), hcrEl2Tea: Type.Boolean(), hcrEl2Amo: Type.Boolean() }),
  example: { scrEl3Ea: true, hcrEl2Tea: true, hcrEl2Amo: true }
})

export const memoryMap = message({
  type: 'memory.map',
  to: 'hardware',
  method: 'PUT',
  path: `${M}/memory`,
  summary: 'The RAM of the machine, as ranges [start, end)',
  data: closed({ ranges: Type.Array(closed({ start: U64, end: U64 }), { minItems: 1, maxItems: 64 }) }),
  example: { ranges: [{ start: '0x40000000', end: '0x80000000' }] }
})

export const lineRepair = message({
  type: 'line.repair',
  to: 'hardware',
  method: 'POST',
  path: `${M}/repairs`,
  summary: 'The line at this address holds good data again (post package repair, overwritten as a whole)',
  data: closed({ hostPhysical: U64 }),
  example: { hostPhysical: '0x48001000' }
})

export const patrolScrub = message({
  type: 'patrol.scrub',
  to: 'hardware',
  method: 'POST',
  path: `${M}/scrubs`,
  summary: 'The patrol scrubber walks a range and reports each poisoned line by fault handling interrupt',
  data: closed({ start: U64, end: U64 }),
  example: { start: '0x40000000', end: '0x80000000' }
})

export const HARDWARE_ACCEPTS = [
  errorInject,
  addressDecode,
  memoryAccess,
  exceptionReturn,
  peHalt,
  stage2Map,
  stage2Unmap,
  tlbInvalidate,
  routingSet,
  memoryMap,
  lineRepair,
  patrolScrub
]

/** What hardware tells firmware when a node raises its fault handling interrupt. */
export const ErrorInterrupt = closed({ record: RasRecord })
