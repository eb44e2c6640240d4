import { encodeTimestamp } from '../../formats/timestamp.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

/** bcd2bin() of one byte of the timestamp word, which need not be two decimal digits. */
function bcdByte(word: bigint, index: number): string {
  const byte = Number((word >> BigInt(8 * index)) & 0xffn)
  return ((byte & 0xf) + (byte >> 4) * 10).toString().padStart(2, '0')
}

/**
 * cper_print_tstamp(): bytes are seconds, minutes, hours, precise, day, month, year, century.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_tstamp.
 * Fidelity: exact.
 */
export function cperPrintTimestamp(k: Kernel, prefix: string, word: bigint): void {
  const [seconds, minutes, hours, , day, month, year, century] = Array.from({ length: 8 }, (_, i) => bcdByte(word, i))
  const precise = ((word >> 24n) & 1n) === 1n ? 'precise ' : 'imprecise '
  printk(k, `${prefix}${precise}tstamp: ${century}${year}-${month}-${day} ${hours}:${minutes}:${seconds}`)
}

const TSTAMP = /^\s*(imprecise |precise )?tstamp: (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\s*$/

/** The word that is printed so, undefined for another line. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = TSTAMP.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(2).map(Number)
  return encodeTimestamp({ year, month, day, hours, minutes, seconds, precise: match[1] === 'precise ' })
}
