import { hex } from '../../formats/hex.ts'
import { ghesBlockUnreadable, ghesNoRecord, ghesValidated } from '../../contracts/notes/kernel-steps-apei.ts'
import {
  decodeErrorStatusHeader,
  ERROR_STATUS_HEADER_SIZE,
  type ErrorStatusHeader
} from '../../formats/error-status-block.ts'
import { apeiRead } from './apei-read.ts'
import { EIO, ENOENT } from '../kernel/errno.ts'
import { cperEstatusCheck, cperEstatusCheckHeader, estatusLength, type Estatus } from '../cper/estatus.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'
import { printkRatelimited } from '../kernel/ratelimit.ts'

/** What a read of a source came to: `block` is the address to clear, 0 when there is nothing to clear. */
export type GhesRead =
  | { readonly rc: 0; readonly block: bigint; readonly estatus: Estatus }
  | { readonly rc: number; readonly block: bigint; readonly estatus?: undefined }
export type GhesPeek =
  | { readonly rc: 0; readonly block: bigint; readonly header: ErrorStatusHeader }
  | { readonly rc: number; readonly block: 0n; readonly header?: undefined }

const nothing = (rc: number): GhesPeek => ({ rc, block: 0n })

/**
 * __ghes_peek_estatus(): the register holds the address of the block, a Block Status of 0 means that there is no
 * record.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_peek_estatus.
 * Fidelity: exact where memory answers; a block where nothing answers counts as unreadable, where the kernel would take
 * an external abort.
 */
export function ghesPeekEstatus(k: Kernel, source: Ghes): GhesPeek {
  const { sourceId } = source
  const block = apeiRead(k, source.errorStatusAddress)
  if (block === undefined) {
    printkRatelimited(
      k,
      '__ghes_peek_estatus',
      'address',
      `[Firmware Warn]: GHES: Failed to read error status block address for hardware error source: ${sourceId}.`
    )
    return nothing(-EIO)
  }
  if (block === 0n) {
    stepEvent(k, ghesNoRecord, { source: sourceId, why: 'block address 0' })
    return nothing(-ENOENT)
  }
  const bytes = k.platform.readPhysical(block, ERROR_STATUS_HEADER_SIZE)
  if (bytes === undefined) {
    stepEvent(k, ghesBlockUnreadable, { source: sourceId, block: hex(block) })
    return nothing(-EIO)
  }
  const header = decodeErrorStatusHeader(bytes)
  if (header.blockStatus === 0) {
    stepEvent(k, ghesNoRecord, { source: sourceId, why: 'block status 0' })
    return nothing(-ENOENT)
  }
  return { rc: 0, block, header }
}

/**
 * __ghes_check_estatus(): whether the lengths of the header are in order, checked one after the other, each with its
 * line.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_check_estatus.
 * Fidelity: exact.
 */
export function ghesCheckEstatus(k: Kernel, source: Ghes, header: ErrorStatusHeader): boolean {
  const length = estatusLength(header)
  const fault =
    length < ERROR_STATUS_HEADER_SIZE
      ? 'Truncated error status block!'
      : length > source.errorBlockLength
        ? 'Invalid error status block length!'
        : cperEstatusCheckHeader(header)
          ? undefined
          : 'Invalid CPER header!'
  if (fault === undefined) return true
  printkRatelimited(k, '__ghes_check_estatus', fault, `[Firmware Warn]: GHES: ${fault}`)
  return false
}

/**
 * __ghes_read_estatus(): copies the block and walks its sections; undefined when they do not add up.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_read_estatus.
 * Fidelity: exact.
 */
export function ghesCopyEstatus(k: Kernel, source: Ghes, block: bigint, length: number): Estatus | undefined {
  const bytes = k.platform.readPhysical(block, length)
  const estatus = bytes === undefined ? undefined : cperEstatusCheck(bytes)
  if (estatus === undefined) {
    printkRatelimited(k, '__ghes_read_estatus', 'check', '[Firmware Warn]: GHES: Failed to read error status block!')
    return undefined
  }
  stepEvent(k, ghesValidated, {
    source: source.sourceId,
    block: hex(block),
    length,
    sections: estatus.sections.length,
    severity: estatus.header.severity
  })
  return estatus
}

/**
 * ghes_read_estatus(): peek, check, copy.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_read_estatus.
 * Fidelity: exact.
 */
export function ghesReadEstatus(k: Kernel, source: Ghes): GhesRead {
  const { rc, block, header } = ghesPeekEstatus(k, source)
  if (header === undefined) return { rc, block }
  if (!ghesCheckEstatus(k, source, header)) return { rc: -EIO, block }
  const estatus = ghesCopyEstatus(k, source, block, estatusLength(header))
  return estatus === undefined ? { rc: -EIO, block } : { rc: 0, block, estatus }
}
