import {
  BUS_ADRALN,
  BUS_OBJERR,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SEGV_MTESERR,
  SI_KERNEL,
  SIGBUS,
  SIGKILL,
  SIGSEGV
} from '../../formats/siginfo.ts'
import { knob, type Version } from '../profile.ts'

/** Who handles an abort: the page fault code, the alignment and tag checks, do_sea(), or nobody (`bad`). */
export type FaultHandler = 'translation' | 'page' | 'alignment' | 'tag' | 'sea' | 'bad'

export interface FaultInfo {
  readonly handler: FaultHandler
  readonly signo: number
  readonly code: number
  readonly name: string
}

type Row = readonly [fsc: number, handler: FaultHandler, signo: number, code: number, name: string]

const OBJERR = [SIGBUS, BUS_OBJERR] as const
const KILL = [SIGKILL, SI_KERNEL] as const
const MAPERR = [SIGSEGV, SEGV_MAPERR] as const
const ACCERR = [SIGSEGV, SEGV_ACCERR] as const

const FAULT_INFO: readonly Row[] = [
  [0x00, 'bad', ...KILL, 'ttbr address size fault'],
  [0x01, 'bad', ...KILL, 'level 1 address size fault'],
  [0x02, 'bad', ...KILL, 'level 2 address size fault'],
  [0x03, 'bad', ...KILL, 'level 3 address size fault'],
  [0x04, 'translation', ...MAPERR, 'level 0 translation fault'],
  [0x05, 'translation', ...MAPERR, 'level 1 translation fault'],
  [0x06, 'translation', ...MAPERR, 'level 2 translation fault'],
  [0x07, 'translation', ...MAPERR, 'level 3 translation fault'],
  [0x09, 'page', ...ACCERR, 'level 1 access flag fault'],
  [0x0a, 'page', ...ACCERR, 'level 2 access flag fault'],
  [0x0b, 'page', ...ACCERR, 'level 3 access flag fault'],
  [0x0d, 'page', ...ACCERR, 'level 1 permission fault'],
  [0x0e, 'page', ...ACCERR, 'level 2 permission fault'],
  [0x0f, 'page', ...ACCERR, 'level 3 permission fault'],
  [0x10, 'sea', ...OBJERR, 'synchronous external abort'],
  [0x11, 'tag', SIGSEGV, SEGV_MTESERR, 'synchronous tag check fault'],
  [0x14, 'sea', ...KILL, 'level 0 (translation table walk)'],
  [0x15, 'sea', ...KILL, 'level 1 (translation table walk)'],
  [0x16, 'sea', ...KILL, 'level 2 (translation table walk)'],
  [0x17, 'sea', ...KILL, 'level 3 (translation table walk)'],
  [0x18, 'sea', ...OBJERR, 'synchronous parity or ECC error'],
  [0x1c, 'sea', ...KILL, 'level 0 synchronous parity error (translation table walk)'],
  [0x1d, 'sea', ...KILL, 'level 1 synchronous parity error (translation table walk)'],
  [0x1e, 'sea', ...KILL, 'level 2 synchronous parity error (translation table walk)'],
  [0x1f, 'sea', ...KILL, 'level 3 synchronous parity error (translation table walk)'],
  [0x21, 'alignment', SIGBUS, BUS_ADRALN, 'alignment fault'],
  [0x30, 'bad', ...KILL, 'TLB conflict abort'],
  [0x31, 'bad', ...KILL, 'Unsupported atomic hardware update fault'],
  [0x34, 'bad', ...KILL, 'implementation fault (lockdown abort)'],
  [0x35, 'bad', ...OBJERR, 'implementation fault (unsupported exclusive)'],
  [0x3d, 'bad', ...KILL, 'section domain fault'],
  [0x3e, 'bad', ...KILL, 'page domain fault']
]

/** Rows that a kernel without level -1 of the table walk has as unknown. */
const LEVEL_MINUS_ONE: readonly Row[] = [
  [0x13, 'sea', ...KILL, 'level -1 (translation table walk)'],
  [0x1b, 'sea', ...KILL, 'level -1 synchronous parity error (translation table walk)']
]

/**
 * fault_info[]: what an abort with this DFSC or IFSC means to the kernel, and the signal a user gets when nobody
 * resolves it. Codes that are not in the table are `bad` and end in SIGKILL.
 *
 * Spec: Linux 6.1.192, arch/arm64/mm/fault.c, fault_info; 6.12.117 for level -1.
 * Fidelity: exact for the codes that version has.
 */
export function faultInfo(version: Version, fsc: number): FaultInfo {
  const rows = knob(version, 'levelMinusOneSea') ? [...FAULT_INFO, ...LEVEL_MINUS_ONE] : FAULT_INFO
  const row = rows.find(([code]) => code === fsc)
  if (row === undefined) return { handler: 'bad', signo: SIGKILL, code: SI_KERNEL, name: `unknown ${fsc}` }
  const [, handler, signo, code, name] = row
  return { handler, signo, code, name }
}
