import type { EinjInject, einjInject } from '../../shared/contracts/firmware.ts'
import type { Severity } from '../../shared/contracts/common.ts'
import { einjUntriggered } from '../../shared/contracts/notes/firmware.ts'
import { addressDecode, errorInject, type ErrorInject } from '../../shared/contracts/hardware.ts'
import { EINJ_ERROR_TYPE, EINJ_FLAG, EINJ_V2_SUPPORTED, type SetErrorType } from '../../shared/formats/einj.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { hex } from '../../shared/formats/hex.ts'
import { availableErrorType, einjTypeName, setErrorType } from '../../shared/linux/apei/einj.ts'
import { isRefused, type Answering, type Io, type Said } from '../../shared/model/io.ts'
import { processorRecord, statusBlock } from './build-record.ts'
import { chooseSource } from './choose-source.ts'
import { EINJ_TYPES, OFFERED, type EinjType } from './einj-types.ts'
import { pcieRecord } from './pcie-record.ts'
import { publish } from './publish.ts'
import type { Cause, FirmwareState } from './state.ts'

const ALL_ADDRESS_BITS = 0xffff_ffff_ffff_ffffn
/** Firmware hits one page: a mask that leaves it the choice of more it cannot honour. */
const PAGE_MASK = 0xffff_ffff_ffff_f000n
const KNOWN_FLAGS = EINJ_FLAG.cpuId | EINJ_FLAG.memoryAddressAndMask | EINJ_FLAG.pcieSbdf

/**
 * An EINJ request: SET_ERROR_TYPE_WITH_ADDRESS, EXECUTE_OPERATION, GET_COMMAND_STATUS, and with notrigger 0 the trigger
 * table. Memory errors are planted in the hardware: consumed as an SEA unless asked otherwise, or triggered, detected
 * at once and told by interrupt. Processor and PCIe errors become a record right away, unless they are not triggered. A status other than success is a
 * refusal, for the first reason there is: the type, then the flags, then what they make valid, then what is there.
 *
 * Spec: ACPI 6.5, 18.6 (EINJ), 18.6.4 (flags); Linux 6.1.192, drivers/acpi/apei/einj.c, __einj_error_inject (what the
 * parameters mean without flags).
 * Fidelity: approximates. No action table and no busy status; a mask of more than a page is refused, since of a range
 * any address might be hit; a fatal memory error stays contained, so that firmware lives to tell the OS of it.
 */
export function injectByEinj(
  state: FirmwareState,
  request: EinjInject,
  io: Answering<typeof einjInject>
): readonly [Said, FirmwareState] {
  const type = EINJ_TYPES.get(request.type) ?? refuseType(request.type, io)
  if ((request.type & OFFERED) === 0) {
    io.refuse('not-modelled', `${type.component} errors are not modelled; processor, memory and PCIe are`, '/type')
  }
  const asked = fieldsOf(type, request, io)
  if (type.component === 'memory') {
    const error = memoryError(request, asked, type.severity, io)
    requireRam(error.hostPhysical, io)
    io.send(errorInject, error)
    return [io.answer({ status: 'success' }), state]
  }
  if (request.notrigger === 1) {
    io.note(einjUntriggered, type)
    return [io.answer({ status: 'success' }), state]
  }
  const bytes =
    type.component === 'processor'
      ? processorRecord('cache', type.severity, asked.apicId === undefined ? {} : { mpidr: BigInt(asked.apicId) })
      : statusBlock(SECTION_TYPE.pciExpress, type.severity, pcieRecord(asked.pcieSbdf ?? 0, type.severity))
  const told = tell(state, type.severity, bytes, io)
  return [io.answer({ status: 'success' }), told]
}

/** GET_ERROR_TYPE. */
export function einjOffer() {
  const types = [...EINJ_TYPES.keys()].filter((type) => (type & OFFERED) !== 0)
  return {
    errorType: OFFERED,
    types: types.map((type) => ({ type, name: einjTypeName(type) ?? hex(type) })),
    availableErrorType: availableErrorType(OFFERED)
  }
}

function refuseType(type: number, io: Io): never {
  if (type >= EINJ_ERROR_TYPE.vendorDefined) {
    io.refuse('not-modelled', 'vendor errors are not modelled; processor, memory and PCIe are', '/type')
  }
  if ((type & EINJ_V2_SUPPORTED) !== 0) {
    io.refuse('not-modelled', `EINJv2 is not modelled: bit 30 of GET_ERROR_TYPE ${hex(OFFERED)} is clear`, '/type')
  }
  const bits = type.toString(2).replaceAll('0', '').length
  const detail = bits === 1 ? `error type ${hex(type)} is reserved` : 'exactly one error type bit must be set'
  io.refuse('request-unsupported', detail, '/type')
}

