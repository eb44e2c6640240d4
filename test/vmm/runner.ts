import type { Decision, Question } from '../../shared/contracts/policy.ts'
import type { Ask, Effect, Refusal, Send, Timer } from '../../shared/model/step.ts'
import { vmmModel } from '../../services/vmm/model.ts'
import type { Vm } from '../../services/vmm/state.ts'

/** Gives an answer that is not a decision, or none in time. */
export type FakePolicy = (question: Question) => unknown
export const SILENT = Symbol('the policy does not answer')

export interface Options {
  readonly policy?: FakePolicy
  /** An answer of the host or the guest that is not the usual one; undefined is the usual one. */
  readonly answer?: (ask: Ask) => unknown
}

export const SUCCESS = { ret: 0, errno: 0 }
export const HVA = 0xffff_8000_0000n
export const GPA = 0x4000_0000n
/** Where the parts lie in a VM made by default. */
export const HEST = 0x43d9_0000n
export const BLOB = 0x43da_0000n
export const ACK = { sea: BLOB + 24n, gpio: BLOB + 32n, polled: BLOB + 40n } as const
export const BLOCK = { sea: BLOB + 48n, gpio: BLOB + 48n + 1024n, polled: BLOB + 48n + 2048n } as const
export const PC = 0x40_0c10n

/** Registers of a vCPU whose guest is at EL0. */
export const REGISTERS: Readonly<Record<string, bigint>> = {
  pc: PC,
  pstate: 0x6000_0000n,
  vbar_el1: 0xffff_8000_0801_0800n,
  sctlr_el1: 0x00c5_0078n
}

export const ignore: Decision = { action: 'ignore', because: 'the test says so' }

/** The VMM with neighbours made of this file: guest memory is bytes, ioctls succeed, the policy is given. */
export class Runner {
  readonly effects: Effect[] = []
  readonly questions: Question[] = []
  readonly #memory = new Map<bigint, number>()
  readonly #options: Options
  #state = vmmModel.initial('m0')
  #timers: Timer[] = []
  #time = 0
  #id = 0

  constructor(options: Options = {}) {
    this.#options = options
  }

  /** Hands in a message and answers everything the VMM asks about it. */
  post(type: string, data: object, from: 'outside' | 'timer' = 'outside'): readonly Effect[] {
    const start = this.effects.length
    this.#step(`i${++this.#id}`, type, from, data)
    return this.effects.slice(start)
  }

  /** Lets the timers that are set fire once. */
  fire(): number {
    const due = this.#timers
    this.#timers = []
    for (const { afterNs, id, type, data } of due) {
      this.#time += afterNs
      this.#step(id, type, 'timer', data)
    }
    return due.length
  }

  vm(name = 'vm0'): Vm {
    const vm = this.#state.inner.vms.get(name)
    if (vm === undefined) throw new Error(`no ${name}`)
    return vm
  }

  get state() {
    return this.#state.inner
  }

  peek(address: bigint, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.#memory.get(address + BigInt(i)) ?? 0)
  }

  poke(address: bigint, bytes: Iterable<number>): void {
    for (const [i, byte] of [...bytes].entries()) this.#memory.set(address + BigInt(i), byte)
  }

  /** The guest says that it has read the record: bit 0 of the cell. */
  acknowledge(cell: bigint): void {
    this.poke(cell, [1])
  }

  #step(id: string, type: string, from: 'outside' | 'timer' | 'policy', data: unknown): void {
    const [state, effects] = vmmModel.step(this.#state, { id, type, from, time: this.#time, data })
    this.#state = state
    for (const effect of effects) {
      this.effects.push(effect)
      if (effect.kind === 'timer') this.#timers.push(effect)
      if (effect.kind === 'ask') this.#step(`${effect.id}.a`, 'answer', 'policy', this.#answer(effect))
    }
  }

  #answer(ask: Ask): unknown {
    const special = this.#options.answer?.(ask)
    if (special !== undefined) return special
    const data = ask.data as { guestPhysical: bigint; length: number; bytes: Uint8Array; pid: number; reg: string }
    switch (ask.type) {
      case 'policy.decide': {
        this.questions.push(ask.data as Question)
        const answer = (this.#options.policy ?? (() => ignore))(ask.data as Question)
        return answer === SILENT ? ask.fallback : answer
      }
      case 'memory.read':
        return { bytes: this.peek(data.guestPhysical, data.length) }
      case 'memory.write':
        this.poke(data.guestPhysical, data.bytes)
        return {}
      case 'guest.create':
      case 'guest.reset':
        return {}
      case 'kvm.kick':
        return { wasRunning: true }
      case 'kvm.get-one-reg':
        return { value: REGISTERS[data.reg] ?? 0n }
      case 'process.read':
        return { read: data.length }
      case 'process.create':
        return { pid: data.pid, mappings: [] }
      default:
        return SUCCESS
    }
  }
}

/** A runner with a VM called vm0. */
export function withVm(options: Options = {}, create: object = {}): Runner {
  const runner = new Runner(options)
  runner.post('vm.create', { vm: 'vm0', ...create })
  return runner
}

const SIGNAL = { vm: 'vm0', pid: 4242, signo: 7, forced: false, killed: false, siginfo: new Uint8Array(128) }

/** Action optional, to the main thread. */
export const ao = (hostVirtual: bigint, more: object = {}) => ({
  ...SIGNAL,
  tid: 4242,
  code: 5,
  codeName: 'BUS_MCEERR_AO',
  hostVirtual,
  addressLsb: 12,
  ...more
})
/** Action required, to the thread of vCPU 0. */
export const ar = (hostVirtual: bigint, more: object = {}) => ({
  ...SIGNAL,
  tid: 4243,
  code: 4,
  codeName: 'BUS_MCEERR_AR',
  hostVirtual,
  addressLsb: 12,
  ...more
})
export const eintr = (more: object = {}) => ({
  vm: 'vm0',
  vcpu: 0,
  ret: -1,
  errno: 4,
  exitReason: 10,
  pc: PC,
  ...more
})

/** What left the VMM, as `kind to type`, and notes as `note type`. */
export const told = (effects: readonly Effect[]): string[] =>
  effects.map((effect) =>
    effect.kind === 'send' || effect.kind === 'ask'
      ? `${effect.kind} ${effect.type}`
      : effect.kind === 'refusal'
        ? `refusal ${effect.code}`
        : effect.kind === 'answer'
          ? 'answer'
          : `${effect.kind} ${effect.type}`
  )

export const sends = (effects: readonly Effect[], type: string) =>
  effects.filter(
    (effect): effect is Send | Ask => (effect.kind === 'send' || effect.kind === 'ask') && effect.type === type
  )

export const notes = (effects: readonly Effect[], type: string) =>
  effects.flatMap((effect) =>
    effect.kind === 'note' && effect.type === type ? [effect.data as Readonly<Record<string, unknown>>] : []
  )

export const refusal = (effects: readonly Effect[]) =>
  effects.find((effect): effect is Refusal => effect.kind === 'refusal')
