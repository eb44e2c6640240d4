import { viewOf } from '../../formats/bytes.ts'

/** Words of struct aer_capability_regs. */
const WORD = { uncorStatus: 1, uncorMask: 2, uncorSeverity: 3, corStatus: 4, corMask: 5, headerLog: 7 } as const
const AER_REGISTERS_SIZE = 96
const HEADER_LOG_WORDS = 4

export interface AerRegisters {
  readonly uncorStatus: number
  readonly uncorMask: number
  readonly uncorSeverity: number
  readonly corStatus: number
  readonly corMask: number
  readonly headerLog: readonly number[]
}

/**
 * The AER registers as a PCIe section carries them.
 *
 * Spec: Linux 6.1.192, include/linux/aer.h, struct aer_capability_regs.
 * Fidelity: exact for the registers that are printed or traced.
 */
export function aerRegisters(aerInfo: Uint8Array): AerRegisters {
  const view = viewOf(aerInfo)
  const word = (index: number): number => view.getUint32(4 * index)
  return {
    uncorStatus: word(WORD.uncorStatus),
    uncorMask: word(WORD.uncorMask),
    uncorSeverity: word(WORD.uncorSeverity),
    corStatus: word(WORD.corStatus),
    corMask: word(WORD.corMask),
    headerLog: Array.from({ length: HEADER_LOG_WORDS }, (_, i) => word(WORD.headerLog + i))
  }
}

/** The same as bytes; what no line shows is zero. */
export function encodeAerRegisters({ headerLog = [], ...registers }: Partial<AerRegisters>): Uint8Array {
  const bytes = new Uint8Array(AER_REGISTERS_SIZE)
  const view = viewOf(bytes)
  for (const [name, value] of Object.entries(registers)) {
    view.setUint32(4 * WORD[name as Exclude<keyof typeof WORD, 'headerLog'>], value)
  }
  headerLog.forEach((word, index) => view.setUint32(4 * (WORD.headerLog + index), word))
  return bytes
}
