import { hex } from '../../shared/formats/hex.ts'
import type { Static } from 'typebox'
import { errorInject, type ErrorInject } from '../../shared/contracts/hardware.ts'
import type { Severity } from '../../shared/contracts/common.ts'
import type { einjInject } from '../../shared/contracts/firmware.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodePcieSection } from '../../shared/formats/pcie-section.ts'
import type { Io } from '../../shared/model/io.ts'
import { processorRecord, statusBlock } from './build-record.ts'
import { chooseSource } from './choose-source.ts'
import { EINJ_FIELDS, EINJ_TYPES, type EinjType } from './einj-types.ts'
import { publish } from './publish.ts'
import type { Cause, FirmwareState } from './state.ts'

type Request = Static<typeof einjInject.data>

const ALL_ADDRESS_BITS = 0xffff_ffff_ffff_ffffn

/**
 * An EINJ request. Memory errors are planted in the hardware: consumed as an SEA unless asked otherwise, or with
 * notrigger 0 detected at once and told by interrupt. Processor and PCIe errors become a record right away. Refuses what
 * the request's type does not allow, naming the field.
 *
 * Spec: ACPI 6.5, 18.6 (EINJ); Linux 6.1, drivers/acpi/apei/einj.c, einj_error_inject (param1 to param4, notrigger).
 * Fidelity: approximates. No action table and no busy status; of the address range the lowest address is hit; a fatal
 * memory error stays contained, so that firmware lives to tell the OS of it.
 */
export function injectByEinj(state: FirmwareState, request: Request, io: Io): FirmwareState {
  const type = EINJ_TYPES.get(request.type) ?? refuseType(request.type, io)
  requireFields(type, request, io)
  const { component, severity } = type
  switch (component) {
    case 'memory':
      io.send(errorInject, memoryError(request, severity, io))
      return state
    case 'processor': {
      const mpidr = request.param3
      const bytes = processorRecord('cache', severity, mpidr === undefined ? {} : { mpidr: BigInt(mpidr) })
      return told(state, severity, bytes, io)
    }
    case 'pcie':
      return told(state, severity, pcieRecord(request.param4 ?? 0, severity), io)
    case 'platform':
    case 'cxl':
    case 'vendor':
      return io.refuse('not-modelled', `${component} errors are not modelled; processor, memory and PCIe are`, '/type')
  }
}

function refuseType(type: number, io: Io): never {
  const bits = type.toString(2).replaceAll('0', '').length
  const detail = bits === 1 ? `error type ${hex(type)} is reserved` : 'exactly one error type bit must be set'
  io.refuse('request-unsupported', detail, '/type')
}

/** Every field that is given must be announced by its flag, and the flag must suit the type. */
function requireFields({ component }: EinjType, request: Request, io: Io): void {
  const flags = request.flags ?? 0
  for (const row of EINJ_FIELDS) {
    const set = (flags & row.flag) !== 0
    const own = row.component === component
    if (set && !own) {
      io.refuse('request-unsupported', `flag ${row.flag} (${row.name}) is not for ${component} errors`, '/flags')
    }
    if (!set && own && row.required) {
      io.refuse('request-unsupported', `${component} errors need flag ${row.flag} (${row.name})`, '/flags')
    }
    const [first] = row.fields
    if (set && first !== undefined && request[first] === undefined) {
      io.refuse('field-missing', `flag ${row.flag} says that ${first} (${row.name}) is valid`, `/${first}`)
    }
    const given = row.fields.find((field) => request[field] !== undefined)
    if (!set && given !== undefined) {
      io.refuse('request-unsupported', `${given} means nothing without flag ${row.flag} (${row.name})`, `/${given}`)
    }
  }
  if (component !== 'memory' && request.signalled !== undefined) {
    io.refuse('request-unsupported', 'only memory errors are planted to be consumed', '/signalled')
  }
}

function memoryError(request: Request, severity: Severity, io: Io): ErrorInject {
  const { param1 = 0n, param2 = ALL_ADDRESS_BITS, notrigger, signalled = 'SEA' } = request
  const atOnce = notrigger === 0
  if (atOnce && request.signalled !== undefined) {
    io.refuse('request-unsupported', 'with notrigger 0 the error is told by interrupt, not consumed', '/signalled')
  }
  return {
    kind: 'memory',
    hostPhysical: param1 & param2,
    signalled: atOnce ? 'interrupt' : signalled,
    containment: severity === 'corrected' ? 'CE' : 'UER',
    severity
  }
}

/** SBDF: segment in bits 31:24, bus 23:16, device 15:11, function 10:8. */
function pcieRecord(sbdf: number, severity: Severity): Uint8Array {
  const section = encodePcieSection({
    segment: sbdf >>> 24,
    bus: (sbdf >>> 16) & 0xff,
    deviceNumber: (sbdf >>> 11) & 0x1f,
    functionNumber: (sbdf >>> 8) & 0x7
  })
  return statusBlock(SECTION_TYPE.pciExpress, severity, section)
}

function told(state: FirmwareState, severity: Severity, bytes: Uint8Array, io: Io): FirmwareState {
  const cause: Cause = { kind: 'submitted' }
  const source = chooseSource(state, severity, cause, io)
  if (source === undefined) io.refuse('state-conflict', 'the HEST has no source that could tell it')
  return publish(state, source, { bytes, severity, error: undefined, cause, reportedBy: io.id }, io)
}
