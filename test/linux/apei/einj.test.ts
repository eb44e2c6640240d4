import t from 'tap'
import { availableErrorType, einjRefuses, setErrorType, type EinjFiles } from '../../../shared/linux/apei/einj.ts'
import { EINVAL } from '../../../shared/linux/kernel/errno.ts'
import { ghesMachine } from './ghes-machine.ts'

const NOTHING: EinjFiles = { errorType: 0, flags: 0, param1: 0n, param2: 0n, param3: 0, param4: 0 }
const PAGE = 0xffff_ffff_ffff_f000n
const RAM = 0x4800_1000n
const OFFERED = 0x1ff

const refused = (files: Partial<EinjFiles>, pageSize = 4096) =>
  einjRefuses(ghesMachine({ options: { pageSize } }).k, OFFERED, { ...NOTHING, ...files })

const MEMORY = { errorType: 0x10, flags: 2, param1: RAM, param2: PAGE }
const CASES: readonly (readonly [string, Partial<EinjFiles>, RegExp])[] = [
  ['two bits', { errorType: 0x18 }, /more than one bit/],
  ['nothing', { errorType: 0 }, /not among available_error_type/],
  ['what firmware does not offer', { errorType: 0x200, flags: 1 }, /0x200 is not among available_error_type \(0x1ff\)/],
  ['an unknown flag', { ...MEMORY, flags: 0x10 }, /flags 0x10 has bits beyond 0x7/],
  ['the flag of EINJv2', { ...MEMORY, flags: 8 }, /flags 0x8 has bits beyond 0x7/],
  ['no mask', { ...MEMORY, param2: 0n }, /param2 0x0 leaves firmware more than a page/],
  ['no mask, without flags', { errorType: 8, param1: RAM }, /param2 0x0/],
  ['a mask of a gigabyte', { ...MEMORY, param2: 0xffff_ffff_c000_0000n }, /param2/],
  ['a mask of 48 bits', { ...MEMORY, param2: 0xffff_ffff_f000n }, /param2/],
  ['no RAM', { ...MEMORY, param1: 0x900_0000n }, /0x9000000 \(param1 & param2\) is not System RAM/],
  ['the address flag with a processor error', { errorType: 2, flags: 3, param1: 0n, param2: PAGE }, /not System RAM/]
]

void t.test('the driver refuses with EINVAL before firmware hears of it', (t) => {
  for (const [what, files, because] of CASES) t.match(refused(files), { errno: EINVAL, because }, what)
  t.end()
})

void t.test('what it lets pass is firmware’s to judge', (t) => {
  const passes: readonly (readonly [string, Partial<EinjFiles>])[] = [
    ['memory', MEMORY],
    ['memory, without flags', { ...MEMORY, flags: 0 }],
    ['one byte', { ...MEMORY, param2: 0xffff_ffff_ffff_ffffn }],
    ['a processor that there is not', { errorType: 1, param1: 0xffff_ffffn }],
    ['a device that there is not', { errorType: 0x40, flags: 4, param4: 0xffff_ffff }],
    ['a vendor type, which is not enumerated', { errorType: 0x8000_0000 }],
    ['the last page of RAM', { ...MEMORY, param1: 0x7fff_ffffn }]
  ]
  for (const [what, files] of passes) t.equal(refused(files), undefined, what)
  t.end()
})

void t.test('the flag of EINJv2 is legal where the driver knows it', (t) => {
  const { k } = ghesMachine({ version: '7.3' })
  const files = { ...NOTHING, ...MEMORY, flags: 0xa }
  t.equal(einjRefuses(k, OFFERED, files), undefined)
  t.match(einjRefuses(k, OFFERED, { ...files, flags: 0x1a }), { file: 'flags', because: /beyond 0xf/ })
  t.end()
})

void t.test('a page is the kernel’s own', (t) => {
  t.equal(refused({ ...MEMORY, param2: 0xffff_ffff_ffff_0000n }, 65536), undefined)
  t.match(refused({ ...MEMORY, param2: 0xffff_ffff_ffff_0000n }), { errno: EINVAL })
  t.end()
})

void t.test('without flags param1 is the processor, the address or the device', (t) => {
  const param1 = 0x0102_1b00n
  const legacy = (errorType: number) =>
    setErrorType({ ...NOTHING, errorType, param1, param2: PAGE, param3: 7, param4: 9 })

  for (const type of [1, 2, 4]) t.strictSame(legacy(type), { type, vendorExtensionOffset: 0, apicId: 0x0102_1b00 })
  for (const type of [8, 0x10, 0x20]) {
    t.strictSame(legacy(type), { type, vendorExtensionOffset: 0, memoryAddress: param1, memoryAddressMask: PAGE })
  }
  for (const type of [0x40, 0x80, 0x100])
    t.strictSame(legacy(type), { type, vendorExtensionOffset: 0, pcieSbdf: 0x0102_1b00 })
  t.end()
})

void t.test('with flags the fields are those that they name', (t) => {
  const files = { ...NOTHING, errorType: 0x10, param1: RAM, param2: PAGE, param3: 7, param4: 9 }
  const common = { type: 0x10, vendorExtensionOffset: 0 }

  t.strictSame(setErrorType({ ...files, flags: 7 }), {
    ...common,
    apicId: 7,
    memoryAddress: RAM,
    memoryAddressMask: PAGE,
    pcieSbdf: 9
  })
  t.strictSame(setErrorType({ ...files, flags: 1 }), { ...common, apicId: 7 })
  t.end()
})

void t.test('available_error_type reads as on a machine with the types that a Phytium S5000C offers', (t) => {
  t.strictSame(availableErrorType(0xfff).split('\n'), [
    '0x00000001\tProcessor Correctable',
    '0x00000002\tProcessor Uncorrectable non-fatal',
    '0x00000004\tProcessor Uncorrectable fatal',
    '0x00000008\tMemory Correctable',
    '0x00000010\tMemory Uncorrectable non-fatal',
    '0x00000020\tMemory Uncorrectable fatal',
    '0x00000040\tPCI Express Correctable',
    '0x00000080\tPCI Express Uncorrectable non-fatal',
    '0x00000100\tPCI Express Uncorrectable fatal',
    '0x00000200\tPlatform Correctable',
    '0x00000400\tPlatform Uncorrectable non-fatal',
    '0x00000800\tPlatform Uncorrectable fatal',
    ''
  ])
  t.end()
})
