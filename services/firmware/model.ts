import type { Static, TObject } from 'typebox'
import {
  einjInject,
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  hestInstall,
  hestRead,
  memoryRead,
  memoryWatch,
  memoryWrite,
  notificationChoose,
  sdeiMask
} from '../../shared/contracts/firmware.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { readMemory, writeMemory } from '../../shared/formats/sparse-memory.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import { chooseNotification } from './choose-source.ts'
import { defaultHest } from './default-hest.ts'
import { injectByEinj } from './einj.ts'
import { HestRefused, installHest } from './install-hest.ts'
import { dropHeld, publishHeld } from './publish.ts'
import { tellWatchers, watchMemory } from './watch-memory.ts'
import { CARVE_OUT, hex, type FirmwareState } from './state.ts'
import { submitRecord } from './submit-record.ts'
import { takeErrorInterrupt, takeException } from './take-exception.ts'

type Handle = (state: FirmwareState, data: unknown, io: Io) => FirmwareState

function on<Data extends TObject>(
  { type }: MessageType<Data>,
  handle: (state: FirmwareState, data: Static<Data>, io: Io) => FirmwareState
): readonly [string, Handle] {
  return [type, (state, data, io) => handle(state, data as Static<Data>, io)]
}

const HANDLERS: ReadonlyMap<string, Handle> = new Map([
  on(exceptionTakeEl3, takeException),
  on(errorInterrupt, (state, { record }, io) => takeErrorInterrupt(state, record, io)),
  on(errorRecordSubmit, submitRecord),
  on(einjInject, injectByEinj),
  on(notificationChoose, chooseNotification),
  on(hestInstall, (state, { table }, io) => replaceHest(state, table, io)),
  on(hestRead, (state, _, io) => {
    io.answer({ table: state.table })
    return state
  }),
  on(memoryRead, (state, { hostPhysical, length }, io) => {
    io.answer({ bytes: readMemory(state.memory, hostPhysical, length) ?? refuseOutside(hostPhysical, io) })
    return state
  }),
  on(memoryWrite, (state, { hostPhysical, bytes }, io) => {
    const memory = writeMemory(state.memory, hostPhysical, bytes) ?? refuseOutside(hostPhysical, io)
    io.answer({})
    return publishHeld({ ...state, memory }, io)
  }),
  on(sdeiMask, (state, { peMasked }) => ({ ...state, sdeiMasked: peMasked })),
  on(memoryWatch, (state, { hostPhysical }, io) => watchMemory(state, hostPhysical, io))
])

function refuseOutside(hostPhysical: bigint, io: Io): never {
  const owned = `${hex(CARVE_OUT.start)} to ${hex(CARVE_OUT.end)}`
  return io.refuse('address-outside-memory', `${hex(hostPhysical)} is not in firmware's ${owned}`, '/hostPhysical')
}

function replaceHest(state: FirmwareState, table: Uint8Array, io: Io): FirmwareState {
  const installed = tryInstall(table, io)
  dropHeld(state, 'the HEST was replaced', io)
  return installed
}

function tryInstall(table: Uint8Array, io: Io): FirmwareState {
  try {
    return installHest(table)
  } catch (error) {
    if (error instanceof HestRefused) io.refuse(error.code, error.message, '/table')
    throw error
  }
}

/**
 * EL3 of a machine and the memory it shares with the OS. Of its neighbours it asks only the hardware, to return from an
 * exception. Once it has panicked it refuses everything; inputs of a type that it does not know (the start of the
 * machine) change nothing.
 */
export const firmwareModel = procedure<FirmwareState>(
  'firmware',
  () => installHest(defaultHest()),
  (state, input, io) => {
    const handle = HANDLERS.get(input.type)
    if (handle === undefined) return state
    if (state.panicked !== undefined) io.refuse('machine-panicked', `firmware has panicked: ${state.panicked}`)
    return tellWatchers(handle(state, input.data, io), io)
  }
)
