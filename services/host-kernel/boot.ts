import type { Static } from 'typebox'
import type { hostBoot } from '../../shared/contracts/host-kernel.ts'
import type { Io } from '../../shared/kit/procedure.ts'
import { ghesPoll, nextPollDelayNs } from '../../shared/linux/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/ghes-probe.ts'
import { runKworker } from './apei.ts'
import type { Session } from './session.ts'
import { newHost, type HostState } from './state.ts'

const POLLED = 0

const PAGE = 0x1000n

/** A kernel as `host.boot` asks for it: everything it had before is gone. Refuses memory that cannot be. */
export function rebooted(data: Static<typeof hostBoot.data>, io: Io): HostState {
  data.memory?.forEach(({ start, end }, index, ranges) => {
    const field = `/memory/${index}`
    if (start % PAGE !== 0n || end % PAGE !== 0n) io.refuse('range-invalid', 'RAM comes in whole 4 KiB pages', field)
    if (start >= end) io.refuse('range-invalid', 'a range ends behind its start', field)
    const other = ranges.findIndex((range, at) => at < index && range.start < end && start < range.end)
    if (other !== -1) io.refuse('range-invalid', `the range overlaps range ${other}`, field)
  })
  return newHost({
    version: data.linux ?? '6.1',
    ...(data.memory === undefined ? {} : { memory: data.memory }),
    options: {
      ...(data.ras === undefined ? {} : { ras: data.ras }),
      ...(data.pageSize === undefined ? {} : { pageSize: data.pageSize }),
      ...(data.syncWinner === undefined ? {} : { syncWinner: data.syncWinner })
    }
  })
}

/** Reads the HEST that firmware left, probes each source in its order and arms the timers of the polled ones. */
export function boot(s: Session): void {
  s.booted = true
  const { table } = s.io.ask('firmware', 'hest.read', {}) as { table?: Uint8Array }
  probeGhes(s.k, table)
  runKworker(s)
  for (const { state, notify, sourceId } of s.k.ghes) {
    if (state === 'armed' && notify === POLLED) armPoll(s, sourceId)
  }
}

function armPoll(s: Session, sourceId: number): void {
  const source = s.k.ghes.find((one) => one.sourceId === sourceId)
  const delay = source === undefined ? undefined : nextPollDelayNs(s.k, source, 0)
  if (delay !== undefined) s.io.timer(delay, 'ghes.poll', { source: sourceId })
}

export function poll(s: Session, sourceId: number): void {
  ghesPoll(s.k, sourceId)
  runKworker(s)
  if (s.k.panic === undefined) armPoll(s, sourceId)
}
