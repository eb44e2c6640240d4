import type { Notice } from '../caption.ts'

/** By what exceptions tell of an error. Addresses are as JSON has them. */

interface Taken {
  readonly exception: string
  readonly far?: string
  readonly guestPhysical?: string
  readonly interrupted: { readonly vm?: string }
  readonly record?: { readonly hostPhysical?: string }
}

/** An exception of the hardware, to firmware or to the host. The record of the RAS node says more than FAR does. */
export function exceptionNotice({ exception, far, guestPhysical, interrupted, record }: Taken): Notice {
  const space = interrupted.vm === undefined ? 'hostVirtual' : 'guestVirtual'
  const hostPhysical = record?.hostPhysical
  return { by: exception, at: hostPhysical === undefined ? { guestPhysical, [space]: far } : { hostPhysical } }
}

/** Of the vectors of an exception level, by offset within its group of four. */
const VECTOR_KIND = 0x180
const SERROR_VECTOR = 0x180
/** ESR_ELx.FnV: FAR is not valid. */
const FAR_NOT_VALID = 1n << 10n

/** An exception that KVM enters a guest with. An SError says no address. */
export function vectorNotice({
  vector,
  esr_el1,
  far_el1
}: {
  readonly vector: number
  readonly esr_el1: string
  readonly far_el1: string
}): Notice {
  if ((vector & VECTOR_KIND) === SERROR_VECTOR) return { by: 'SError' }
  return (BigInt(esr_el1) & FAR_NOT_VALID) === 0n ? { by: 'SEA', at: { guestVirtual: far_el1 } } : { by: 'SEA' }
}
