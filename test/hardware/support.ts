import type { Interrupted } from '../../shared/contracts/common.ts'
import type { ErrorInject } from '../../shared/contracts/hardware.ts'
import type { Effect, Send } from '../../shared/model/step.ts'
import { hardwareModel } from '../../services/hardware/model.ts'
import type { HardwareState } from '../../services/hardware/state.ts'

export const LINE = 0x4800_1000n
export const IPA = 0x4000_1000n

export const MEMORY_ERROR: ErrorInject = {
  kind: 'memory',
  hostPhysical: LINE,
  signalled: 'SEA',
  containment: 'UER',
  severity: 'recoverable'
}

/** A load by user code of vCPU 0 from the page at IPA. */
export const GUEST_LOAD: Interrupted = {
  vm: 'vm0',
  vcpu: 0,
  el: 0,
  pc: 0x40_0c10n,
  pstate: 0n,
  access: 'load',
  virtual: 0xffff_8018n,
  physical: IPA + 0x18n
}

export const HOST_LOAD: Interrupted = {
  pid: 119,
  tid: 119,
  el: 0,
  pc: 0x40_0c10n,
  pstate: 0n,
  access: 'load',
  virtual: 0xffff_9a80_1018n,
  physical: LINE + 0x18n
}

export const MAP = { vm: 'vm0', guestPhysical: IPA, hostPhysical: LINE, length: 0x1000n }
export const UNMAP = { vm: 'vm0', guestPhysical: IPA, length: 0x1000n }

/** A machine's hardware, told one message after the other. */
export function machine() {
  let state = hardwareModel.initial('m0')
  let count = 0
  let time = 0
  const step = (type: string, data: unknown, from: 'outside' | 'timer'): readonly Effect[] => {
    const [next, effects] = hardwareModel.step(state, { id: `t-${++count}`, type, from, time, data })
    state = next
    return effects
  }
  const tell = (type: string, data: unknown) => step(type, data, 'outside')
  return {
    tell,
    /** The timer that some effects have set fires, when it is due. */
    fire(effects: readonly Effect[]): readonly Effect[] {
      const timer = effects.find((effect) => effect.kind === 'timer')
      if (timer === undefined) return []
      time += timer.afterNs
      return step(timer.type, timer.data, 'timer')
    },
    get time() {
      return time
    },
    get state(): HardwareState {
      return state.inner
    }
  }
}

/** What was sent, as receiver, type and data. */
export function sent(effects: readonly Effect[]) {
  return effects
    .filter((effect): effect is Send => effect.kind === 'send')
    .map(({ to, type, data }) => ({ to, type, data }))
}

/** `firmware exception.take` and so on. */
export function told(effects: readonly Effect[]): readonly string[] {
  return sent(effects).map(({ to, type }) => `${to} ${type}`)
}

export function refusal(effects: readonly Effect[]) {
  return effects.find((effect) => effect.kind === 'refusal')
}

export function notes(effects: readonly Effect[]): readonly string[] {
  return effects.filter((effect) => effect.kind === 'note').map(({ type }) => type)
}
