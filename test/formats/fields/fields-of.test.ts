import t from 'tap'
import fc from 'fast-check'
import { decodeArmProcessorSection } from '../../../shared/formats/arm-processor-section.ts'
import { detectContainer } from '../../../shared/formats/container.ts'
import { decodeCperRecord, type CperRecord } from '../../../shared/formats/cper-record.ts'
import { decodeSetErrorType } from '../../../shared/formats/einj.ts'
import { decodeErrStatus } from '../../../shared/formats/err-record.ts'
import { decodeErrorStatusBlock } from '../../../shared/formats/error-status-block.ts'
import { decodeAbort } from '../../../shared/formats/esr-abort.ts'
import { decodeSError } from '../../../shared/formats/esr-serror.ts'
import { decodeEsr, EC, isDataAbort, isInstructionAbort } from '../../../shared/formats/esr.ts'
import { FIELD_KINDS, fieldsOf, titleOf, type FieldKind } from '../../../shared/formats/fields/fields-of.ts'
import { fieldsWithin, leavesOf, pathTo } from '../../../shared/formats/fields/field.ts'
import { decodeFirmwareRecordReference } from '../../../shared/formats/firmware-record-reference.ts'
import { FormatError } from '../../../shared/formats/format-error.ts'
import { decodeHest } from '../../../shared/formats/hest.ts'
import { decodeKvmRunArmSea } from '../../../shared/formats/kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents } from '../../../shared/formats/kvm-vcpu-events.ts'
import { decodeMemorySection2 } from '../../../shared/formats/memory-section-2.ts'
import { decodeMemorySection } from '../../../shared/formats/memory-section.ts'
import { decodePcieSection } from '../../../shared/formats/pcie-section.ts'
import { decodeProcessorGenericSection } from '../../../shared/formats/processor-generic-section.ts'
import { decodeSiginfo } from '../../../shared/formats/siginfo.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { bytesOf, patched, recordedBlock } from '../hex.ts'
import { CPER_RECORD, QEMU_MEMORY_BLOCK } from '../worked-examples.ts'
import { coverageFaults } from './coverage.ts'
import { differences } from './decoded.ts'
import { SEEDS } from './kinds.ts'

const RUNS = { numRuns: 200, seed: 0x5ea }

/** Bytes in order, with some of them changed, cut off or added; or any bytes at all. */
function bytesFor(kind: FieldKind): fc.Arbitrary<Uint8Array> {
  const mutated = fc
    .record({
      seed: fc.constantFrom(...SEEDS[kind]),
      changes: fc.array(fc.tuple(fc.nat(4000), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 8, 0x20))), {
        maxLength: 8
      }),
      more: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 24 })),
      fewer: fc.oneof(fc.constant(0), fc.nat(200))
    })
    .map(({ seed, changes, more, fewer }) => {
      const bytes = Uint8Array.of(...seed.subarray(0, Math.max(0, seed.length - fewer)), ...more)
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
      return bytes
    })
  return fc.oneof({ arbitrary: mutated, weight: 4 }, { arbitrary: fc.uint8Array({ maxLength: 300 }), weight: 1 })
}

function checked(kind: FieldKind, bytes: Uint8Array): void {
  const { root, problems } = fieldsOf(kind, bytes)
  const faults = coverageFaults(root, bytes.length)
  if (faults.length > 0) throw new Error(`${kind} of ${Buffer.from(bytes).toString('hex')}: ${faults.join('; ')}`)
  for (const { offset } of problems) {
    if (offset < 0 || offset > bytes.length) throw new Error(`${kind}: a problem at ${offset} of ${bytes.length} bytes`)
  }
}

for (const kind of FIELD_KINDS) {
  void t.test(`${titleOf(kind)} (${kind}): the leaves cover each bit once, in order, within their parents`, (t) => {
    t.ok(SEEDS[kind].length > 0)
    for (const seed of SEEDS[kind]) {
      t.same(coverageFaults(fieldsOf(kind, seed).root, seed.length), [])
      for (let length = 0; length < seed.length; length += seed.length > 300 ? 7 : 1)
        checked(kind, seed.subarray(0, length))
    }
    fc.assert(
      fc.property(bytesFor(kind), (bytes) => checked(kind, bytes)),
      RUNS
    )
    t.end()
  })
}

/** A value without members that have no field of their own. */
const without = (value: object, ...names: readonly string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))

const word = (bytes: Uint8Array): bigint => viewOf(bytes).getBigUint64(0)

/** A syndrome with all that is said of its class. */
function syndrome(esr: bigint): object {
  const { ec, il, iss, upper } = decodeEsr(esr)
  const head = { ec, il, ...(upper === undefined ? {} : { upper }) }
  if (isDataAbort(esr) || isInstructionAbort(esr)) {
    const abort = decodeAbort(esr)
    return { ...head, ...without(abort, 'lowerEl', 'access'), ...abort.access }
  }
  return ec === EC.serror ? { ...head, ...decodeSError(esr) } : { ...head, iss }
}

/** The vendor's bytes are among the kept when unmarked, and a context's padding is not a member. */
function armSection(bytes: Uint8Array): object {
  const section = decodeArmProcessorSection(bytes)
  return {
    ...without(section, 'contextStride'),
    contexts: section.contexts.map(({ version, type, registers }) => ({ version, type, size: registers.length }))
  }
}

