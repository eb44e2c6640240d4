import { hex } from '../../shared/formats/hex.ts'
import {
  bootErrorsInstall,
  einjInject,
  einjTypes,
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  firmwareProfile,
  hestInstall,
  hestRead,
  memoryRead,
  memoryWatch,
  memoryWrite,
  notificationChoose,
  sdeiMask
} from '../../shared/contracts/firmware.ts'
import { readMemory, writeMemory } from '../../shared/sparse/memory.ts'
import { dispatch, on, within } from '../../shared/model/dispatch.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { bertOf, installBootErrors, readBootErrors, writeBootErrors } from './boot-errors.ts'
import { chooseNotification, chooseProfile } from './choose-source.ts'
import { defaultHest } from './default-hest.ts'
import { einjOffer, injectByEinj } from './einj.ts'
import { HestRefused, installHest, type HowToInstall, type Installed } from './install-hest.ts'
import { dropHeld, publishHeld } from './publish.ts'
import { ringDoorbells } from './shared-memory.ts'
import { tellWatchers, watchMemory } from './watch-memory.ts'
import { CARVE_OUT, type FirmwareState } from './state.ts'
import { submitRecord } from './submit-record.ts'
import { takeErrorInterrupt, takeException } from './take-exception.ts'

/** From the tables and choices of a machine to an error that reaches EL3, and what the OS then does with its record. */
const handle = dispatch<FirmwareState, 'firmware'>(
  'firmware',
  within(whileItRuns, [
    on(hestInstall, replaceHest),
    on(hestRead, (state, _, io) => [io.answer({ table: state.table, ...bertOf(state) }), state]),
    on(bootErrorsInstall, installBootErrors),
    on(notificationChoose, chooseNotification),
    on(sdeiMask, (state, { peMasked }) => ({ ...state, sdeiMasked: peMasked })),
    on(einjInject, injectByEinj),
    on(einjTypes, (state, _, io) => [io.answer(einjOffer()), state]),
    on(exceptionTakeEl3, takeException),
    on(errorInterrupt, (state, { record }, io) => takeErrorInterrupt(state, record, io)),
    on(errorRecordSubmit, submitRecord),
    on(memoryRead, (state, { hostPhysical, length }, io) => {
      const bytes =
        readMemory(state.memory, hostPhysical, length) ??
        readBootErrors(state, hostPhysical, length) ??
        refuseOutside(hostPhysical, io)
      return [io.answer({ bytes }), state]
    }),
    on(memoryWrite, (state, { hostPhysical, bytes }, io) => {
      const inRegion = writeBootErrors(state, hostPhysical, bytes)
      if (inRegion !== undefined) return [io.answer({}), inRegion]
      const memory = writeMemory(state.memory, hostPhysical, bytes) ?? refuseOutside(hostPhysical, io)
      const rung = ringDoorbells({ ...state, memory }, hostPhysical, bytes.length, io)
      return [io.answer({}), publishHeld(rung, io)]
    }),
    on(memoryWatch, watchMemory),
    on(firmwareProfile, (state, { profile }, io) => chooseProfile(state, profile, io))
  ])
)

/**
 * EL3 of a machine and the memory it shares with the OS. Of its neighbours it asks only the hardware: to return from an
 * exception, and what is at an address.
 */
export const firmwareModel = procedure<FirmwareState>(
  'firmware',
  () => installHest(defaultHest()).state,
  handle,
  ({ panicked }) => panicked
)

type Handled = (state: FirmwareState) => FirmwareState

/** Firmware that has panicked refuses everything. Whatever else happens, watched memory may have changed by it. */
function whileItRuns(state: FirmwareState, io: Io, handled: Handled): FirmwareState {
  if (state.panicked !== undefined) io.refuse('machine-panicked', `firmware has panicked: ${state.panicked}`)
  return tellWatchers(handled(state), io)
}

function refuseOutside(hostPhysical: bigint, io: Io): never {
  const owned = `${hex(CARVE_OUT.start)} to ${hex(CARVE_OUT.end)}`
  return io.refuse('address-outside-memory', `${hex(hostPhysical)} is not in firmware's ${owned}`, '/hostPhysical')
}

function replaceHest(
  state: FirmwareState,
  { table, ...how }: DataOf<typeof hestInstall>,
  io: Answering<typeof hestInstall>
): readonly [Said, FirmwareState] {
  const installed = tryInstall(table, how, io)
  dropHeld(state, 'the HEST was replaced', io)
  const { bootErrors, profile } = state
  const kept = { profile, ...(bootErrors === undefined ? {} : { bootErrors }) }
  return [io.answer(installed.report), { ...installed.state, ...kept }]
}

function tryInstall(table: Uint8Array, how: HowToInstall, io: Io): Installed {
  try {
    return installHest(table, how)
  } catch (error) {
    if (error instanceof HestRefused) io.refuse(error.code, error.message, '/table')
    throw error
  }
}
