import { ghesArmed } from '../../contracts/notes/kernel-steps-apei.ts'
import { ACPI_HEADER_SIZE } from '../../formats/acpi-table.ts'
import { ERROR_STATUS_HEADER_SIZE } from '../../formats/error-status-block.ts'
import type { GhesSource } from '../../formats/ghes-source.ts'
import { SDEI_SOFTWARE_SIGNALLED_EVENT } from '../../formats/sdei.ts'
import { HEST_SIGNATURE } from '../../formats/hest.ts'
import { acpiGetTable } from './acpi-get-table.ts'
import { apeiCheckGar } from './apei-check-gar.ts'
import { apeiRead } from './apei-read.ts'
import { EINVAL, EIO } from '../kernel/errno.ts'
import { ghesProc } from './ghes-proc.ts'
import { parseHest } from './hest.ts'
import type { Context, Ghes, Kernel } from '../kernel/state.ts'
import { notificationHandling, type NotificationHandling } from './notification-types.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

const GHES_ESTATUS_MAX_SIZE = 65536
const GHES_ESOURCE_PREALLOC_MAX_SIZE = 65536
/** Room for the cache of printed records: six of 512 bytes. */
const ESTATUS_CACHE_BYTES = 3072
/** A HEST is at least its header and the number of sources. */
const HEST_MINIMUM = ACPI_HEADER_SIZE + 4

/** The task that boots the kernel; it has no mm yet. */
const BOOT: Context = { pid: undefined, tid: 1, comm: 'swapper/0', cpu: 0 }

interface Failure {
  readonly errno: number
  /** Line in the log, where the kernel says why. */
  readonly line?: string
}

/** ghes_new(): both registers must be usable. */
function checkRegisters({ readAck, errorStatusAddress }: GhesSource): Failure | undefined {
  for (const register of readAck === undefined ? [errorStatusAddress] : [readAck.register, errorStatusAddress]) {
    const check = apeiCheckGar(register)
    if (!check.ok) return { errno: EINVAL, line: check.line }
  }
  return undefined
}

function listen(k: Kernel, source: GhesSource, how: NotificationHandling): Failure | undefined {
  const { sourceId, notification } = source
  if ('refused' in how) return { errno: how.errno, line: how.refused(sourceId) }
  switch (how.listens) {
    case 'timer':
      if (notification.pollInterval === 0) {
        printk(k, `[Firmware Warn]: GHES: Poll interval is 0 for generic hardware error source: ${sourceId}, disabled.`)
      }
      return undefined
    case 'irq':
      if (k.options.mappedGsis.includes(notification.vector)) return undefined
      return {
        errno: EINVAL,
        line: `GHES: Failed to map GSI to IRQ for generic hardware error source: ${sourceId}`
      }
    case 'sdei':
      if (notification.vector === SDEI_SOFTWARE_SIGNALLED_EVENT) return { errno: EINVAL }
      return k.options.sdei ? undefined : { errno: EIO }
    case 'hed':
    case 'sea':
    case 'sei':
      return undefined
  }
}

function probeFailure(k: Kernel, source: GhesSource, how: NotificationHandling): Failure | undefined {
  const { sourceId, errorStatusBlockLength: length } = source
  if ('refused' in how) return listen(k, source, how)
  if (length < ERROR_STATUS_HEADER_SIZE) {
    const line = `[Firmware Bug]: GHES: Invalid error block length: ${length} for generic hardware error source: ${sourceId}`
    return { errno: EIO, line }
  }
  const registers = checkRegisters(source)
  if (registers !== undefined) return registers
  if (length > GHES_ESTATUS_MAX_SIZE) {
    printk(
      k,
      `[Firmware Warn]: GHES: Error status block length is too long: ${length} ` +
        `for generic hardware error source: ${sourceId}.`
    )
  }
  return listen(k, source, how)
}

/**
 * ghes_probe(): accepts or refuses one source, and says in the log why it refuses.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_probe, ghes_new; drivers/base/dd.c, really_probe.
 * Fidelity: approximates: from 7.0 on a SEA source whose block address cannot be read at probe is kept and never has a
 * record.
 */
function probeSource(k: Kernel, source: GhesSource): Ghes {
  const { sourceId, notification } = source
  const how = notificationHandling(notification.type, k.options)
  const failure = probeFailure(k, source, how)
  const ghes: Ghes = {
    sourceId,
    type: source.type,
    notify: notification.type,
    vector: notification.vector,
    pollIntervalMs: notification.pollInterval,
    errorStatusAddress: source.errorStatusAddress,
    errorBlockLength: Math.min(source.errorStatusBlockLength, GHES_ESTATUS_MAX_SIZE),
    ...(source.readAck === undefined ? {} : { readAck: source.readAck }),
    state: 'armed'
  }
  if (failure === undefined) {
    stepEvent(k, ghesArmed, { source: sourceId, notify: notification.type })
    if (!('listens' in how) || how.listens !== 'sea' || !knob(k.version, 'seaBlockMappedAtProbe')) return ghes
    const mappedBlock = apeiRead(k, source.errorStatusAddress)
    return mappedBlock === undefined ? ghes : { ...ghes, mappedBlock }
  }
  const failed = knob(k.version, 'probeFailureNamesDriver')
    ? `GHES GHES.${sourceId}: probe with driver GHES failed with error -${failure.errno}`
    : `GHES: probe of GHES.${sourceId} failed with error -${failure.errno}`
  if (failure.line !== undefined) printk(k, failure.line)
  printk(k, failed)
  return { ...ghes, state: 'refused', reason: failure.line ?? failed }
}

/**
 * What a boot makes of the HEST: every enabled source is probed in the order of the table, and one record that waits in
 * it is processed at once, whatever its notification type. A source that fails does not touch the others. `bytes`
 * are the HEST, undefined when firmware gave none; the kernel's sources are replaced.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, acpi_ghes_init, ghes_probe; hest.c, acpi_hest_init.
 * Fidelity: omits WHEA _OSC, which is never granted.
 */
export function probeGhes(k: Kernel, bytes: Uint8Array | undefined, ctx: Context = BOOT): void {
  k.ghes = []
  const table = bytes === undefined ? undefined : acpiGetTable(k, bytes, HEST_SIGNATURE)
  if (table === undefined || table.length < HEST_MINIMUM) {
    k.hest = 'absent'
    return
  }
  const { hest, sources, count } = parseHest(k, table)
  k.hest = hest
  if (hest === 'disabled') return printk(k, 'GHES: HEST is not enabled!')
  const { pageSize } = k.options
  const pool = ESTATUS_CACHE_BYTES + GHES_ESOURCE_PREALLOC_MAX_SIZE * count
  k.estatusPoolBytes = Math.ceil(pool / pageSize) * pageSize
  for (const source of sources) {
    const ghes = probeSource(k, source)
    k.ghes = [...k.ghes, ghes]
    if (ghes.state === 'armed') ghesProc(k, ghes, ctx)
    if (k.panic !== undefined) return
  }
  printk(k, 'GHES: Failed to enable APEI firmware first mode.')
}
