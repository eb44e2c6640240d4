import { stateOf } from '../kernel/create.ts'
import type { Kernel, Platform, SignalDelivery } from '../kernel/state.ts'

/**
 * Runs kernel code and says whether it made a signal deliverable to this thread: one that a handler takes or that ends
 * the process. The signals go on to the platform as ever.
 */
export function watchSignals<T>(
  k: Kernel,
  pid: number,
  tid: number,
  body: (k: Kernel) => T
): { readonly result: T; readonly signalled: boolean } {
  let signalled = false
  const { platform } = k
  const watched: Platform = {
    get now() {
      return platform.now
    },
    readPhysical: (address, length) => platform.readPhysical(address, length),
    writePhysical: (address, bytes) => platform.writePhysical(address, bytes),
    invalidate: (owner, virtual, length) => platform.invalidate(owner, virtual, length),
    event: (event) => platform.event(event),
    signal(delivery) {
      signalled ||= ends(delivery, pid, tid)
      platform.signal(delivery)
    }
  }
  const copy: Kernel = { ...k, platform: watched }
  const result = body(copy)
  Object.assign(k, stateOf(copy))
  return { result, signalled }
}

/** A kill takes every thread of the process along. */
function ends({ pid, tid, effect }: SignalDelivery, ownPid: number, ownTid: number): boolean {
  return pid === ownPid && (effect === 'killed' || (effect === 'handler' && tid === ownTid))
}
