import t from 'tap'
import { encodeArmProcessorSection, type ArmProcessorSection } from '../../../shared/formats/arm-processor-section.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import type { KernelSetup } from '../../../shared/linux/kernel/create.ts'
import { body } from './cper-printed.ts'
import { section } from '../apei/ghes-machine.ts'
import type { Version } from '../../../shared/linux/profile.ts'

const arm = (change: Partial<ArmProcessorSection>): Uint8Array =>
  encodeArmProcessorSection({ midr: 0x414fd0c1n, errors: [{ type: 2 }], contexts: [], ...change })
const armBody = (change: Partial<ArmProcessorSection>, setup?: KernelSetup): string[] =>
  body(section(SECTION_TYPE.processorArm, arm(change)), setup).slice(1)

void t.test('an ARM section prints processor, errors, contexts and what is left', async (t) => {
  const lines = armBody({
    mpidr: 0x81000001n,
    affinityLevel: 2,
    runningState: 1,
    psciState: 0xffffffff,
    errors: [
      {
        type: 0x02,
        multipleError: 2,
        flags: 0x0f,
        errorInformation: 0x1e5d_007fn,
        virtualFaultAddress: 0xdead000n,
        physicalFaultAddress: 0x4800_0000n
      }
    ],
    contexts: [{ version: 0, type: 5, registers: Uint8Array.from([1, 2, 3, 4, 5, 6]) }],
    vendor: Uint8Array.from([0x41, 0x42, 0x43, 0x00])
  })

  t.strictSame(lines, [
    '  Multiprocessor Affinity Register (MPIDR): 0x0000000081000001',
    '  error affinity level: 2',
    '  running state: 0x1',
    '  Power State Coordination Interface state: -1',
    '  Error info structure 0:',
    '  num errors: 3',
    '   first error captured',
    '   last error captured',
    '   propagated error captured',
    '   overflow occurred, error info is incomplete',
    '   error_type: 0x02: cache error',
    '   error_info: 0x000000001e5d007f',
    '    transaction type: Data Access',
    '    cache error, operation type: Eviction',
    '    cache level: 1',
    '    processor context corrupted',
    '    the error has been corrected',
    '    PC is precise',
    '    Program execution can be restarted reliably at the PC associated with the error.',
    '   virtual fault address: 0x000000000dead000',
    '   physical fault address: 0x0000000048000000',
    '  Context info structure 0:',
    '   register context type: AArch64 EL1 context registers',
    '   00000000: 01 02 03 04 05 06',
    '  Vendor specific error info has 4 bytes:',
    '   00000000: 00434241                             ABC.'
  ])
})

void t.test('fields of bus errors are printed when the type is bus and nothing else', async (t) => {
  const errorInformation = (1n << 43n) | (3n << 34n) | (3n << 32n) | (1n << 31n) | (2n << 29n) | (2n << 22n) | 0xf84n
  const bus = armBody({ errors: [{ type: 0x08, errorInformation }] }).slice(4)
  const both = armBody({ errors: [{ type: 0x0c, errorInformation }] }).slice(4)

  t.strictSame(bus, [
    '    affinity level at which the bus error occurred: 2',
    '    participation type: Local processor observed',
    '    request timed out',
    '    address space: Device Memory Access',
    '    memory access attributes:0x3',
    '    access mode: normal'
  ])
  t.strictSame(both, ['    TLB level: 2', '    affinity level at which the bus error occurred: 2'])
})

void t.test('a micro-architectural error is not taken apart', async (t) => {
  t.strictSame(armBody({ errors: [{ type: 0x10, errorInformation: 0x54007fn }] }).slice(2), [
    '   error_type: 0x10: micro-architectural error',
    '   error_info: 0x000000000054007f'
  ])
})

void t.test('a kernel that reads an enumeration names the type and prints no unknown one', async (t) => {
  const setup: KernelSetup = { options: { armErrorType: 'enumeration' } }

  t.strictSame(armBody({ errors: [{ type: 1, errorInformation: 0x0054_0006n }] }, setup).slice(2), [
    '   error_type: 1, TLB error',
    '   error_info: 0x0000000000540006',
    '    operation type: Instruction fetch',
    '    TLB level: 1'
  ])
  t.strictSame(armBody({ errors: [{ type: 7, errorInformation: 0x54007fn }] }, setup).slice(2), [
    '   error_type: 7, unknown',
    '   error_info: 0x000000000054007f'
  ])
})

void t.test('an ARM section whose length does not fit its counts or its CPER is said to be wrong', async (t) => {
  const small = arm({})
  new DataView(small.buffer).setUint16(4, 9, true)
  const big = arm({})
  new DataView(big.buffer).setUint32(8, 100, true)
  const wrong = (length: number, size: string, count: number) => [
    `  section length: ${length}, CPER size: 72`,
    `  section length is too ${size}`,
    '  firmware-generated error record is incorrect',
    `  ERR_INFO_NUM is ${count}`
  ]

  t.strictSame(body(section(SECTION_TYPE.processorArm, small)).slice(1), wrong(72, 'small', 9))
  t.strictSame(body(section(SECTION_TYPE.processorArm, big)).slice(1), wrong(100, 'big', 1))
})

void t.test('a context that is too long or of an unknown type ends the report', async (t) => {
  const context = { version: 0, type: 5, registers: new Uint8Array(8) }
  const long = arm({ contexts: [context] })
  new DataView(long.buffer).setUint32(72 + 4, 9, true)

  t.strictSame(body(section(SECTION_TYPE.processorArm, long)).slice(-3), [
    '  Context info structure 0:',
    '   section length is too small',
    '  firmware-generated error record is incorrect'
  ])
  t.strictSame(armBody({ contexts: [{ ...context, type: 9 }] }).slice(-2), [
    '  Context info structure 0:',
    '   Invalid context type: 9 (max: 8)'
  ])
})

void t.test('contexts are printed one right behind the other, from 6.14 on at multiples of 16', async (t) => {
  const one = { version: 0, type: 3, registers: Uint8Array.from([1, 2, 3, 4]) }
  const contexts = (contextStride: 'packed' | 'aligned', version: Version) =>
    armBody({ contexts: [one, one], contextStride, vendor: Uint8Array.of(9) }, { version })
      .filter((line) => /context type|too small|Vendor|00000000/.test(line))
      .map((line) => line.trim())
  const both = [
    'register context type: AArch32 secure context registers',
    '00000000: 04030201',
    'register context type: AArch32 secure context registers',
    '00000000: 04030201',
    'Vendor specific error info has 1 bytes:',
    '00000000: 09                                               .'
  ]

  t.strictSame(contexts('packed', '6.12'), both)
  t.strictSame(contexts('aligned', '7.3'), both)
  t.not(contexts('aligned', '6.12').join(), both.join(), '6.12 takes the padding for a context')
  t.match(contexts('packed', '7.3').join(), /too small/, '7.3 looks for the second one behind the section')
})
