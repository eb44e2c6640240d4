import { hex } from '../../shared/formats/hex.ts'
import type { Interrupted } from '../../shared/contracts/common.ts'
import { errorAt, isPoison } from './error-lines.ts'
import { routeException, type Route } from './route-exception.ts'
import { walkStage2 } from './stage2.ts'
import { isRam, type HardwareState, type LineError } from './state.ts'

/** What executing an access ends in. */
export type Execution =
  | { readonly kind: 'complete'; readonly corrected: LineError | undefined; readonly deferred?: LineError }
  | { readonly kind: 'stage-2-fault'; readonly guestPhysical: bigint }
  | {
      readonly kind: 'SEA' | 'SError'
      readonly route: Route
      /** Absent when nothing answers at the address: no node has recorded anything. */
      readonly error: LineError | undefined
      readonly hostPhysical: bigint
    }

/**
 * Executes an access: stage 2, then memory. Nothing is changed by it.
 *
 * Spec: Arm DDI 0587 (RAS): poisoned data that a PE consumes raise an error exception; corrected data do not.
 * Fidelity: approximates. An access touches the one line that holds its address; caches are left out, so each execution
 * meets the error anew. Whether a store to a poisoned line raises or defers, and whether a corrected error is taken as an
 * SError with AET CE, are properties of the error, not of the PE.
 */
export function execute(state: HardwareState, access: Interrupted): Execution {
  const hostPhysical = access.vm === undefined ? access.physical : walkStage2(state, access.vm, access.physical)
  if (hostPhysical === undefined) return { kind: 'stage-2-fault', guestPhysical: access.physical }
  const error = isRam(state, hostPhysical) ? errorAt(state, hostPhysical) : undefined
  if (isRam(state, hostPhysical)) {
    if (error === undefined) return { kind: 'complete', corrected: undefined }
    if (!isPoison(error) && error.reportsCorrected !== true) return { kind: 'complete', corrected: error }
    if (access.access === 'store' && error.storesDefer) {
      return { kind: 'complete', corrected: undefined, deferred: error }
    }
  }
  const kind = error?.signalled ?? 'SEA'
  return { kind, route: routeException(state.routing, kind, access), error, hostPhysical }
}

/** Two executions with the same name met the same and took the same exception to the same level. */
export function executionName(execution: Execution): string | undefined {
  if (execution.kind === 'complete') return undefined
  if (execution.kind === 'stage-2-fault') return `stage 2 fault at ${hex(execution.guestPhysical)}`
  const { kind, route, error, hostPhysical } = execution
  const where = error?.hostPhysical ?? hostPhysical
  const klass = error === undefined ? 'no record' : `${error.containment} ${error.severity}`
  return `${kind} at ${hex(where)} to EL${route.el} (${klass})`
}
