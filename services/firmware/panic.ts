import { platformHalt } from '../../shared/contracts/host-kernel.ts'
import { firmwarePanic } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import type { FirmwareState } from './state.ts'

/** Platform panic at EL3: the machine stops. On a real one nobody is told; the layers above are services that would run on. */
export function panic(state: FirmwareState, because: string, io: Io): FirmwareState {
  io.note(firmwarePanic, { because })
  io.send(platformHalt, { because })
  return { ...state, panicked: because }
}
