import { SECTION_TYPE } from '../shared/formats/guid.ts'
import { armErrInfoAt, firstErrInfo } from '../shared/linux/cper/cper-arm-err.ts'
import { memErrOf } from '../shared/linux/cper/cper-mem-err.ts'
import { cperEstatusCheck, type Estatus, type EstatusSection } from '../shared/linux/cper/estatus.ts'

function addressOf(estatus: Estatus, section: EstatusSection): bigint | undefined {
  switch (section.entry.sectionType) {
    case SECTION_TYPE.platformMemory:
      return memErrOf(estatus, section).physicalAddress
    case SECTION_TYPE.processorArm:
      return armErrInfoAt(estatus, firstErrInfo(section)).physicalFaultAddress
    default:
      return undefined
  }
}

/** Start of the page that a record is about: what an input without a process says of it all the same. */
export function pageOfRecord(record: Uint8Array | undefined): bigint | undefined {
  const estatus = record === undefined ? undefined : cperEstatusCheck(record)
  for (const section of estatus?.sections ?? []) {
    const address = estatus === undefined ? undefined : addressOf(estatus, section)
    if (address !== undefined) return address & ~0xfffn
  }
  return undefined
}
