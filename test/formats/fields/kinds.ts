import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBert } from '../../../shared/formats/bert.ts'
import { encodeSetErrorType } from '../../../shared/formats/einj.ts'
import type { FieldKind } from '../../../shared/formats/fields/fields-of.ts'
import { encodeKvmRunArmSea } from '../../../shared/formats/kvm-run-arm-sea.ts'
import { encodeKvmVcpuEvents } from '../../../shared/formats/kvm-vcpu-events.ts'
import { BUS_MCEERR_AR, SIGBUS, encodeSiginfo } from '../../../shared/formats/siginfo.ts'
import { CODECS } from '../exact-codecs.ts'
import { bytesOf } from '../hex.ts'
import { ALTRA_HEST, ALTRA_HEST_2P, REFINFRA_HEST, S5000C_HEST, TEMPLATE } from '../real-hests.ts'
import { CPER_RECORD, LINUX_MEMORY_BLOCK, QEMU_ARM_BLOCK, QEMU_HEST, QEMU_MEMORY_BLOCK } from '../worked-examples.ts'
import { WHOLE_RECORD } from '../whole-record.ts'

const seedsOf = (codec: string): readonly Uint8Array[] => {
  const found = CODECS.find(({ name }) => name === codec)
  if (found === undefined) throw new Error(`no codec ${codec}`)
  return found.seeds
}

const RECORDINGS = join(import.meta.dirname, '../../fixtures/real-kernel')

/** The status blocks that firmware gave real kernels. */
const recordedBlocks = readdirSync(RECORDINGS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => {
    const text = readFileSync(join(RECORDINGS, name), 'utf8')
    return [...text.matchAll(/"(?:block|cper)":\s*"([0-9a-f]+)"/g)].map(([, hex = '']) => bytesOf(hex))
  })

const word = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer)

/** Bytes of each kind that are in order. */
export const SEEDS: { readonly [Kind in FieldKind]: readonly Uint8Array[] } = {
  'error-record': [CPER_RECORD, QEMU_MEMORY_BLOCK],
  'error-status-block': [QEMU_MEMORY_BLOCK, QEMU_ARM_BLOCK, LINUX_MEMORY_BLOCK, ...recordedBlocks],
  'error-status-header': [QEMU_MEMORY_BLOCK.slice(0, 20)],
  'cper-record': [CPER_RECORD, WHOLE_RECORD],
  processorGeneric: seedsOf('processor generic section'),
  processorArm: seedsOf('ARM processor section'),
  platformMemory: seedsOf('memory section'),
  platformMemory2: seedsOf('memory section 2'),
  pciExpress: seedsOf('PCI Express section'),
  firmwareRecordReference: seedsOf('firmware record reference'),
  hest: [QEMU_HEST, ALTRA_HEST, ALTRA_HEST_2P, S5000C_HEST, REFINFRA_HEST],
  bert: [encodeBert({ header: TEMPLATE, regionLength: 0x1000, region: 0x8820_0000n })],
  siginfo: [encodeSiginfo({ signo: SIGBUS, code: BUS_MCEERR_AR, address: 0xffff_8000_1000n, addressLsb: 12 })],
  'kvm-vcpu-events': [encodeKvmVcpuEvents({ serrorPending: 1, serrorHasEsr: 1, extDabtPending: 0, serrorEsr: 0xc11n })],
  'kvm-run-arm-sea': [encodeKvmRunArmSea({ esr: 0x9200_0010n, guestVirtual: 0x1000n, guestPhysical: 0x4000_1000n })],
  esr: [0xbe00_0c11n, 0xbf00_1234n, 0x9200_0010n, 0x93c5_8006n, 0x8200_0010n, 0x5e00_0000n].map(word),
  'serror-iss': [0xc11n, 0x100_1234n].map(word),
  'err-status': [0xe430_0012n, 0n].map(word),
  'err-record': [new Uint8Array(64).fill(0x5a)],
  'set-error-type': [
    encodeSetErrorType({
      type: 0x10,
      vendorExtensionOffset: 0,
      memoryAddress: 0x1000n,
      memoryAddressMask: ~0xfffn & 0xffff_ffff_ffff_ffffn
    })
  ],
  memory: [bytesOf('0102'), new Uint8Array()]
}
