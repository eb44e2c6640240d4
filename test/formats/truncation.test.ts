import t from 'tap'
import fc from 'fast-check'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { statusBlockOf } from '../../shared/formats/container.ts'
import { decodeSetErrorType } from '../../shared/formats/einj.ts'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { decodeFirmwareRecordReference } from '../../shared/formats/firmware-record-reference.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { decodeGenericAddress } from '../../shared/formats/generic-address.ts'
import { decodeGuid } from '../../shared/formats/guid.ts'
import { decodeHest, walkHest } from '../../shared/formats/hest.ts'
import { decodeKvmRunArmSea } from '../../shared/formats/kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents } from '../../shared/formats/kvm-vcpu-events.ts'
import { decodeMemorySection2 } from '../../shared/formats/memory-section-2.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { decodePcieSection } from '../../shared/formats/pcie-section.ts'
import { decodeProcessorGenericSection } from '../../shared/formats/processor-generic-section.ts'
import { decodeSiginfo } from '../../shared/formats/siginfo.ts'
import { recordedBlock } from './hex.ts'
import { CPER_RECORD, LINUX_MEMORY_BLOCK, QEMU_ARM_BLOCK, QEMU_HEST, QEMU_MEMORY_BLOCK } from './worked-examples.ts'

const everySection = (bytes: Uint8Array): void => {
  for (const { payload } of decodeErrorStatusBlock(bytes).entries) {
    if (payload.length === 72) decodeArmProcessorSection(payload)
    else decodeMemorySection(payload)
  }
}

/** Decoder, a valid input, and the lengths at which a part of the input has a meaning of its own. */
const CASES: readonly (readonly [string, (bytes: Uint8Array) => unknown, Uint8Array, readonly number[]])[] = [
  ['status block', decodeErrorStatusBlock, QEMU_MEMORY_BLOCK, []],
  ['status block with a memory section', everySection, LINUX_MEMORY_BLOCK, []],
  ['status block with an ARM section', everySection, QEMU_ARM_BLOCK, []],
  ['status block with two sections', everySection, recordedBlock('polled-two-sections'), []],
  ['CPER record', statusBlockOf, CPER_RECORD, []],
  ['HEST', decodeHest, QEMU_HEST, []],
  ['memory section', decodeMemorySection, QEMU_MEMORY_BLOCK.subarray(92), [73]],
  ['memory section 2', decodeMemorySection2, new Uint8Array(96), []],
  ['ARM processor section', decodeArmProcessorSection, QEMU_ARM_BLOCK.subarray(92), []],
  ['PCI Express section', decodePcieSection, new Uint8Array(208), []],
  ['processor generic section', decodeProcessorGenericSection, new Uint8Array(192), []],
  ['firmware record reference', decodeFirmwareRecordReference, Uint8Array.of(2, 2, ...new Uint8Array(30)), [16]],
  ['generic address', decodeGenericAddress, new Uint8Array(12), []],
  ['GUID', decodeGuid, new Uint8Array(16), []],
  ['siginfo', decodeSiginfo, new Uint8Array(128), []],
  ['kvm_vcpu_events', decodeKvmVcpuEvents, new Uint8Array(64), []],
  ['kvm_run.arm_sea', decodeKvmRunArmSea, new Uint8Array(32), []],
  ['SET_ERROR_TYPE_WITH_ADDRESS', decodeSetErrorType, new Uint8Array(36), []]
]

/** The lengths at which `decode` accepts the start of `bytes`; throws what is not a FormatError. */
function accepted(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): number[] {
  const lengths: number[] = []
  for (let length = 0; length <= bytes.length; length++) {
    try {
      decode(bytes.slice(0, length))
      lengths.push(length)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  return lengths
}

void t.test('a record cut short is a FormatError wherever it is cut', async (t) => {
  for (const [what, decode, bytes, shorter] of CASES) {
    t.strictSame(accepted(decode, bytes), [...shorter, bytes.length], what)
  }
})

void t.test('bytes changed at random are a FormatError or a meaning, never another exception', async (t) => {
  const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 })
  for (const [what, decode, bytes] of CASES) {
    fc.assert(
      fc.property(changes, fc.nat(bytes.length), (list, cut) => {
        const copy = bytes.slice()
        for (const [at, value] of list) copy[at % copy.length] = value
        try {
          decode(copy.subarray(0, copy.length - (cut % 4)))
        } catch (error) {
          return error instanceof FormatError && error.offset >= 0 && error.rule !== ''
        }
        return true
      })
    )
    t.pass(what)
  }
})

void t.test('the lenient HEST walk ends on any bytes', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 400 }), fc.nat(4), (bytes, count) => {
      new DataView(bytes.buffer).setUint32(36, count, true)
      return [...walkHest(bytes)].length <= count
    })
  )
  t.pass()
})
