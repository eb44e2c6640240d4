import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { ARM_CONTEXT_TYPE } from '../../shared/formats/arm-context.ts'
import { armContext, armContextName, armContextRegisters } from '../../shared/formats/arm-context-registers.ts'
import { armErrorKinds } from '../../shared/formats/arm-error-info.ts'
import {
  decodeArmBusInformation,
  decodeArmCacheInformation,
  encodeArmBusInformation,
  encodeArmCacheInformation
} from '../../shared/formats/arm-error-information.ts'
import {
  decodeArmProcessorHeader,
  decodeArmProcessorSection,
  encodeArmProcessorSection,
  type ArmProcessorSection
} from '../../shared/formats/arm-processor-section.ts'
import { decodeErrorStatusBlock, encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { partly, record, u16, u32, u64, u8 } from './arbitraries.ts'
import { bytesOf, formatError, hexOf, patched, recordedBlock } from './hex.ts'
import { QEMU_ARM_BLOCK } from './worked-examples.ts'

const bodyOf = (block: Uint8Array): Uint8Array => decodeErrorStatusBlock(block).entries[0]?.payload ?? new Uint8Array()

void t.test('the default record of the QEMU script has almost nothing marked valid', async (t) => {
  const body = bodyOf(QEMU_ARM_BLOCK)

  const section = decodeArmProcessorSection(body)

  t.strictSame(section, {
    runningState: 0,
    psciState: 0,
    midr: 0n,
    errors: [
      {
        type: 2,
        errorInformation: 0x91000fn,
        unvalidated: {
          multipleError: 1,
          flags: 3,
          virtualFaultAddress: 0xdeadbeefn,
          physicalFaultAddress: 0xabba0badn
        }
      }
    ],
    contexts: []
  })
  t.equal(hexOf(encodeArmProcessorSection(section)), hexOf(body))
})

void t.test('a record that Linux 6.1 took as a cache error', async (t) => {
  const body = bodyOf(recordedBlock('polled-arm-section-cache-pa'))

  const section = decodeArmProcessorSection(body)

  t.equal(section.mpidr, 0n)
  t.equal(section.errors[0]?.type, 0)
  t.ok(section.errors[0]?.physicalFaultAddress)
  t.equal(hexOf(encodeArmProcessorSection(section)), hexOf(body))
})

void t.test('readers disagree on the type byte', async (t) => {
  const CASES = [
    ['bitmask', 0x02, ['cache']],
    ['bitmask', 0x06, ['cache', 'TLB']],
    ['bitmask', 0x10, ['micro-architectural']],
    ['bitmask', 0x00, []],
    ['bitmask', 0x01, []],
    ['enumeration', 0, ['cache']],
    ['enumeration', 2, ['bus']],
    ['enumeration', 4, []],
    ['libcper', 2, ['TLB']],
    ['libcper', 3, []]
  ] as const
  for (const [meaning, type, kinds] of CASES) t.strictSame(armErrorKinds(type, meaning), kinds, `${meaning} ${type}`)
})

void t.test('the error information word is read by its validation bits', async (t) => {
  t.strictSame(decodeArmCacheInformation(0x91000fn), {
    transactionType: 1,
    operation: 4,
    level: 2,
    processorContextCorrupt: false
  })
  t.equal(encodeArmCacheInformation(decodeArmCacheInformation(0x91000fn)), 0x91000fn)
  t.strictSame(decodeArmCacheInformation(0xffff_0000n), { kept: 0xffff_0000n }, 'nothing is marked')
  t.equal(encodeArmCacheInformation({ kept: 0xffff_0000n, level: 2 }), 0xfebf_0004n, 'a field takes its own bits only')
  t.throws(() => encodeArmCacheInformation({ level: 8 }), { name: 'FormatError' })
})

void t.test('a bus error has five more fields, above bit 31 too', async (t) => {
  const information = {
    transactionType: 2,
    level: 7,
    corrected: true,
    restartablePc: false,
    participationType: 3,
    timedOut: true,
    addressSpace: 3,
    memoryAttributes: 0x1ff,
    accessMode: 1
  }

  const word = encodeArmBusInformation(information)

  t.equal(word, 0xfff_e5c2_0fd5n)
  t.strictSame(decodeArmBusInformation(word), information)
})

void t.test('contexts are found packed and aligned to 16, whichever ends with the section', async (t) => {
  const contexts = [
    armContext(ARM_CONTEXT_TYPE.aarch64Gpr, { x0: 1n }),
    armContext(ARM_CONTEXT_TYPE.aarch64El1, { far: 2n })
  ]
  const section: ArmProcessorSection = { midr: 0n, errors: [{ type: 2 }], contexts }

  const packed = encodeArmProcessorSection(section)
  const aligned = encodeArmProcessorSection({ ...section, contextStride: 'aligned' })

  t.equal(packed.length, 40 + 32 + 264 + 144)
  t.equal(aligned.length, 40 + 32 + 264 + 8 + 144)
  t.strictSame(decodeArmProcessorSection(packed), section)
  t.strictSame(decodeArmProcessorSection(aligned), { ...section, contextStride: 'aligned' })
})

void t.test('the last context may be padded: its pad is not vendor information', async (t) => {
  const contexts = [armContext(ARM_CONTEXT_TYPE.aarch64Gpr, {})]
  const section: ArmProcessorSection = { midr: 0n, errors: [{ type: 2 }], contexts, contextStride: 'aligned' }

  const decoded = decodeArmProcessorSection(encodeArmProcessorSection(section))

  t.strictSame(decoded, section)
  t.strictSame(
    decodeArmProcessorSection(encodeArmProcessorSection(section), 'packed').unmarkedVendor,
    new Uint8Array(8)
  )
})

void t.test('a record of TF-A RD-Aspen is 580 bytes: a GPR context, padded, and an EL1 context', async (t) => {
  const payload = encodeArmProcessorSection({
    mpidr: 0x81000000n,
    affinityLevel: 0,
    runningState: 1,
    psciState: 0,
    midr: 0x410fd4f0n,
    errors: [
      { type: 2, multipleError: 0, flags: 1, errorInformation: 0x91000fn, physicalFaultAddress: 0x8_8000_0000n }
    ],
    contexts: [
      armContext(ARM_CONTEXT_TYPE.aarch64Gpr, { sp: 1n }),
      armContext(ARM_CONTEXT_TYPE.aarch64El1, { elr: 2n })
    ],
    contextStride: 'aligned'
  })
  const entry = { sectionType: SECTION_TYPE.processorArm, severity: 1, revision: 0x300, flags: 0, payload }

  const bytes = encodeErrorStatusBlock({ blockStatus: 0x11, severity: 1, entries: [entry], rawDataOffset: 92 })

  t.equal(bytes.length, 580)
  t.equal(decodeArmProcessorHeader(payload).contextCount, 2)
  const section = decodeArmProcessorSection(bodyOf(bytes))
  t.strictSame(
    section.contexts.map((context) => armContextName(context.type)),
    ['AArch64 GPR', 'AArch64 EL1']
  )
  t.strictSame(armContextRegisters(section.contexts[0] ?? armContext(0, {}))?.at(-1), { name: 'sp', value: 1n })
})

void t.test('registers have the natural size of their context', async (t) => {
  const CASES = [
    [0, 64, 'pc'],
    [1, 96, 'dacr'],
    [2, 64, 'dacr32_el2'],
    [3, 8, 'spsr_mon'],
    [4, 256, 'sp'],
    [5, 136, 'ttbr1'],
    [6, 120, 'vttbr'],
    [7, 80, 'ttbr0']
  ] as const
  for (const [type, size, last] of CASES) {
    const context = armContext(type, { [last]: 0xffffffffn })

    t.equal(context.registers.length, size, `type ${type}`)
    t.strictSame(armContextRegisters(context)?.at(-1), { name: last, value: 0xffffffffn })
  }
})

void t.test('an array longer than its registers is read as far as they go, a reserved type not at all', async (t) => {
  const qemu = { version: 0, type: ARM_CONTEXT_TYPE.aarch64El3, registers: new Uint8Array(88) }
  const misc = { version: 0, type: 8, registers: bytesOf('10 c6 8877665544332211') }

  t.equal(armContextRegisters(qemu)?.length, 10)
  t.equal(armContextRegisters({ ...qemu, type: 9 }), undefined)
  t.strictSame(armContextRegisters(misc), [{ name: 's3_0_c12_c2_0', value: 0x1122334455667788n }])
  t.throws(() => armContext(9, {}), { name: 'FormatError' })
  t.throws(() => armContext(4, { x31: 0n }), { name: 'FormatError' })
})

void t.test('lengths that lie are refused where they stand', async (t) => {
  const body = bodyOf(QEMU_ARM_BLOCK)

  t.throws(() => decodeArmProcessorSection(patched(body, 8, '49')), formatError(8))
  t.throws(() => decodeArmProcessorSection(patched(body, 8, '47')), formatError(40))
  t.throws(() => decodeArmProcessorSection(patched(body, 4, '02')), formatError(40))
  t.throws(() => decodeArmProcessorSection(patched(body, 6, '01')), formatError(72))
})

void t.test(
  'what Linux reads all the same is read: no error information, an odd length byte, a short Section Length',
  async (t) => {
    const body = bodyOf(QEMU_ARM_BLOCK)
    const CASES = [
      ['no error information', patched(body, 4, '00'), { errors: [], unmarkedVendor: body.subarray(40) }],
      ['length 31', patched(body, 41, '1f'), { errors: [{ length: 31, type: 2 }] }],
      ['four bytes behind the section', Uint8Array.of(...body, 1, 2, 3, 4), { rest: Uint8Array.of(1, 2, 3, 4) }]
    ] as const
    for (const [what, bytes, expected] of CASES) {
      const section = decodeArmProcessorSection(bytes)

      t.match(section, expected, what)
      t.equal(hexOf(encodeArmProcessorSection(section)), hexOf(bytes), `${what} comes back`)
    }
  }
)

void t.test('vendor bytes that fill a context up to a multiple of 16 are no padding', async (t) => {
  const section = (more: Partial<ArmProcessorSection>): ArmProcessorSection => ({
    midr: 0n,
    errors: [{ type: 2 }],
    contexts: [armContext(ARM_CONTEXT_TYPE.aarch64Gpr, { x0: 1n })],
    ...more
  })
  const CASES = [
    ['marked', section({ vendor: bytesOf('0102030405060708') })],
    ['marked, all zero', section({ vendor: new Uint8Array(8) })],
    ['not marked, not zero', section({ unmarkedVendor: bytesOf('0000000000000008') })],
    ['marked, and more of them', section({ vendor: new Uint8Array(24) })],
    ['not marked, all zero: padding', section({ contextStride: 'aligned' })]
  ] as const
  for (const [what, value] of CASES) {
    const bytes = encodeArmProcessorSection(value)

    t.strictSame(decodeArmProcessorSection(bytes), value, what)
    t.equal(hexOf(encodeArmProcessorSection(decodeArmProcessorSection(bytes))), hexOf(bytes), `${what} comes back`)
  }
})

void t.test('an aligned context whose padding is not zero keeps it, where no packed walk fits', async (t) => {
  const pad = new Uint8Array(8).fill(0xff)
  const section: ArmProcessorSection = {
    midr: 0n,
    errors: [{ type: 2 }],
    contexts: [
      { ...armContext(ARM_CONTEXT_TYPE.aarch64Gpr, {}), pad },
      armContext(ARM_CONTEXT_TYPE.aarch64El1, { far: 2n })
    ],
    contextStride: 'aligned'
  }

  t.strictSame(decodeArmProcessorSection(encodeArmProcessorSection(section)), section)
  t.throws(() => encodeArmProcessorSection({ ...section, contextStride: 'packed' }), { name: 'FormatError' })
})

void t.test('our own output is read as it was meant, contexts and vendor information of any length', async (t) => {
  const context = record({
    version: fc.constant(0),
    type: fc.nat(8),
    registers: fc.uint8Array({ minLength: 1, maxLength: 64 })
  })
  const vendor = fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined })

  fc.assert(
    fc.property(fc.array(context, { maxLength: 3 }), vendor, (contexts, bytes) => {
      const value: ArmProcessorSection = {
        midr: 0n,
        errors: [{ type: 2 }],
        contexts,
        ...(bytes === undefined ? {} : { vendor: bytes })
      }
      return isDeepStrictEqual(decodeArmProcessorSection(encodeArmProcessorSection(value)), value)
    })
  )
  t.pass()
})

