import type { ExceptionTaken, Interrupted, RasRecord } from '../../shared/contracts/common.ts'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import type { Effect, Send } from '../../shared/model/step.ts'
import { firmwareModel } from '../../services/firmware/model.ts'
import type { FirmwareState } from '../../services/firmware/state.ts'

export const BASE = 0x3f00_0000n
/** Cells and block of a default source. */
export const page = (source: number) => BASE + 0x1000n * BigInt(source + 1)
export const block = (source: number) => page(source) + 0x40n
export const ack = (source: number) => page(source) + 8n

export const LINE = 0x4800_1000n
export const GUEST_LOAD: Interrupted = {
  vm: 'vm0',
  vcpu: 0,
  el: 0,
  pc: 0x40_0c10n,
  pstate: 0n,
  access: 'load',
  virtual: 0xffff_8018n,
  physical: 0x4000_1018n
}
export const RECORD: RasRecord = {
  status: 0xe030_000cn,
  hostPhysical: LINE,
  kind: 'memory',
  severity: 'recoverable'
}
export const SEA: ExceptionTaken = {
  exception: 'SEA',
  el: 3,
  esr: 0x9200_0010n,
  far: GUEST_LOAD.virtual,
  interrupted: GUEST_LOAD,
  record: RECORD
}
export const SERROR: ExceptionTaken = {
  exception: 'SError',
  el: 3,
  esr: 0xbe00_0c11n,
  interrupted: GUEST_LOAD,
  record: RECORD
}
/** The same error for another vCPU, at another line. */
export function seaAt(hostPhysical: bigint, vcpu = 0, exception = SEA): ExceptionTaken {
  return {
    ...exception,
    interrupted: { ...GUEST_LOAD, vcpu },
    record: { ...RECORD, hostPhysical }
  }
}

/** Little-endian bytes of a word. */
export function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

const isRam = (hostPhysical: bigint) => hostPhysical >= 0x4000_0000n && hostPhysical < 0x8000_0000n

/** A machine's firmware, told one message after the other; the hardware answers every question at once. */
export function machine() {
  let state = firmwareModel.initial('m0')
  let count = 0
  const step = (id: string, type: string, data: unknown): readonly Effect[] => {
    const [next, effects] = firmwareModel.step(state, { id, type, from: 'outside', time: 0, data })
    state = next
    const ask = effects.find((effect) => effect.kind === 'ask')
    // Of what is asked only the address decoder has something to say: RAM is where LINE is.
    const answer =
      ask?.type === 'address.decode' ? { ram: isRam((ask.data as { hostPhysical: bigint }).hostPhysical) } : {}
    return ask === undefined ? effects : [...effects, ...step(`${ask.id}.a`, 'answer', answer)]
  }
  const tell = (type: string, data: unknown) => step(`t-${++count}`, type, data)
  const read = (hostPhysical: bigint, length: number): Uint8Array => {
    const [answer] = tell('memory.read', { hostPhysical, length })
    if (answer?.kind !== 'answer') throw new Error('memory.read was not answered')
    return (answer.data as { bytes: Uint8Array }).bytes
  }
  return {
    tell,
    read,
    readWord: (address: bigint) => {
      const bytes = read(address, 8)
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    },
    record: (source: number) => decodeErrorStatusBlock(read(block(source), 0xc00)),
    /** What Linux does once it has read a record. */
    acknowledge: (source: number) => [
      ...tell('memory.write', { hostPhysical: block(source), bytes: new Uint8Array(4) }),
      ...tell('memory.write', { hostPhysical: ack(source), bytes: word(1n) })
    ],
    get state(): FirmwareState {
      return state.inner
    }
  }
}

/** What left, in order: `ask exception.return`, `apei.notify`, notes by their type. */
export function trace(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'ask') return [`ask ${effect.type}`]
    return effect.kind === 'send' || effect.kind === 'note' ? [effect.type] : []
  })
}

export function sent(effects: readonly Effect[]) {
  return effects
    .filter((effect): effect is Send => effect.kind === 'send')
    .map(({ to, type, data }) => ({ to, type, data }))
}

/** The data of the notes of a type, in order. */
export function notes(effects: readonly Effect[], type: string) {
  return effects.flatMap((effect) => (effect.kind === 'note' && effect.type === type ? [effect.data] : []))
}

export function refusal(effects: readonly Effect[]) {
  return effects.find((effect) => effect.kind === 'refusal')
}
