import { decodeGuid } from '../../shared/formats/guid.ts'

/** Fields of each structure with the bytes that are theirs, written down from the manuals once more. */
export type Value = Readonly<Record<string, unknown>>
export interface LayoutRow {
  readonly field: string
  /** Offset and length: the field, and the validation bits where they say that it is there. */
  readonly places: readonly (readonly [offset: number, length: number])[]
  readonly make: (number: () => number) => unknown
  /** The field can be changed, but not made or taken away. */
  readonly stays?: true
}
export type Layout = readonly LayoutRow[]

type Place = readonly [number, number]
const bits = (width: number) => (number: () => number) => (width === 32 ? number() : number() & ((1 << width) - 1))
const wide = (number: () => number) => (BigInt(number()) << 32n) | BigInt(number())
const guid = (number: () => number) => decodeGuid(Uint8Array.from({ length: 16 }, () => number() & 0xff))
const text = (number: () => number) =>
  Array.from({ length: 1 + (number() % 20) }, () => String.fromCharCode(0x21 + (number() % 0x5e))).join('')
const raw = (length: number) => (number: () => number) => Uint8Array.from({ length }, () => number() & 0xff)

const always = (field: string, offset: number, width: number): LayoutRow => ({
  field,
  places: [[offset, width / 8]],
  make: width === 64 ? wide : bits(width)
})
const marked =
  (validation: Place) =>
  (field: string, offset: number, width: number, part = width): LayoutRow => ({
    field,
    places: [[offset, width / 8], validation],
    make: width === 64 ? wide : bits(part)
  })
const inSection = marked([0, 8])

export const STATUS_BLOCK_BYTES: Layout = [always('blockStatus', 0, 32), always('severity', 16, 32)]

/** From the start of the entry. */
export const ENTRY_BYTES: Layout = [
  { field: 'sectionType', places: [[0, 16]], make: guid },
  always('severity', 16, 32),
  always('flags', 23, 8),
  {
    field: 'fruId',
    places: [
      [28, 16],
      [22, 1]
    ],
    make: guid
  },
  {
    field: 'fruText',
    places: [
      [44, 20],
      [22, 1]
    ],
    make: text
  },
  {
    field: 'timestamp',
    places: [
      [64, 8],
      [22, 1]
    ],
    make: wide,
    stays: true
  }
]

export const CPER_HEADER_BYTES: Layout = [
  always('revision', 4, 16),
  always('severity', 12, 32),
  {
    field: 'timestamp',
    places: [
      [24, 8],
      [16, 4]
    ],
    make: wide
  },
  {
    field: 'platformId',
    places: [
      [32, 16],
      [16, 4]
    ],
    make: guid
  },
  {
    field: 'partitionId',
    places: [
      [48, 16],
      [16, 4]
    ],
    make: guid
  },
  { field: 'creatorId', places: [[64, 16]], make: guid },
  { field: 'notificationType', places: [[80, 16]], make: guid },
  always('recordId', 96, 64),
  always('flags', 104, 32),
  always('persistenceInformation', 108, 64)
]

/** From the start of the first source; the checksum follows from everything. */
const inHest = (field: string, offset: number, width: number): LayoutRow => {
  const row = always(field, offset, width)
  return { ...row, places: [...row.places, [CHECKSUM_BEFORE_SOURCES, 1]] }
}
const CHECKSUM_BEFORE_SOURCES = 9 - 40
export const HEST_SOURCE_BYTES: Layout = [
  inHest('sourceId', 2, 16),
  inHest('enabled', 7, 8),
  inHest('maxRawDataLength', 16, 32),
  inHest('errorStatusBlockLength', 60, 32)
].map((row) => ({ ...row, stays: true as const }))

const inArm = marked([0, 4])
export const ARM_HEADER_BYTES: Layout = [
  inArm('affinityLevel', 12, 8),
  inArm('mpidr', 16, 64),
  always('midr', 24, 64),
  inArm('runningState', 32, 32),
  inArm('psciState', 36, 32)
]

export const MEMORY_BYTES: Layout = [
  inSection('errorStatus', 8, 64),
  inSection('physicalAddress', 16, 64),
  inSection('physicalAddressMask', 24, 64),
  inSection('node', 32, 16),
  inSection('bankGroup', 38, 16, 8),
  inSection('bankAddress', 38, 16, 8),
  inSection('row', 42, 16),
  inSection('targetId', 64, 64),
  inSection('errorType', 72, 8),
  { ...inSection('rowExtension', 73, 8, 2), stays: true },
  { ...inSection('chipIdentification', 73, 8, 3), stays: true },
  { ...inSection('rank', 74, 16), stays: true },
  { ...inSection('moduleHandle', 78, 16), stays: true }
]

export const MEMORY_2_BYTES: Layout = [
  inSection('errorStatus', 8, 64),
  inSection('bankGroup', 38, 16, 8),
  inSection('bankAddress', 38, 16, 8),
  inSection('device', 40, 32),
  inSection('chipIdentification', 60, 8),
  inSection('status', 62, 8),
  inSection('requestorId', 64, 64),
  inSection('moduleHandle', 92, 32)
]

export const PCIE_BYTES: Layout = [
  inSection('portType', 8, 32),
  inSection('versionMinor', 12, 8),
  inSection('status', 18, 16),
  inSection('classCode', 28, 24),
  inSection('segment', 33, 16),
  inSection('slot', 37, 16, 13),
  inSection('serialNumber', 40, 64),
  {
    field: 'capability',
    places: [
      [52, 60],
      [0, 8]
    ],
    make: raw(60)
  },
  {
    field: 'aer',
    places: [
      [112, 96],
      [0, 8]
    ],
    make: raw(96)
  }
]

export const GENERIC_BYTES: Layout = [
  inSection('processorType', 8, 8),
  inSection('level', 13, 8),
  inSection('cpuVersion', 16, 64),
  {
    field: 'brandString',
    places: [
      [24, 128],
      [0, 8]
    ],
    make: raw(128)
  },
  inSection('instructionIp', 184, 64)
]

export const FIRMWARE_BYTES: Layout = [
  always('type', 0, 8),
  always('recordId', 8, 64),
  { field: 'recordGuid', places: [[16, 16]], make: guid, stays: true }
]

export const SIGINFO_BYTES: Layout = [
  { ...always('errno', 4, 32), make: (number: () => number) => 1 + bits(16)(number) },
  { ...always('address', 16, 64), stays: true },
  { ...always('addressLsb', 24, 16), make: bits(15), stays: true }
]

export const VCPU_EVENTS_BYTES: Layout = [
  always('serrorPending', 0, 8),
  always('serrorHasEsr', 1, 8),
  always('extDabtPending', 2, 8),
  always('serrorEsr', 8, 64)
]
