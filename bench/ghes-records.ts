/** Error records a second through the kernel model: a polled source, distinct records, from the block to memory_failure(). */
import { labHest, labMemory, putRecord, SOURCE } from '../lab/sources.ts'
import { ERROR_DATA_ENTRY_REVISION } from '../shared/formats/error-data-entry.ts'
import { encodeErrorStatusBlock } from '../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../shared/formats/guid.ts'
import { encodeMemorySection } from '../shared/formats/memory-section.ts'
import { readMemory, writeMemory } from '../shared/formats/sparse-memory.ts'
import { ghesPoll } from '../shared/linux/apei/ghes-poll.ts'
import { probeGhes } from '../shared/linux/apei/ghes-probe.ts'
import { createKernel, kernelOf } from '../shared/linux/kernel/create.ts'
import { KWORKER } from '../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../shared/linux/mm/memory-failure-queue.ts'

const RECORDS = 50_000

function recordOf(physicalAddress: bigint): Uint8Array {
  const payload = encodeMemorySection({ physicalAddress })
  const entry = {
    sectionType: SECTION_TYPE.platformMemory,
    severity: 0,
    revision: ERROR_DATA_ENTRY_REVISION.v3,
    flags: 0
  }
  return encodeErrorStatusBlock({ blockStatus: 1, severity: 0, entries: [{ ...entry, payload }] })
}

let firmware = labMemory()
const k = kernelOf(createKernel({ memory: [{ start: 0n, end: 1n << 40n }] }), {
  now: 0,
  readPhysical: (address, length) => readMemory(firmware, address, length),
  writePhysical: (address, bytes) => void (firmware = writeMemory(firmware, address, bytes) ?? firmware),
  invalidate: () => undefined,
  signal: () => undefined,
  event: () => undefined
})
probeGhes(k, labHest())

const records = Array.from({ length: RECORDS }, (_, index) => recordOf(BigInt(index) << 12n))
const begun = performance.now()
for (const record of records) {
  firmware = putRecord(firmware, SOURCE.POLLED, record)
  ghesPoll(k, SOURCE.POLLED)
  runMemoryFailureWork(k, 0, KWORKER)
}
const seconds = (performance.now() - begun) / 1000
if (k.hwpoison.size !== RECORDS) throw new Error(`${k.hwpoison.size} of ${RECORDS} pages are poisoned`)
process.stdout.write(
  `polled records: ${Math.round(RECORDS / seconds)} records/s through ghes_proc() and memory_failure()\n`
)
