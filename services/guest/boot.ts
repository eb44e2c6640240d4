import { ghesPoll, nextPollDelayNs } from '../../shared/linux/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/ghes-probe.ts'
import { KWORKER } from '../../shared/linux/kernel.ts'
import { runMemoryFailureWork } from '../../shared/linux/memory-failure-queue.ts'
import type { Session } from './session.ts'

const POLLED = 0

/** Length of an ACPI table, in its header. */
const TABLE_LENGTH_OFFSET = 4n

/** The guest kernel boots: finds its HEST, probes every source and arms the timers of the polled ones. */
export function boot(s: Session): void {
  s.booted = true
  const table = s.guest.hestAddress === undefined ? undefined : readTable(s, s.guest.hestAddress)
  probeGhes(s.k, table)
  runMemoryFailureWork(s.k, 0, KWORKER)
  for (const source of s.k.ghes) {
    if (source.state === 'armed' && source.notify === POLLED) armPoll(s, source.sourceId)
  }
}

function readTable(s: Session, address: bigint): Uint8Array | undefined {
  const length = s.k.platform.readPhysical(address + TABLE_LENGTH_OFFSET, 4)
  if (length === undefined) return undefined
  return s.k.platform.readPhysical(address, new DataView(length.buffer, length.byteOffset).getUint32(0, true))
}

function armPoll(s: Session, sourceId: number): void {
  const source = s.k.ghes.find((one) => one.sourceId === sourceId)
  if (source === undefined) return
  const delay = nextPollDelayNs(s.k, source, 0)
  if (delay !== undefined) s.io.timer(delay, 'ghes.poll', { vm: s.vm, source: sourceId, start: s.guest.start })
}

/** The kernel's own timer looks at a polled source, and is armed again. */
export function poll(s: Session, sourceId: number): void {
  ghesPoll(s.k, sourceId)
  runMemoryFailureWork(s.k, 0, KWORKER)
  if (s.k.panic === undefined) armPoll(s, sourceId)
}
