import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { keptAt, unsaid, writeKept, type Kept, type Said, type Unsaid } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const SIGINFO_SIZE = 128

export const SIGABRT = 6
export const SIGBUS = 7
export const SIGKILL = 9
export const SIGSEGV = 11

/** Codes of SIGBUS. */
export const BUS_ADRALN = 1
export const BUS_ADRERR = 2
export const BUS_OBJERR = 3
/** Action required: the thread touched the damaged memory. */
export const BUS_MCEERR_AR = 4
/** Action optional: memory was found damaged before anyone touched it. */
export const BUS_MCEERR_AO = 5
/** Codes of SIGSEGV. */
export const SEGV_MAPERR = 1
export const SEGV_ACCERR = 2
export const SEGV_MTESERR = 9

/** Sent by the kernel without a fault code; there is no address. */
export const SI_KERNEL = 0x80

/** What si_code of a SIGBUS is called. */
export const SIGBUS_CODE_NAME: ReadonlyMap<number, string> = new Map([
  [BUS_ADRALN, 'BUS_ADRALN'],
  [BUS_ADRERR, 'BUS_ADRERR'],
  [BUS_OBJERR, 'BUS_OBJERR'],
  [BUS_MCEERR_AR, 'BUS_MCEERR_AR'],
  [BUS_MCEERR_AO, 'BUS_MCEERR_AO'],
  [SI_KERNEL, 'SI_KERNEL']
])

/** What each of these says, as siginfo.h has it. */
export const SIGBUS_CODE_MEANS: Readonly<Record<string, string>> = {
  BUS_ADRALN: 'invalid address alignment',
  BUS_ADRERR: 'nonexistent physical address',
  BUS_OBJERR: 'hardware error specific to an object',
  BUS_MCEERR_AR: 'action required: the thread touched the damaged memory',
  BUS_MCEERR_AO: 'action optional: memory was found damaged before anyone touched it',
  SI_KERNEL: 'sent by the kernel without a fault code; there is no address'
}

export const SIGINFO_LAYOUT = {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  address: [16, 'u64'],
  addressLsb: [24, 'i16']
} as const satisfies Layout
const OFFSET = offsetsOf(SIGINFO_LAYOUT)

const ALWAYS: readonly Said[] = [[OFFSET.signo, 12]]
const ADDRESS: Said = [OFFSET.address, 8]
/** What a siginfo_t holds beside its fields: without an address, with one, and with its extent too. */
const UNSAID = {
  plain: unsaid(SIGINFO_SIZE, ALWAYS),
  address: unsaid(SIGINFO_SIZE, [...ALWAYS, ADDRESS]),
  addressLsb: unsaid(SIGINFO_SIZE, [...ALWAYS, ADDRESS, [OFFSET.addressLsb, 2]])
} as const

function unsaidOf(signo: number, code: number): Unsaid {
  if (hasAddressLsb(signo, code)) return UNSAID.addressLsb
  return hasAddress(signo, code) ? UNSAID.address : UNSAID.plain
}

/**
 * siginfo_t of a 64-bit kernel as a memory error fills it. `address` (si_addr, a virtual address of the receiver) is
 * there only with a fault code; `addressLsb` (si_addr_lsb, log2 of the damaged extent) only with BUS_MCEERR_*.
 *
 * Spec: Linux 6.1, include/uapi/asm-generic/siginfo.h; kernel/signal.c, siginfo_layout.
 * Fidelity: omits the union members of other signals: they are among the kept bytes.
 */
export interface Siginfo {
  readonly signo: number
  /** si_errno, 0 when left out. */
  readonly errno?: number
  readonly code: number
  readonly address?: bigint
  readonly addressLsb?: number
  /** Padding, and members of the union that the code does not select. */
  readonly kept?: readonly Kept[]
}

/** Whether si_addr means something: a fault signal with a fault code (1 to 127; SI_USER is 0, SI_QUEUE and kin negative). */
export function hasAddress(signo: number, code: number): boolean {
  return (signo === SIGBUS || signo === SIGSEGV) && code > 0 && code < SI_KERNEL
}

/** Whether si_addr_lsb means something. */
export function hasAddressLsb(signo: number, code: number): boolean {
  return signo === SIGBUS && (code === BUS_MCEERR_AR || code === BUS_MCEERR_AO)
}

/** Throws FormatError when there are fewer than 128 bytes. */
export function decodeSiginfo(bytes: Uint8Array): Siginfo {
  requireBytes(bytes, 0, SIGINFO_SIZE, 'a siginfo_t')
  const view = viewOf(bytes)
  const signo = view.getInt32(OFFSET.signo)
  const errno = view.getInt32(OFFSET.errno)
  const code = view.getInt32(OFFSET.code)
  const kept = keptAt(bytes, 0, unsaidOf(signo, code))
  return {
    signo,
    ...(errno !== 0 ? { errno } : {}),
    code,
    ...(hasAddress(signo, code) ? { address: view.getBigUint64(OFFSET.address) } : {}),
    ...(hasAddressLsb(signo, code) ? { addressLsb: view.getInt16(OFFSET.addressLsb) } : {}),
    ...(kept === undefined ? {} : { kept })
  }
}

/** 128 bytes; throws FormatError when a field is given that the code does not have, or lacks one that it has. */
export function encodeSiginfo(info: Siginfo): Uint8Array {
  const { signo, code, address, addressLsb } = info
  if ((address !== undefined) !== hasAddress(signo, code)) {
    throw new FormatError('si_addr goes with a fault code, and only with one', OFFSET.address, `si_code ${code}`)
  }
  if ((addressLsb !== undefined) !== hasAddressLsb(signo, code)) {
    throw new FormatError('si_addr_lsb goes with BUS_MCEERR_*, and only with it', OFFSET.addressLsb, `si_code ${code}`)
  }
  const bytes = new Uint8Array(SIGINFO_SIZE)
  const view = viewOf(bytes)
  writeKept(bytes, 0, SIGINFO_SIZE, info.kept)
  view.setInt32(OFFSET.signo, signo)
  view.setInt32(OFFSET.errno, info.errno ?? 0)
  view.setInt32(OFFSET.code, code)
  if (address !== undefined) {
    requireFits(address, 64, OFFSET.address, 'si_addr')
    view.setBigUint64(OFFSET.address, address)
  }
  if (addressLsb !== undefined) {
    if (addressLsb !== (addressLsb << 16) >> 16) {
      throw new FormatError('si_addr_lsb is a signed 16-bit value', OFFSET.addressLsb, `${addressLsb}`)
    }
    view.setInt16(OFFSET.addressLsb, addressLsb)
  }
  return bytes
}
