import { viewOf } from '../../../shared/formats/bytes.ts'
import { GHES_V2_SIZE, GHES_V2_TYPE } from '../../../shared/formats/ghes-source.ts'
import type { Io } from '../../../shared/model/io.ts'
import { readCell, readGuest } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import type { ErrorSource, Vm } from '../state.ts'

/** Where a record goes: the acknowledgement cell and the block. */
export interface Located {
  readonly readAck: bigint
  readonly block: bigint
}

/** The parts of a source, or the error that looking for them ends in. */
export function locateSource(vm: Vm, source: Pick<ErrorSource, 'source'>, io: Io): Located | string {
  if (PROFILES[vm.profile].oem !== 'qemu') return known(vm, source)
  if (vm.ghesAddress === undefined) return 'guest firmware has not told where the tables are'
  return vm.machineType === 'virt-10.2'
    ? walkHest(vm, vm.ghesAddress, source.source, io)
    : singleSource(vm, vm.ghesAddress, io)
}

/** The VMM remembers what it built. */
function known(vm: Vm, { source }: Pick<ErrorSource, 'source'>): Located | string {
  return vm.sources.find((candidate) => candidate.source === source) ?? `there is no source ${source}`
}

const CELL = 8n

/**
 * Old machine types: the blob of one source, whatever source was meant.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, get_hw_error_offsets.
 * Fidelity: exact.
 */
function singleSource({ name }: Vm, blob: bigint, io: Io): Located | string {
  const block = readCell(io, name, blob)
  return block === undefined ? 'etc/hardware_errors cannot be read' : { readAck: blob + CELL, block }
}

/** Offsets in the HEST and in a GHESv2. */
const HEST = { sourceCount: 36n, sources: 40n } as const
const GHES_V2 = { type: 0, sourceId: 2, errorStatusAddress: 24, readAck: 68 } as const

/**
 * New machine types: the HEST as it lies in guest memory, which is believed.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, get_ghes_source_offsets.
 * Fidelity: exact for what is followed and what is not checked; the error texts are paraphrased.
 */
function walkHest({ name }: Vm, hest: bigint, id: number, io: Io): Located | string {
  const count = readGuest(io, name, hest + HEST.sourceCount, 4)
  if (count === undefined) return 'the HEST cannot be read'
  for (let index = 0; index < viewOf(count).getUint32(0); index++) {
    const bytes = readGuest(io, name, hest + HEST.sources + BigInt(index * GHES_V2_SIZE), GHES_V2_SIZE)
    if (bytes === undefined) return 'the HEST cannot be read'
    const view = viewOf(bytes)
    const type = view.getUint16(GHES_V2.type)
    if (type !== GHES_V2_TYPE) return `HEST: type ${type} is not supported`
    if (view.getUint16(GHES_V2.sourceId) !== id) continue
    const block = readCell(io, name, view.getBigUint64(GHES_V2.errorStatusAddress))
    if (block === undefined) return `the pointer of source ${id} cannot be read`
    return { readAck: view.getBigUint64(GHES_V2.readAck), block }
  }
  return `HEST: source ${id} was not found`
}
