import type { Static } from 'typebox'
import { hestRead } from '../../shared/contracts/firmware.ts'
import type { hostBoot } from '../../shared/contracts/host-kernel.ts'
import { isRefused, type Io } from '../../shared/model/io.ts'
import { optionsOf } from '../../shared/linux/kernel/config.ts'
import { frameFault } from '../../shared/linux/mm/check-mappings.ts'
import { bertInit } from '../../shared/linux/apei/bert.ts'
import { probeGhes } from '../../shared/linux/apei/ghes-probe.ts'
import { runKworker } from './apei.ts'
import { beginPolling } from './poll.ts'
import type { Session } from './session.ts'
import { DEFAULT_MEMORY, newHost, type HostState } from './state.ts'

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
  data.frames?.forEach(({ start, end }, index) => {
    const fault = frameFault({ start, end }, data.memory ?? DEFAULT_MEMORY)
    if (fault !== undefined) io.refuse(fault.code, fault.detail, `/frames/${index}/${fault.part}`)
  })
  return newHost({
    version: data.linux ?? '6.1',
    ...(data.memory === undefined ? {} : { memory: data.memory }),
    ...(data.frames === undefined ? {} : { frames: data.frames }),
    options: {
      ...(data.ras === undefined ? {} : { ras: data.ras }),
      ...(data.sei === undefined ? {} : { sei: data.sei }),
      ...(data.pageSize === undefined ? {} : { pageSize: data.pageSize }),
      ...(data.syncWinner === undefined ? {} : { syncWinner: data.syncWinner }),
      ...optionsOf(data.config)
    }
  })
}

/** Reads the HEST that firmware left, probes each source in its order and begins to poll the polled ones; what was kept of the boot before is printed. */
export function boot(s: Session): void {
  s.booted = true
  const hest = s.io.ask(hestRead, {})
  probeGhes(s.k, isRefused(hest) ? undefined : hest.table)
  runKworker(s)
  if (!isRefused(hest) && s.k.panic === undefined) bertInit(s.k, hest.bert)
  beginPolling(s)
}
