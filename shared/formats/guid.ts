import { FormatError, requireBytes } from './format-error.ts'

/**
 * GUIDs as text in lower case and as their 16 bytes on the wire.
 *
 * Spec: UEFI 2.10, Appendix A (byte order), Appendix N (values).
 * Fidelity: exact.
 */

export const GUID_SIZE = 16
export const NIL_GUID = '00000000-0000-0000-0000-000000000000'

/**
 * Section types of UEFI, in the order of the reference; vendors' own are in `section-names.ts`. A CXL component event has
 * the GUID of its event record.
 *
 * Spec: UEFI 2.11, N.2.4 to N.2.15; CXL 3.2, 8.2.10.2.1 (Event Record Identifier); Arm DEN0085 (Arm RAS node).
 * Fidelity: exact.
 */
export const SECTION_TYPE = {
  processorGeneric: '9876ccad-47b4-4bdb-b65e-16f193c4f3db',
  processorX86: 'dc3ea0b0-a144-4797-b95b-53fa242b6e1d',
  processorIpf: 'e429faf1-3cb7-11d4-bca7-0080c73c8881',
  processorArm: 'e19e3d16-bc11-11e4-9caa-c2051d5d46b0',
  armRasNode: 'bf32d4d5-b427-4025-8495-8a9e5d4030e4',
  platformMemory: 'a5bc1114-6f64-4ede-b863-3e83ed7c83b1',
  platformMemory2: '61ec04fc-48e6-d813-25c9-8daa44750b12',
  pciExpress: 'd995e954-bbc1-430f-ad91-b44dcb3c6f35',
  pciBus: 'c5753963-3b84-4095-bf78-eddad3f9c9dd',
  pciComponent: 'eb5e4685-ca66-4769-b6a2-26068b001326',
  firmwareRecordReference: '81212a96-09ed-4996-9471-8d729c8e69ed',
  dmarGeneric: '5b51fef7-c79d-4434-8f1b-aa62de3e2c64',
  dmarVtd: '71761d37-32b2-45cd-a7d0-b0fedd93e8cf',
  dmarIommu: '036f84e1-7f37-428c-a79e-575fdfaa84ec',
  ccixPer: '91335ef6-ebfb-4478-a6a6-88b728cf75d7',
  cxlProtocol: '80b9efb4-52b5-4de3-a777-68784b771048',
  cxlGeneralMedia: 'fbcd0a77-c260-417f-85a9-088b1621eba6',
  cxlDram: '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624',
  cxlMemoryModule: 'fe927475-dd59-4339-a586-79bab113b774',
  cxlMemorySparing: 'e71f3a40-2d29-4092-8a39-4d1c966c7c65',
  cxlPhysicalSwitch: '77cf9271-9c02-470b-9fe4-bc7b75f2da97',
  cxlVirtualSwitch: '40d26425-3396-4c4d-a5da-3d47263af425',
  cxlMldPort: '8dc44363-0c96-4710-b7bf-04bb99534c3f',
  cxlDynamicCapacity: 'ca95afa7-f183-4018-8c2f-95268e101a2a',
  fruMemoryPoison: '5e4706c1-5356-48c6-930b-52f2120a4458'
} as const

/** Notification types: only in the header of a UEFI CPER record, never in an ACPI error status block. */
export const NOTIFICATION_TYPE = {
  CMC: '2dce8bb1-bdd7-450e-b9ad-9cf4ebd4f890',
  CPE: '4e292f96-d843-4a55-a8c2-d481f27ebeee',
  MCE: 'e8f56ffe-919c-4cc5-ba88-65abe14913bb',
  PCIe: 'cf93c01f-1a16-4dfc-b8bc-9c4daf67c104',
  INIT: 'cc5263e8-9308-454a-89d0-340bd39bc98e',
  NMI: '5bad89ff-b7e6-42c9-814a-cf2485d6e98a',
  BOOT: '3d61a466-ab40-409a-a698-f362d464b38f',
  DMAr: '667dd791-c6b3-4c27-8a6b-0f8e722deb41',
  SEA: '9a78788a-bbe8-11e4-809e-67611e5d46b0',
  SEI: '5c284c81-b0ae-4e87-a322-b04c85624323',
  PEI: '09a9d5ac-5204-4214-96e5-94992e752bcd',
  CXL: '69293bc9-41df-49a3-b4bd-4fb0db3041f6'
} as const

export const NOTIFICATION_TYPE_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NOTIFICATION_TYPE).map(([name, guid]) => [guid, name])
)

/** Index of the wire byte for each byte in printed order: a u32 and two u16 are little-endian, the rest as printed. */
const WIRE_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** GUID text of the 16 bytes at `offset`; throws FormatError when they are not there. */
export function guidAt(bytes: Uint8Array, offset: number): string {
  requireBytes(bytes, offset, GUID_SIZE, 'a GUID')
  return knownAt(bytes, offset)?.text ?? textAt(bytes, offset)
}

function textAt(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let i = 0; i < GUID_SIZE; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += HEX[bytes[offset + (WIRE_ORDER[i] ?? 0)] ?? 0]
  }
  return text
}

/** Writes the 16 wire bytes of a GUID at `offset`; throws FormatError when the text is not a GUID. */
export function writeGuid(bytes: Uint8Array, offset: number, guid: string): void {
  requireBytes(bytes, offset, GUID_SIZE, 'a GUID')
  const known = KNOWN_BY_TEXT.get(guid)
  if (known !== undefined) return bytes.set(known.bytes, offset)
  putText(bytes, offset, guid)
}

function putText(bytes: Uint8Array, offset: number, guid: string): void {
  if (!TEXT.test(guid)) throw new FormatError('a GUID is 8-4-4-4-12 hex digits', offset, JSON.stringify(guid))
  let at = 0
  for (let i = 0; i < GUID_SIZE; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++
    bytes[offset + (WIRE_ORDER[i] ?? 0)] = (digit(guid, at) << 4) | digit(guid, at + 1)
    at += 2
  }
}

/** Value of a hex digit of either case. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x61 + 10
}

/** The GUIDs that have a name here, since nearly every record is made of them. */
const KNOWN = [...Object.values(SECTION_TYPE), ...Object.values(NOTIFICATION_TYPE)].map((text) => {
  const bytes = new Uint8Array(GUID_SIZE)
  putText(bytes, 0, text)
  return { text, bytes }
})
const KNOWN_BY_TEXT = new Map(KNOWN.map((known) => [known.text as string, known]))
const KNOWN_BY_START = Map.groupBy(KNOWN, ({ bytes }) => startOf(bytes, 0))

function knownAt(bytes: Uint8Array, offset: number): (typeof KNOWN)[number] | undefined {
  return KNOWN_BY_START.get(startOf(bytes, offset))?.find((known) =>
    known.bytes.every((byte, i) => byte === bytes[offset + i])
  )
}

/** The first four bytes as a number. */
function startOf(bytes: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]]
  return a | (b << 8) | (c << 16) | (d << 24)
}

export function decodeGuid(bytes: Uint8Array): string {
  return guidAt(bytes, 0)
}

export function encodeGuid(guid: string): Uint8Array {
  const bytes = new Uint8Array(GUID_SIZE)
  writeGuid(bytes, 0, guid)
  return bytes
}
