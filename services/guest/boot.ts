import { probeGhes } from '../../shared/linux/apei/ghes-probe.ts'
import { KWORKER } from '../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import { beginPolling } from './poll.ts'
import type { Session } from './session.ts'

/** Length of an ACPI table, in its header. */
const TABLE_LENGTH_OFFSET = 4n

/** The guest kernel boots: finds its HEST, probes every source and begins to poll the polled ones. */
export function boot(s: Session): void {
  s.booted = true
  const table = s.guest.hestAddress === undefined ? undefined : readTable(s, s.guest.hestAddress)
  probeGhes(s.k, table)
  runMemoryFailureWork(s.k, 0, KWORKER)
  beginPolling(s)
}

function readTable(s: Session, address: bigint): Uint8Array | undefined {
  const length = s.k.platform.readPhysical(address + TABLE_LENGTH_OFFSET, 4)
  if (length === undefined) return undefined
  return s.k.platform.readPhysical(address, new DataView(length.buffer, length.byteOffset).getUint32(0, true))
}
