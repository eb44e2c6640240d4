import { labHest, labMemory, putRecord, SOURCE } from '../../lab/sources.ts'
import { ERROR_DATA_ENTRY_REVISION } from '../../shared/formats/error-data-entry.ts'
import { encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeMemorySection } from '../../shared/formats/memory-section.ts'
import { readMemory, writeMemory } from '../../shared/sparse/memory.ts'
import { ghesPoll } from '../../shared/linux/apei/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/apei/ghes-probe.ts'
import { createKernel, kernelOf } from '../../shared/linux/kernel/create.ts'
import { KWORKER } from '../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import { cpuMicros } from '../cpu.ts'
import type { Result, Scale } from '../figure.ts'

const RECORDS = { full: { warmUp: 20_000, measured: 50_000 }, quick: { warmUp: 5000, measured: 10_000 } } as const

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

/** CPU microseconds that a new kernel takes for so many records. */
function poll(count: number): number {
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
  const records = Array.from({ length: count }, (_, index) => recordOf(BigInt(index) << 12n))
  const begun = cpuMicros()
  for (const record of records) {
    firmware = putRecord(firmware, SOURCE.POLLED, record)
    ghesPoll(k, SOURCE.POLLED)
    runMemoryFailureWork(k, 0, KWORKER)
  }
  const micros = cpuMicros() - begun
  if (k.hwpoison.size !== count) throw new Error(`${k.hwpoison.size} of ${count} pages are poisoned`)
  return micros
}

export async function run(scale: Scale): Promise<Result> {
  const { warmUp, measured } = RECORDS[scale]
  const begun = performance.now()
  poll(warmUp)
  const seconds = (performance.now() - begun) / 1000
  return {
    figures: [{ name: 'polled records', unit: 'records/s a core', value: (measured / poll(measured)) * 1e6 }],
    warmUps: [{ what: 'a kernel of its own', count: warmUp, of: 'records', seconds }],
    notes: [`${measured} records.`]
  }
}
