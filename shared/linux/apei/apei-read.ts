import { viewOf } from '../../formats/bytes.ts'
import { ADDRESS_SPACE, type GenericAddress } from '../../formats/generic-address.ts'
import { apeiCheckGar } from './apei-check-gar.ts'
import type { Kernel } from '../kernel/state.ts'

/** Bytes of an access, undefined when APEI would not or cannot access the register. */
function accessBytes(register: GenericAddress): 1 | 2 | 4 | 8 | undefined {
  const check = apeiCheckGar(register)
  if (!check.ok || register.space !== ADDRESS_SPACE.systemMemory) return undefined
  return (check.accessBits / 8) as 1 | 2 | 4 | 8
}

/**
 * apei_read(): the whole access, bit width and offset are not applied. Undefined when the register cannot be read.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/apei-base.c, apei_read.
 * Fidelity: omits registers in I/O space, which arm64 does not have: they count as unreadable.
 */
export function apeiRead(k: Kernel, register: GenericAddress): bigint | undefined {
  const size = accessBytes(register)
  const bytes = size === undefined ? undefined : k.platform.readPhysical(register.address, size)
  if (bytes === undefined) return undefined
  const view = viewOf(bytes)
  if (size === 8) return view.getBigUint64(0)
  return BigInt(size === 4 ? view.getUint32(0) : size === 2 ? view.getUint16(0) : view.getUint8(0))
}

/**
 * apei_write(): the low bits of `value`, as wide as the access.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/apei-base.c, apei_write.
 * Fidelity: omits registers in I/O space: the write is lost.
 */
export function apeiWrite(k: Kernel, register: GenericAddress, value: bigint): void {
  const size = accessBytes(register)
  if (size === undefined) return
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, value)
  k.platform.writePhysical(register.address, bytes.subarray(0, size))
}
