import { closed, SourceId } from '../../shared/contracts/common.ts'
import type { memoryChanged } from '../../shared/contracts/host-kernel.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { memoryWatch } from '../../shared/contracts/firmware.ts'
import { apeiRead } from '../../shared/linux/apei/apei-read.ts'
import { ghesPoll, isPolled, nextPollDelayNs, nextPollSince } from '../../shared/linux/apei/ghes-poll.ts'
import type { Ghes } from '../../shared/linux/kernel/state.ts'
import { isRefused } from '../../shared/model/io.ts'
import { timerType } from '../../shared/model/timer.ts'
import { runKworker } from './apei.ts'
import type { Session } from './session.ts'

/** The kernel's timer of a polled source. */
export const pollTimer = timerType('ghes.poll', closed({ source: SourceId }))
/** Which CPU's timer polls. */
const CPU = 0

/**
 * The kernel's timers for polled sources. The polls that would find nothing are left out: firmware is asked to say when
 * there is something (`memory.watch`), and the poll then comes when the timer would have fired. Firmware that does not
 * offer that is polled all the time.
 *
 * Spec: Linux 6.1, drivers/acpi/apei/ghes.c, ghes_poll_func, ghes_add_timer.
 * Fidelity: approximates: a status block that firmware moves while it is watched is noticed at its next poll only.
 */
export function beginPolling(s: Session): void {
  s.polls = new Map()
  for (const source of s.k.ghes) if (isPolled(source)) awaitRecord(s, source)
}

/** The timer fires: one look at the source, and on. */
export function poll(s: Session, { source: sourceId }: DataOf<typeof pollTimer>): void {
  const source = s.k.ghes.find((one) => one.sourceId === sourceId && isPolled(one))
  if (source === undefined) return
  ghesPoll(s.k, sourceId)
  runKworker(s)
  if (s.k.panic === undefined) awaitRecord(s, source)
}

/** There is something in a watched status block: its poll is due when the timer fires next. */
export function onMemoryChanged(s: Session, { hostPhysical }: DataOf<typeof memoryChanged>): void {
  for (const [sourceId, { last, watched }] of s.polls) {
    const source = s.k.ghes.find((one) => one.sourceId === sourceId)
    if (watched !== hostPhysical || source === undefined) continue
    s.polls = new Map(s.polls).set(sourceId, { last, watched: undefined })
    s.io.timer(nextPollSince(s.k, source, CPU, last), pollTimer, { source: sourceId })
  }
}

function awaitRecord(s: Session, source: Ghes): void {
  const { sourceId } = source
  const block = apeiRead(s.k, source.errorStatusAddress)
  const answer = block === undefined || block === 0n ? undefined : s.io.ask(memoryWatch, { hostPhysical: block })
  if (answer !== undefined && !isRefused(answer)) {
    s.polls = new Map(s.polls).set(sourceId, { last: s.io.now, watched: block })
    return
  }
  s.polls = new Map(s.polls).set(sourceId, { last: s.io.now, watched: undefined })
  const delay = nextPollDelayNs(s.k, source, CPU)
  const name = `host-kernel.poll.${sourceId}.${s.io.now}`
  if (delay !== undefined) s.io.timer(delay, pollTimer, { source: sourceId }, name)
}
