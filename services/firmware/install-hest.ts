import type { HestInstalled } from '../../shared/contracts/firmware.ts'
import { NOTIFICATIONS } from '../../shared/contracts/common.ts'
import { ACPI_HEADER_SIZE, LENGTH_OFFSET } from '../../shared/formats/acpi-table.ts'
import { readText, viewOf } from '../../shared/formats/bytes.ts'
import { FormatError, requireBytes } from '../../shared/formats/format-error.ts'
import { ghesSources, HEST_SIGNATURE, walkHest } from '../../shared/formats/hest.ts'
import { hestIgnored } from '../../shared/linux/apei/hest-ignored.ts'
import { hestVerdict } from '../../shared/linux/apei/hest-verdict.ts'
import { readMemory, sparseMemory } from '../../shared/sparse/memory.ts'
import { isServed, placeSources, type Placed } from './place-sources.ts'
import { relocateHest } from './relocate-hest.ts'
import { writeWord } from './shared-memory.ts'
import { CARVE_OUT, DEFAULT_CHOICE, DEFAULT_PROFILE, type FirmwareState } from './state.ts'

/** A table that this firmware does not take; the message says why. */
export class HestRefused extends Error {
  readonly code: 'table-malformed' | 'address-outside-memory'
  constructor(detail: string, code: HestRefused['code'] = 'table-malformed') {
    super(detail)
    this.code = code
  }
}

export interface HowToInstall {
  readonly relocate?: boolean
  readonly verbatim?: boolean
  readonly linux?: HestInstalled['linux']['version']
}

export interface Installed {
  readonly state: FirmwareState
  readonly report: HestInstalled
}

/**
 * Serves a table: gives its sources their status blocks and fills their cells. Pointer cells point at the blocks, read-ack
 * registers say that nothing waits. Refused are bytes that no reader can walk as a HEST, and a source that Linux would
 * use in memory that is not there; with `verbatim` nothing is. All else is the OS's to judge, and the report has what it
 * says.
 *
 * Spec: ACPI 6.5, 18.3.2.7 (Error Status Address holds the address of the block), 18.3.2.8 (Read Ack Register).
 * Fidelity: approximates. Sources that are no GHES are carried in the table, not served.
 */
export function installHest(bytes: Uint8Array, { relocate, verbatim, linux = '6.1' }: HowToInstall = {}): Installed {
  if (verbatim !== true) requireHest(bytes)
  const table = relocate === true && bytes.length >= ACPI_HEADER_SIZE + 4 ? relocateHest(bytes) : bytes
  const placed = placeSources(ghesSources(table))
  const sources = placed.filter(isServed)
  const memory = sources.reduce(
    (filled, { pointer, pointerBytes, statusBlock, readAck }) => {
      const pointed = writeWord(filled, pointer, statusBlock, pointerBytes)
      return readAck === undefined ? pointed : writeWord(pointed, readAck.register, readAck.acknowledged, readAck.bytes)
    },
    sparseMemory(CARVE_OUT.start, CARVE_OUT.end)
  )
  const state: FirmwareState = {
    table,
    sources,
    memory,
    choice: DEFAULT_CHOICE,
    profile: DEFAULT_PROFILE,
    queues: {},
    unanswered: [],
    sdeiMasked: false,
    watched: [],
    panicked: undefined
  }
  const report = reportOf(state, placed, linux)
  if (verbatim !== true) requireServed(report)
  return { state, report }
}

/** What Linux makes of the table, and where firmware has put each source. */
function reportOf(
  { table, memory }: FirmwareState,
  placed: readonly Placed[],
  version: HestInstalled['linux']['version']
): HestInstalled {
  const { hest, log, sources } = hestVerdict(table, (address, length) => readMemory(memory, address, length), version)
  return {
    sources: sources.map(({ source, state, reason }, index) => ({
      sourceId: source.sourceId,
      type: source.type,
      notify: NOTIFICATIONS[source.notification.type] ?? 'reserved',
      ...placeOf(placed[index]),
      linux: state,
      ...(reason === undefined ? {} : { reason })
    })),
    linux: { version, hest, log: [...log] },
    ignored: hestIgnored(table).map((one) => ({ ...one }))
  }
}

function placeOf(placed: Placed | undefined) {
  if (placed === undefined) return { served: false }
  if (!isServed(placed)) return { served: false, because: placed.unserved }
  const { statusBlock, readAck } = placed
  return { served: true, statusBlock, ...(readAck?.doorbell === true ? { doorbell: true } : {}) }
}

function requireServed({ sources }: HestInstalled): void {
  const lost = sources.find(({ served, linux }) => !served && linux === 'armed')
  if (lost === undefined) return
  throw new HestRefused(
    `source ${lost.sourceId}: ${lost.because ?? ''} (relocate=true moves cells there, verbatim=true leaves the source unserved)`,
    'address-outside-memory'
  )
}

/** The table can be walked: it is a HEST, all there, and each source that the count names lies within it. */
function requireHest(bytes: Uint8Array): void {
  try {
    requireBytes(bytes, 0, ACPI_HEADER_SIZE + 4, 'a HEST')
    const signature = readText(bytes, 0, HEST_SIGNATURE.length)
    if (signature !== HEST_SIGNATURE)
      throw new FormatError(`the signature is ${HEST_SIGNATURE}`, 0, JSON.stringify(signature))
    const length = viewOf(bytes).getUint32(LENGTH_OFFSET)
    requireBytes(bytes, 0, length, 'Length: the ACPI table')
    for (const { offset, type, size, fits } of walkHest(bytes)) {
      if (size === undefined) throw new FormatError('an error source is of a known type', offset, `${type}`)
      if (!fits) throw new FormatError('an error source lies within the table', offset, `type ${type}`)
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new HestRefused(`${error.message} (verbatim=true takes any bytes)`)
  }
}
