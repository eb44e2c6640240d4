import { hex } from '../../formats/hex.ts'
import { ACCESS_SIZE, ADDRESS_SPACE, type GenericAddress } from '../../formats/generic-address.ts'

export type GarCheck =
  { readonly ok: true; readonly accessBits: 8 | 16 | 32 | 64 } | { readonly ok: false; readonly line: string }

/**
 * apei_check_gar(): whether APEI can use a register, and how many bits it reads at once. A 32- or 64-bit register that
 * claims a narrower access is forgiven when it is aligned; an access size of 0 ("undefined") is not.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/apei-base.c, apei_check_gar.
 * Fidelity: exact.
 */
export function apeiCheckGar(register: GenericAddress): GarCheck {
  const { space, bitWidth, bitOffset, accessSize, address } = register
  const refuse = (what: string): GarCheck => ({
    ok: false,
    line:
      `[Firmware Bug]: APEI: Invalid ${what} in GAR ` +
      `[${hex(address)}/${bitWidth}/${bitOffset}/${accessSize}/${space}]`
  })
  if (address === 0n) return refuse('physical address')
  if (accessSize < ACCESS_SIZE.byte || accessSize > ACCESS_SIZE.qword) return refuse('access size code')
  let accessBits = (1 << (accessSize + 2)) as 8 | 16 | 32 | 64
  if (bitWidth === 32 && bitOffset === 0 && (address & 3n) === 0n && accessBits < 32) accessBits = 32
  else if (bitWidth === 64 && bitOffset === 0 && (address & 7n) === 0n && accessBits < 64) accessBits = 64
  if (bitWidth + bitOffset > accessBits) return refuse('bit width + offset')
  if (space !== ADDRESS_SPACE.systemMemory && space !== ADDRESS_SPACE.systemIo) return refuse('address space type')
  return { ok: true, accessBits }
}
