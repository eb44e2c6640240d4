import { bytesOf } from './hex.ts'

/**
 * A UEFI CPER record laid out by hand from UEFI 2.10, appendix N: every field of its header, of its descriptors and of the
 * bodies has a value of its own, so that no field can be taken for another.
 */

/** N.2.1: 128 bytes; platform id, timestamp and partition id are marked valid. */
const HEADER = `
  43 50 45 52  01 01  ff ff ff ff  06 00           Signature, revision 1.1, end, six sections
  02 00 00 00  07 00 00 00  00 05 00 00            corrected, validation, Record Length 1280
  30 59 23 01 31 12 26 20                          2026-12-31 23:59:30, precise
  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f  Platform ID
  20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f  Partition ID
  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  Creator ID
  b1 8b ce 2d d7 bd 0e 45 b9 ad 9c f4 eb d4 f8 90  CMC
  08 07 06 05 04 03 02 01  04 00 00 00             Record ID, simulated
  11 12 13 14 15 16 17 18  00 00 00 00 00 00 00 00 00 00 00 00  Persistence Information
`

/** N.2.2: 72 bytes; FRU id and text are marked valid in the first only. */
const DESCRIPTORS = `
  30 02 00 00  50 00 00 00  00 03  03 00  81 00 00 00  at 560, 80 bytes, revision 3.0, primary, overflow
  14 11 bc a5 64 6f de 4e b8 63 3e 83 ed 7c 83 b1  Platform Memory
  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  FRU id
  00 00 00 00  44 49 4d 4d 20 41 31 00 00 00 00 00 00 00 00 00 00 00 00 00  recoverable, "DIMM A1"

  80 02 00 00  76 00 00 00  04 03  00 00  02 00 00 00  at 640, 118 bytes, revision 3.4, containment warning
  16 3d 9e e1 11 bc e4 11 9c aa c2 05 1d 5d 46 b0  Processor ARM
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  01 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  fatal

  f6 02 00 00  c0 00 00 00  00 01  00 00  04 00 00 00  at 758, 192 bytes, reset
  ad cc 76 98 b4 47 db 4b b6 5e 16 f1 93 c4 f3 db  Processor Generic
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  02 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  corrected

  b6 03 00 00  d0 00 00 00  00 01  00 00  08 00 00 00  at 950, 208 bytes, threshold exceeded
  54 e9 95 d9 c1 bb 0f 43 ad 91 b4 4d cb 3c 6f 35  PCI Express
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  03 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  informational

  86 04 00 00  20 00 00 00  00 01  00 00  10 00 00 00  at 1158, 32 bytes, resource not accessible
  96 2a 21 81 ed 09 96 49 94 71 8d 72 9c 8e 69 ed  Firmware Error Record Reference
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00

  a6 04 00 00  5a 00 00 00  00 01  00 00  60 00 00 00  at 1190, 90 bytes, latent error, propagated
  f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff  of nobody
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
`

/** N.2.5: 80 bytes; all fields but bank, which stands beside bank group and address. */
const MEMORY = `
  bf ff 3f 00 00 00 00 00  00 04 55 00 00 00 00 00  Validation; Error Status: DRAM, address, data, requestor, overflow
  40 e0 a0 40 01 00 00 00  c0 ff ff ff ff ff ff ff  Physical Address, Mask
  01 00  02 00  03 00  05 04  06 00  07 00          node, card, module, bank address 5 of group 4, device, row
  08 00  09 00  00 a0 00 00 00 00 00 00             column, bit position, Requestor ID
  00 00 00 00 00 0b 00 00  00 0c 00 00 00 00 00 00  Responder ID, Target ID
  03 62  0d 00  0e 00  0f 00                        multi-bit ECC, chip 3 and row bits 10, rank, card and module handle
`

/** N.2.4.4: 40 + 32 + 8 + 32 + 6 bytes; a bus error, and an EL3 context cut short after four registers. */
const ARM = `
  0f 00 00 00  01 00  01 00  76 00 00 00  02 00 00 00  Validation, counts, Section Length 118, affinity level 2
  03 02 01 80 00 00 00 00  f0 d0 0f 41 00 00 00 00  MPIDR_EL1, MIDR_EL1
  00 00 00 00  05 00 00 00                          not running, PSCI state

  00 20  1f 00  08  02 00  0d  ff 0f 41 da 5b 08 00 00  version 0, 32 bytes, validation, bus, multiple 2, flags, information
  18 00 0a 90 ff ff 00 00  00 e0 a0 40 00 00 00 00  Virtual and Physical Fault Address

  00 00  07 00  20 00 00 00                         EL3, 32 bytes
  11 00 00 00 00 00 00 00  12 00 00 00 00 00 00 00  elr, esr
  13 00 00 00 00 00 00 00  14 00 00 00 00 00 00 00  far, mair
  de ad be ef 01 02                                 vendor
`

/** N.2.4.1: 192 bytes. */
const GENERIC = `
  ff 1f 00 00 00 00 00 00  02 04 04 01 0f 03 00 00  Validation; ARM, A64, bus, data read, flags, level 3
  f0 d0 0f 41 00 00 00 00  ${'5a '.repeat(128)}     version, brand string
  03 02 01 80 00 00 00 00  40 e0 a0 40 00 00 00 00  processor, target address
  01 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  requestor, responder
  88 99 aa bb cc dd ee 0f                           instruction
`

/** N.2.7: 208 bytes. */
const PCIE = `
  ff 00 00 00 00 00 00 00  04 00 00 00  01 02 00 00  Validation, root port, version 2.1
  47 05 10 00  00 00 00 00                          command, status
  86 80 34 12  00 04 06  01  02  04 03  05  06  38 00  00  vendor, device, class, function, device, segment, buses, slot 7
  88 77 66 55 44 33 22 11  22 11 44 33              serial number, bridge status and control
  ${'c1 '.repeat(60)}                               capability structure
  ${'ae '.repeat(96)}                               AER
`

/** N.2.10: 32 bytes. */
const FIRMWARE = `
  02 02 00 00 00 00 00 00  00 00 00 00 00 00 00 00  SoC type 2, revision 2, record id 0
  60 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f   record GUID
`
const UNKNOWN = '77 '.repeat(90)

/** The hex of a layout; what follows the bytes of a line is for people. */
const bytes = (layout: string) =>
  layout
    .split('\n')
    .map((line) => /^\s*(?:[0-9a-f]{2}\s+)*(?:[0-9a-f]{2}\s*$)?/.exec(line)?.[0] ?? '')
    .join('')

/** 128 + 6 * 72 + 80 + 118 + 192 + 208 + 32 + 90 = 1280 bytes. */
export const WHOLE_RECORD = bytesOf(
  [HEADER, DESCRIPTORS, MEMORY, ARM, GENERIC, PCIE, FIRMWARE, UNKNOWN].map(bytes).join('')
)
