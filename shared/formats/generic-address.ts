import { viewOf } from './bytes.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const GENERIC_ADDRESS_SIZE = 12

export const ADDRESS_SPACE = {
  systemMemory: 0x00,
  systemIo: 0x01,
  pciConfig: 0x02,
  embeddedController: 0x03,
  smbus: 0x04,
  cmos: 0x05,
  pciBar: 0x06,
  ipmi: 0x07,
  gpio: 0x08,
  genericSerialBus: 0x09,
  pcc: 0x0a,
  functionalFixedHardware: 0x7f
} as const

export const ACCESS_SIZE = { undefined: 0, byte: 1, word: 2, dword: 3, qword: 4 } as const

export const GENERIC_ADDRESS_LAYOUT = {
  space: [0, 'u8'],
  bitWidth: [1, 'u8'],
  bitOffset: [2, 'u8'],
  accessSize: [3, 'u8'],
  address: [4, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf(GENERIC_ADDRESS_LAYOUT)

/**
 * Generic Address Structure: where a register is and how wide.
 *
 * Spec: ACPI 6.5, 5.2.3.2.
 * Fidelity: exact.
 */
export interface GenericAddress {
  readonly space: number
  readonly bitWidth: number
  readonly bitOffset: number
  readonly accessSize: number
  readonly address: bigint
}

/** A whole 64-bit register in system memory. */
export function memoryRegister(address: bigint): GenericAddress {
  return {
    space: ADDRESS_SPACE.systemMemory,
    bitWidth: 64,
    bitOffset: 0,
    accessSize: ACCESS_SIZE.qword,
    address
  }
}

/** The 12 bytes at `offset`; throws FormatError when they are not there. */
export function genericAddressAt(bytes: Uint8Array, offset: number): GenericAddress {
  requireBytes(bytes, offset, GENERIC_ADDRESS_SIZE, 'a generic address structure')
  const view = viewOf(bytes)
  return {
    space: view.getUint8(offset + OFFSET.space),
    bitWidth: view.getUint8(offset + OFFSET.bitWidth),
    bitOffset: view.getUint8(offset + OFFSET.bitOffset),
    accessSize: view.getUint8(offset + OFFSET.accessSize),
    address: view.getBigUint64(offset + OFFSET.address)
  }
}

/** Writes 12 bytes at `offset`; throws FormatError when a value does not fit. */
export function writeGenericAddress(bytes: Uint8Array, offset: number, gas: GenericAddress): void {
  requireBytes(bytes, offset, GENERIC_ADDRESS_SIZE, 'a generic address structure')
  requireFits(gas.address, 64, offset + OFFSET.address, 'Address')
  const view = viewOf(bytes)
  for (const field of ['space', 'bitWidth', 'bitOffset', 'accessSize'] as const) {
    requireFits(gas[field], 8, offset + OFFSET[field], field)
    view.setUint8(offset + OFFSET[field], gas[field])
  }
  view.setBigUint64(offset + OFFSET.address, gas.address)
}

export function decodeGenericAddress(bytes: Uint8Array): GenericAddress {
  return genericAddressAt(bytes, 0)
}

export function encodeGenericAddress(gas: GenericAddress): Uint8Array {
  const bytes = new Uint8Array(GENERIC_ADDRESS_SIZE)
  writeGenericAddress(bytes, 0, gas)
  return bytes
}
