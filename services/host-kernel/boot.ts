import type { Static } from 'typebox'
import type { hostBoot } from '../../shared/contracts/host-kernel.ts'
import { ghesPoll, nextPollDelayNs } from '../../shared/linux/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/ghes-probe.ts'
import { runKworker } from './apei.ts'
import type { Session } from './session.ts'
import { newHost, type HostState } from './state.ts'

const POLLED = 0

/** A kernel as `host.boot` asks for it: everything it had before is gone. */
export function rebooted(data: Static<typeof hostBoot.data>): HostState {
  return newHost({
    version: data.linux ?? '6.1',
    ...(data.memory === undefined ? {} : { memory: data.memory }),
    options: {
      ...(data.ras === undefined ? {} : { ras: data.ras }),
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