/** The fields that are valid. What a flag announces must be there, and what the type cannot do without must be announced. */
function fieldsOf({ component }: EinjType, request: EinjInject, io: Io): SetErrorType {
  const { type, flags = 0, param1, param2, param3, param4 } = request
  if ((flags & EINJ_FLAG.v2) !== 0) {
    io.refuse('not-modelled', 'flag 8: the component array of EINJv2 is not modelled', '/flags')
  }
  if ((flags & ~KNOWN_FLAGS) !== 0) io.refuse('request-unsupported', `flags ${hex(flags)} has reserved bits`, '/flags')
  const [field, needed] = NEEDS[component] ?? []
  if (flags !== 0 && needed !== undefined && (flags & needed.flag) === 0 && needed.required) {
    io.refuse('request-unsupported', `${component} errors need flag ${needed.flag} (${needed.name})`, '/flags')
  }
  const isAnnounced = flags === 0 ? (needed?.required ?? false) : needed !== undefined && (flags & needed.flag) !== 0
  const where = flags === 0 ? 'param1' : field
  if (isAnnounced && where !== undefined && needed !== undefined && request[where] === undefined) {
    const why = flags === 0 ? 'without flags param1 is' : `flag ${needed.flag} says that ${where} is valid, which is`
    io.refuse('field-missing', `${why} the ${needed.name}`, `/${where}`)
  }
  if (component !== 'memory' && request.signalled !== undefined) {
    io.refuse('request-unsupported', 'only memory errors are planted to be consumed', '/signalled')
  }
  const files = {
    errorType: type,
    flags,
    param1: param1 ?? 0n,
    param2: param2 ?? ALL_ADDRESS_BITS,
    param3: param3 ?? 0,
    param4: param4 ?? 0
  }
  const asked = setErrorType(files)
  if (flags === 0 && component === 'processor' && param1 === undefined) return { type, vendorExtensionOffset: 0 }
  return asked
}

/** Where each component's target is, by the flag of it. */
const NEEDS: Readonly<
  Partial<
    Record<
      EinjType['component'],
      readonly [
        'param1' | 'param3' | 'param4',
        { readonly flag: number; readonly name: string; readonly required: boolean }
      ]
    >
  >
> = {
  processor: ['param3', { flag: EINJ_FLAG.cpuId, name: 'CPU id', required: false }],
  memory: ['param1', { flag: EINJ_FLAG.memoryAddressAndMask, name: 'address', required: true }],
  pcie: ['param4', { flag: EINJ_FLAG.pcieSbdf, name: 'PCIe SBDF', required: true }]
}

function memoryError(request: EinjInject, asked: SetErrorType, severity: Severity, io: Io): ErrorInject {
  const { memoryAddress = 0n, memoryAddressMask = ALL_ADDRESS_BITS } = asked
  const { notrigger, signalled = 'SEA' } = request
  if ((memoryAddressMask & PAGE_MASK) !== PAGE_MASK) {
    const detail = `the mask ${hex(memoryAddressMask)} leaves firmware more than a page to choose from (invalid access, EINVAL)`
    io.refuse('request-unsupported', detail, '/param2')
  }
  const atOnce = notrigger === 0
  if (atOnce && request.signalled !== undefined) {
    io.refuse('request-unsupported', 'with notrigger 0 the error is told by interrupt, not consumed', '/signalled')
  }
  return {
    kind: 'memory',
    hostPhysical: memoryAddress & memoryAddressMask,
    signalled: atOnce ? 'interrupt' : signalled,
    containment: severity === 'corrected' ? 'CE' : 'UER',
    severity
  }
}

/** The memory controller that has the address; there is none for what is not RAM. */
function requireRam(hostPhysical: bigint, io: Io): void {
  const decoded = io.ask(addressDecode, { hostPhysical })
  if (!isRefused(decoded) && decoded.ram) return
  io.refuse(
    'address-outside-memory',
    `${hex(hostPhysical)} is not RAM of this machine (invalid access, EINVAL)`,
    '/param1'
  )
}

function tell(state: FirmwareState, severity: Severity, bytes: Uint8Array, io: Io): FirmwareState {
  const cause: Cause = { kind: 'submitted' }
  const source = chooseSource(state, severity, cause, io)
  if (source === undefined) io.refuse('state-conflict', 'the HEST has no source that could tell it')
  return publish(state, source, { bytes, severity, error: undefined, cause, reportedBy: io.id }, io)
}