const DECODERS: { readonly [Kind in FieldKind]?: (bytes: Uint8Array) => unknown } = {
  'error-record': (bytes) =>
    detectContainer(bytes) === 'cper-record' ? header(decodeCperRecord(bytes)) : block(bytes),
  'error-status-block': block,
  'cper-record': (bytes) => header(decodeCperRecord(bytes)),
  processorGeneric: decodeProcessorGenericSection,
  processorArm: armSection,
  platformMemory: decodeMemorySection,
  platformMemory2: decodeMemorySection2,
  pciExpress: decodePcieSection,
  firmwareRecordReference: decodeFirmwareRecordReference,
  hest,
  siginfo: decodeSiginfo,
  'kvm-vcpu-events': decodeKvmVcpuEvents,
  'kvm-run-arm-sea': decodeKvmRunArmSea,
  esr: (bytes) => syndrome(word(bytes)),
  'err-status': (bytes) => {
    return without(decodeErrStatus(word(bytes)), 'other')
  },
  'set-error-type': decodeSetErrorType
}

function block(bytes: Uint8Array): object {
  const { blockStatus, severity, entries, rawData } = decodeErrorStatusBlock(bytes)
  return {
    blockStatus,
    severity,
    ...(rawData && { rawData }),
    entries: entries.map((entry) => without(entry, 'payload'))
  }
}

const header = (record: CperRecord): object => without(record, 'sections')

function hest(bytes: Uint8Array): object {
  const { sources, ...table } = decodeHest(bytes)
  return {
    ...table,
    sources: sources.map((source) => {
      if ('bytes' in source) return source.bytes
      const { readAck, ...ghes } = source
      return readAck
        ? { ...ghes, readAckRegister: readAck.register, preserve: readAck.preserve, write: readAck.write }
        : ghes
    })
  }
}

for (const [kind, decode] of Object.entries(DECODERS) as [FieldKind, (bytes: Uint8Array) => unknown][]) {
  void t.test(`${kind}: every member that the decoder gives is a field with the same value`, (t) => {
    let compared = 0
    const compare = (bytes: Uint8Array): void => {
      let decoded: unknown
      try {
        decoded = decode(bytes)
      } catch (error) {
        if (error instanceof FormatError || error instanceof RangeError) return
        throw error
      }
      compared++
      const wrong = differences(fieldsOf(kind, bytes).root, decoded)
      if (wrong.length > 0) throw new Error(`${Buffer.from(bytes).toString('hex')}: ${wrong.join('; ')}`)
    }
    for (const seed of SEEDS[kind]) compare(seed)
    fc.assert(fc.property(bytesFor(kind), compare), RUNS)
    t.ok(compared >= SEEDS[kind].length)
    t.end()
  })
}

void t.test('a field says which bits it is, what it means and whether it is valid', (t) => {
  const { root, problems } = fieldsOf('error-status-block', QEMU_MEMORY_BLOCK)
  const all = [...fieldsWithin(root)]
  const named = (name: string, isPart = false) =>
    all.find((field) => field.name === name && (field.bits !== undefined) === isPart)

  t.same(problems, [])
  t.match(named('sectionType'), { offset: 20, length: 16, text: 'Platform Memory' })
  t.match(named('severity'), { offset: 16, length: 4, text: 'recoverable' })
  t.match(named('entryCount', true), { offset: 0, bits: [13, 4] })
  t.match(named('fruId'), { valid: false })
  t.match(named('Platform Memory'), { offset: 92, length: 80 })
  t.match(named('physicalAddress'), { offset: 108, length: 8, valid: true })
  t.same(
    pathTo(root, 110).map(({ name }) => name),
    ['generic error status block', 'entry 0', 'Platform Memory', 'physicalAddress']
  )
  t.same(pathTo(root, 9999), [])
  t.end()
})

void t.test('the parts of a syndrome have the bits of the manual', (t) => {
  const { root } = fieldsOf('esr', bytesOf('110c00be00000000'))

  t.equal(root.text, 'SError')
  t.match(
    leavesOf(root).filter(({ role }) => role !== 'reserved'),
    [
      { name: 'dfsc', bits: [5, 0], value: 0x11, text: 'asynchronous SError' },
      { name: 'ea', bits: [9, 9], value: false },
      { name: 'aet', bits: [12, 10], value: 3, text: 'UER' },
      { name: 'iesb', bits: [13, 13] },
      { name: 'ids', bits: [24, 24], value: false },
      { name: 'il', bits: [25, 25], value: true },
      { name: 'ec', bits: [31, 26], value: 0x2f, text: 'SError', offset: 3, length: 1 },
      { name: 'upper', bits: [63, 32], offset: 4, length: 4 }
    ]
  )
  t.end()
})

void t.test('a section without a decoder is bytes that are said to be unknown', (t) => {
  const unknown = patched(QEMU_MEMORY_BLOCK, 20, '00112233445566778899aabbccddeeff')
  const { root } = fieldsOf('error-status-block', unknown)
  const section = [...fieldsWithin(root)].find(({ role }) => role === 'unknown')

  t.match(section, {
    name: 'unknown section',
    offset: 92,
    length: 80,
    text: 'sections of type 33221100-5544-7766-8899-aabbccddeeff have no decoder here'
  })
  t.end()
})

void t.test('damage is a problem at its place; the fields go on up to it', (t) => {
  const cut = fieldsOf('error-status-block', QEMU_MEMORY_BLOCK.subarray(0, 120))
  const names = [...fieldsWithin(cut.root)].filter(({ bits }) => bits === undefined).map(({ name }) => name)

  t.match(cut.problems, [{ offset: 20, rule: /Data Length/ }])
  t.ok(names.includes('physicalAddress'))
  t.notOk(names.includes('errorType'))
  t.match(fieldsOf('error-status-block', recordedBlock('arm-section-count-too-large')).problems, [
    { offset: 132, rule: /Error Info Num/ }
  ])
  t.match(fieldsOf('cper-record', patched(CPER_RECORD, 6, '00000000')).problems, [{ offset: 6 }])
  t.match(fieldsOf('siginfo', new Uint8Array(7)).problems, [{ offset: 0, found: '7' }])
  t.end()
})
