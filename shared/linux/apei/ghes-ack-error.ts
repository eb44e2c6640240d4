import { hex } from '../../formats/hex.ts'
import { ghesAckUnreadable, ghesAcknowledged } from '../../contracts/notes/kernel-steps-apei.ts'
import { apeiRead, apeiWrite } from './apei-read.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'

const U64 = 0xffffffff_ffffffffn

/**
 * ghes_ack_error(): tells the producer of a GHESv2 record that it may write the next one. Bits outside the preserve
 * mask are lost; a register that cannot be read is not written either.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_ack_error.
 * Fidelity: exact.
 */
export function ghesAckError(k: Kernel, source: Ghes): void {
  if (source.readAck === undefined) return
  const { register, preserve, write } = source.readAck
  const before = apeiRead(k, register)
  if (before === undefined) {
    stepEvent(k, ghesAckUnreadable, { source: source.sourceId, register: hex(register.address) })
    return
  }
  const shift = BigInt(register.bitOffset)
  const after = ((before & (preserve << shift)) | (write << shift)) & U64
  apeiWrite(k, register, after)
  stepEvent(k, ghesAcknowledged, { source: source.sourceId, before: hex(before), after: hex(after) })
}
