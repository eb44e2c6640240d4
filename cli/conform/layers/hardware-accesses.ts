import type { Static, TObject } from 'typebox'
import type { ErrorInject } from '../../../shared/contracts/hardware.ts'
import { errorInject, memoryAccess, stage2Map } from '../../../shared/contracts/hardware.ts'
import type { ExceptionTaken, Interrupted } from '../../../shared/contracts/common.ts'
import { exceptionTakeEl3 } from '../../../shared/contracts/firmware.ts'
import { decodeErrStatus, type ErrStatus } from '../../../shared/formats/err-record.ts'
import { decodeAbort, type Abort } from '../../../shared/formats/esr-abort.ts'
import { decodeSError, type SError } from '../../../shared/formats/esr-serror.ts'
import { hex } from '../../../shared/formats/hex.ts'
import type { MessageType } from '../../../shared/contracts/message.ts'
import { NOT_OFFERED } from '../../../shared/transport/headers.ts'
import { asText, Broken, shown, Skipped, type Scene } from '../scene.ts'

/** Accesses and errors that the rules of hardware are shown on, and how what comes of them is read. */

const PAGE = 0x1000n
export const LINE_SIZE = 64n

/** The `n`th page of a guest, and where stage 2 has it. */
export const ipaOf = (n: number) => 0x4000_1000n + BigInt(n) * PAGE
export const hostOf = (n: number) => 0x4800_3000n + BigInt(n) * 3n * PAGE
const virtualOf = (n: number) => 0xffff_9000_0000n + BigInt(n) * PAGE

/** A user's load of a word in the `n`th page of vm0, by vCPU `n`, unless something else is said. */
export function loadOf(n: number, but: Partial<Interrupted> = {}): Interrupted {
  return {
    vm: 'vm0',
    vcpu: n,
    el: 0,
    pc: 0x40_0c10n,
    pstate: 0n,
    access: 'load',
    virtual: virtualOf(n) + 0x18n,
    physical: ipaOf(n) + 0x18n,
    ...but
  }
}

/** The same at another place of its page. */
export const loadAt = (n: number, offset: bigint): Interrupted =>
  loadOf(n, { virtual: virtualOf(n) + offset, physical: ipaOf(n) + offset })

/** A load by a thread of a host process from the `n`th page. */
export const hostLoadOf = (n: number): Interrupted => ({
  pid: 119,
  tid: 120 + n,
  el: 0,
  pc: 0x40_0c10n,
  pstate: 0n,
  access: 'load',
  virtual: 0xffff_9a80_1018n,
  physical: hostOf(n) + 0x18n
})

/** Stage 2 of vm0 maps its first `count` pages, each to a place that is not a constant distance away. */
export async function mapped(scene: Scene, count = 1): Promise<void> {
  for (let n = 0; n < count; n++) {
    const map = { vm: 'vm0', guestPhysical: ipaOf(n), hostPhysical: hostOf(n), length: PAGE }
    await scene.ask(stage2Map, map)
  }
}

/** An error in the line at the start of the `n`th page. */
export async function poisoned(scene: Scene, n: number, error: Partial<ErrorInject> = {}): Promise<void> {
  await scene.tell(errorInject, {
    kind: 'memory',
    hostPhysical: hostOf(n),
    signalled: 'SError',
    containment: 'UER',
    severity: 'recoverable',
    ...error
  })
}

/** A message for users of the hardware, which no neighbour needs. Throws Skipped where it is not offered. */
export async function tellWhereOffered<Data extends TObject>(
  scene: Scene,
  message: MessageType<Data>,
  data: Static<Data>
): Promise<void> {
  const got = await scene.send(message, data)
  if (NOT_OFFERED.has(got.status) && !got.type.startsWith('application/problem+json')) {
    throw new Skipped(`it does not offer ${message.type}, which nobody but a user needs`)
  }
  if (got.status > 299) throw new Broken(`${message.type} is answered ${shown(got)}`)
}

/** What firmware is told when an access consumes an error. */
export async function consumed(scene: Scene, access: Interrupted): Promise<ExceptionTaken> {
  const before = scene.of(exceptionTakeEl3).length
  await scene.tell(memoryAccess, access)
  return scene.next(exceptionTakeEl3, before)
}

/** The syndrome of an abort. Throws Broken when it is none. */
export function abortOf({ esr }: Pick<ExceptionTaken, 'esr'>): Abort {
  return decoded(() => decodeAbort(esr), esr)
}

/** The syndrome of an SError that says how far the error has spread. Throws Broken when it is none. */
export function serrorOf({ esr }: Pick<ExceptionTaken, 'esr'>): Extract<SError, { ids: false }> {
  const serror = decoded(() => decodeSError(esr), esr)
  if (serror.ids) throw new Broken(`ESR ${hex(esr)} is implementation defined (IDS), though the containment is known`)
  return serror
}

function decoded<Syndrome>(decode: () => Syndrome, esr: bigint): Syndrome {
  try {
    return decode()
  } catch (error) {
    throw new Broken(`ESR ${hex(esr)}: ${(error as Error).message}`)
  }
}

/** Throws Broken when FAR is not that of the access; a syndrome with FnV says that there is none. */
export function mustNameAddress(scene: Scene, taken: ExceptionTaken, access: Interrupted): void {
  scene.same(taken.far, abortOf(taken).fnv ? undefined : access.virtual, 'FAR, by FnV of the syndrome')
}

/** ERR<n>STATUS of a record, which has to be there. Throws Broken when it is of another line. */
export function statusOf({ record }: Pick<ExceptionTaken, 'record'>, n: number): ErrStatus {
  if (record === undefined) throw new Broken('there is no record of the RAS node')
  const { hostPhysical } = record
  if (hostPhysical === undefined || hostPhysical - (hostPhysical % LINE_SIZE) !== hostOf(n)) {
    throw new Broken(`record.hostPhysical is ${asText(hostPhysical)}, not in the line at ${hex(hostOf(n))}`)
  }
  const status = decodeErrStatus(record.status)
  if (!status.v || !status.av)
    throw new Broken(`ERR<n>STATUS ${hex(record.status)} has V ${status.v} and AV ${status.av}`)
  return status
}
