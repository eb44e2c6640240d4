import { encodeDataAbort, encodeInstructionAbort, type AccessSyndrome } from '../shared/formats/esr-abort.ts'
import type { GuestAbort } from '../shared/linux/kvm/guest-abort.ts'
import type { Stage2Mapping } from '../shared/linux/kvm/exit.ts'

/** An access that did not complete. `el` is who takes the abort: the hypervisor, or the guest itself. */
export interface Trap {
  readonly el: 1 | 2
  readonly abort: GuestAbort
}

export interface BusSetup {
  /** HCR_EL2.TEA works: external aborts of the guest go to EL2. */
  readonly routesAborts: boolean
  /** Whether an access to this physical address is answered with an external abort. */
  readonly fails: (physical: bigint) => boolean
  /** The 8 bytes at a physical address. */
  readonly contents: (physical: bigint) => bigint
}

type Kind = 'load' | 'store' | 'fetch'

const PAGE_MASK = ~0xfffn
const FSC_TRANSLATION = 0x04
const FSC_PERMISSION_LEVEL_3 = 0x0f
const FSC_EXTERNAL_ABORT = 0x10

/**
 * The memory behind a guest whose MMU is off: addresses are IPAs, stage 2 translates them with 4 KiB pages from level 1,
 * and what answers may be an external abort.
 *
 * Spec: Arm DDI 0487 J.a, D8.2 (stage 2 translation), ESR_EL2 ISS of data and instruction aborts.
 * Fidelity: approximates; the fault level follows from which pages are mapped, as KVM frees empty tables.
 */
export function createGuestBus({ routesAborts, fails, contents }: BusSetup) {
  const stage2 = new Map<bigint, { hostPhysical: bigint; writable: boolean }>()
  const written = new Map<bigint, bigint>()
  let trap: Trap | undefined

  /** Physical address; undefined after a trap. */
  function access(kind: Kind, address: bigint, fromEl0: boolean, syndrome?: AccessSyndrome): bigint | undefined {
    const entry = stage2.get(address & PAGE_MASK)
    const wnr = kind === 'store'
    const stage2Fault = (fsc: number) => {
      const esr = kind === 'fetch' ? instructionAbort(true, fsc) : dataAbort(true, fsc, wnr, syndrome)
      trap = { el: 2, abort: { esr, far: address, guestPhysical: address } }
      return undefined
    }
    if (entry === undefined) return stage2Fault(FSC_TRANSLATION + faultLevel(address))
    if (wnr && !entry.writable) return stage2Fault(FSC_PERMISSION_LEVEL_3)
    const physical = entry.hostPhysical | (address & ~PAGE_MASK)
    if (!fails(physical)) return physical
    const lowerEl = routesAborts || fromEl0
    const esr =
      kind === 'fetch' ? instructionAbort(lowerEl, FSC_EXTERNAL_ABORT) : dataAbort(lowerEl, FSC_EXTERNAL_ABORT, wnr)
    trap = { el: routesAborts ? 2 : 1, abort: { esr, far: address } }
    return undefined
  }

  /** The level of the first table without an entry. */
  function faultLevel(address: bigint): number {
    let level = 1
    for (const page of stage2.keys()) {
      if (page >> 21n === address >> 21n) return 3
      if (page >> 30n === address >> 30n) level = 2
    }
    return level
  }

  return {
    load(address: bigint, fromEl0: boolean, syndrome?: AccessSyndrome): bigint | undefined {
      const physical = access('load', address, fromEl0, syndrome)
      return physical === undefined ? undefined : (written.get(physical) ?? contents(physical))
    },
    store(address: bigint, value: bigint, fromEl0: boolean, syndrome?: AccessSyndrome): boolean {
      const physical = access('store', address, fromEl0, syndrome)
      if (physical === undefined) return false
      written.set(physical, value)
      return true
    },
    fetch: (address: bigint, fromEl0: boolean) => access('fetch', address, fromEl0) !== undefined,
    map({ guestPhysical, hostPhysical, writable }: Stage2Mapping) {
      stage2.set(guestPhysical, { hostPhysical, writable })
    },
    unmap(guestPhysical: bigint, length: bigint) {
      for (const page of stage2.keys()) {
        if (page >= guestPhysical && page < guestPhysical + length) stage2.delete(page)
      }
    },
    /** The trap of the access that has just not completed. */
    takeTrap(): Trap {
      if (trap === undefined) throw new Error('the access completed')
      const taken = trap
      trap = undefined
      return taken
    }
  }
}

function dataAbort(lowerEl: boolean, fsc: number, wnr: boolean, access?: AccessSyndrome): bigint {
  return encodeDataAbort({ lowerEl, fsc, wnr, ...(access === undefined ? {} : { access }) })
}

function instructionAbort(lowerEl: boolean, fsc: number): bigint {
  return encodeInstructionAbort({ lowerEl, fsc })
}