void t.test('what is encoded is decoded', async (t) => {
  const error = partly(
    { type: u8 },
    { multipleError: u16, flags: u8, errorInformation: u64, virtualFaultAddress: u64, physicalFaultAddress: u64 }
  )
  const context = record({
    version: fc.constant(0),
    type: fc.nat(8),
    registers: fc.uint8Array({ maxLength: 64 })
  })
  const section = fc
    .tuple(
      partly(
        {
          midr: u64,
          errors: fc.array(error, { minLength: 1, maxLength: 3 }),
          contexts: fc.array(context, { maxLength: 3 })
        },
        { mpidr: u64, affinityLevel: u8, vendor: fc.uint8Array({ maxLength: 40 }) }
      ),
      fc.option(record({ runningState: u32, psciState: u32 }), { nil: {} })
    )
    .map(([rest, state]): ArmProcessorSection => ({ ...rest, ...state }))

  fc.assert(
    fc.property(section, (value) => {
      const aligned: ArmProcessorSection = { ...value, contextStride: 'aligned' }
      return (
        isDeepStrictEqual(decodeArmProcessorSection(encodeArmProcessorSection(value), 'packed'), value) &&
        isDeepStrictEqual(decodeArmProcessorSection(encodeArmProcessorSection(aligned), 'aligned'), aligned)
      )
    })
  )
  t.pass()
})
