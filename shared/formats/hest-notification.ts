import { viewOf } from './bytes.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { numbersLayout, type Layout } from './layout.ts'

export const NOTIFICATION_SIZE = 28

/** Types of a hardware error notification. */
export const NOTIFY = {
  polled: 0,
  external: 1,
  local: 2,
  SCI: 3,
  NMI: 4,
  CMCI: 5,
  MCE: 6,
  GPIO: 7,
  SEA: 8,
  SEI: 9,
  GSIV: 10,
  SDEI: 11
} as const

/** Indexed by type; what is not here is reserved. */
export const NOTIFY_NAME = [
  'Polled',
  'External interrupt',
  'Local interrupt',
  'SCI',
  'NMI',
  'CMCI',
  'MCE',
  'GPIO-Signal',
  'Armv8 SEA',
  'Armv8 SEI',
  'External interrupt - GSIV',
  'Software Delegated Exception'
] as const

/** Name, offset, bits. */
const FIELDS = [
  ['configurationWriteEnable', 2, 16],
  ['pollInterval', 4, 32],
  ['vector', 8, 32],
  ['switchToPollingThresholdValue', 12, 32],
  ['switchToPollingThresholdWindow', 16, 32],
  ['errorThresholdValue', 20, 32],
  ['errorThresholdWindow', 24, 32]
] as const
export const NOTIFICATION_LAYOUT = {
  type: [0, 'u8'],
  length: [1, 'u8'],
  ...numbersLayout(FIELDS)
} as const satisfies Layout
const OFFSET = { type: NOTIFICATION_LAYOUT.type[0], length: NOTIFICATION_LAYOUT.length[0] } as const

/**
 * Hardware Error Notification structure. Poll interval and windows are in milliseconds; `vector` is an interrupt, or the
 * SDEI event number of type 11.
 *
 * Spec: ACPI 6.5, 18.3.2.9.
 * Fidelity: exact.
 */
export interface HestNotification {
  readonly type: number
  /** What the length byte says where that is not 28: kept, because firmware in the field has other values. */
  readonly length?: number
  readonly configurationWriteEnable: number
  readonly pollInterval: number
  readonly vector: number
  readonly switchToPollingThresholdValue: number
  readonly switchToPollingThresholdWindow: number
  readonly errorThresholdValue: number
  readonly errorThresholdWindow: number
}

/** A notification of this type with everything else zero unless given. */
export function hestNotification(type: number, fields: Partial<HestNotification> = {}): HestNotification {
  return {
    configurationWriteEnable: 0,
    pollInterval: 0,
    vector: 0,
    switchToPollingThresholdValue: 0,
    switchToPollingThresholdWindow: 0,
    errorThresholdValue: 0,
    errorThresholdWindow: 0,
    ...fields,
    type
  }
}

/** The 28 bytes at `offset`, whatever the length byte says; throws FormatError when they are not there. */
export function hestNotificationAt(bytes: Uint8Array, offset: number): HestNotification {
  requireBytes(bytes, offset, NOTIFICATION_SIZE, 'a hardware error notification structure')
  const view = viewOf(bytes)
  const fields: { -readonly [Name in keyof HestNotification]?: number } = {}
  for (const [name, at, bits] of FIELDS) {
    fields[name] = bits === 16 ? view.getUint16(offset + at) : view.getUint32(offset + at)
  }
  const length = view.getUint8(offset + OFFSET.length)
  if (length !== NOTIFICATION_SIZE) fields.length = length
  return hestNotification(view.getUint8(offset + OFFSET.type), fields)
}

/** Writes 28 bytes at `offset`; throws FormatError when a value does not fit. */
export function writeHestNotification(bytes: Uint8Array, offset: number, notification: HestNotification): void {
  requireBytes(bytes, offset, NOTIFICATION_SIZE, 'a hardware error notification structure')
  const view = viewOf(bytes)
  requireFits(notification.type, 8, offset + OFFSET.type, 'Type')
  view.setUint8(offset + OFFSET.type, notification.type)
  const length = notification.length ?? NOTIFICATION_SIZE
  requireFits(length, 8, offset + OFFSET.length, 'Length')
  view.setUint8(offset + OFFSET.length, length)
  for (const [name, at, bits] of FIELDS) {
    requireFits(notification[name], bits, offset + at, name)
    if (bits === 16) view.setUint16(offset + at, notification[name])
    else view.setUint32(offset + at, notification[name])
  }
}
