import { call, serve, type Urls } from './serve.ts'

interface Taken {
  readonly interrupted: { readonly vm?: string; readonly vcpu?: number }
  readonly record?: { readonly hostPhysical?: string }
}

/** Memory that firmware shares with the OS: where the block is, its acknowledgement, and the block. */
const BASE = 0x3f00_0000n
const READ_ACK = BASE + 8n
const BLOCK = BASE + 0x40n
const BLOCK_LENGTH = 0x400
const GSIV = 10
/** The interrupt that Linux's generic event device listens on. */
const GED = 233

/** ACPI HEST with one GHESv2 source, number 0, notified by interrupt. ACPI 6.5, 18.3.2 and 18.3.2.8. */
function hest(): Buffer {
  const table = Buffer.alloc(40 + 92)
  table.write('HEST\x84\0\0\0\x01\0STRANGSTRANGER', 'latin1')
  table.writeUInt32LE(1, 36)
  const source = table.subarray(40)
  source.set([10, 0, 0, 0, 0xff, 0xff, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0])
  source.writeUInt32LE(BLOCK_LENGTH, 16)
  source.set([0, 64, 0, 4], 20)
  source.writeBigUInt64LE(BASE, 24)
  source.set([GSIV, 28], 32)
  source.writeUInt32LE(GED, 40)
  source.writeUInt32LE(BLOCK_LENGTH, 60)
  source.set([0, 64, 0, 4], 64)
  source.writeBigUInt64LE(READ_ACK, 68)
  source.writeBigUInt64LE(0xffff_ffff_ffff_fffen, 76)
  source.writeBigUInt64LE(1n, 84)
  table[9] = 256 - (table.reduce((sum, byte) => sum + byte, 0) % 256)
  return table
}

const PLATFORM_MEMORY = '1411bca5646fde4eb8633e83ed7c83b1'

/** Generic Error Status Block with one recoverable memory error. ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.5. */
function memoryError(hostPhysical: bigint): Buffer {
  const block = Buffer.alloc(20 + 72 + 80)
  block.writeUInt32LE(0x11, 0)
  block.writeUInt32LE(72 + 80, 12)
  block.write(PLATFORM_MEMORY, 20, 'hex')
  block.writeUInt16LE(0x300, 40)
  block.writeUInt32LE(80, 44)
  block.writeBigUInt64LE(2n, 92)
  block.writeBigUInt64LE(hostPhysical, 108)
  return block
}

/** Firmware with one error source. One machine. */
export function firmware(urls: Urls) {
  const memory = Buffer.alloc(0x1000)
  memory.writeBigUInt64LE(BLOCK, 0)
  memory.writeBigUInt64LE(1n, 8)
  const offset = (address = '') => Number(BigInt(address) - BASE)
  return serve({
    'GET /v1/machines/:machine/hest': () => ({ table: hest().toString('base64') }),
    'PUT /v1/machines/:machine/notification': () => undefined,
    'GET /v1/machines/:machine/memory/:address': ({ address, length }) => {
      const at = offset(address)
      return { bytes: memory.subarray(at, at + Number(length)).toString('base64') }
    },
    'PUT /v1/machines/:machine/memory/:address': ({ address }, { bytes }: { bytes: string }) => {
      memory.write(bytes, offset(address), 'base64')
      return {}
    },
    'POST /v1/machines/:machine/exceptions': async ({ machine }, { interrupted, record }: Taken) => {
      const { vm, vcpu } = interrupted
      const isFree = memory.readBigUInt64LE(8) === 1n && record?.hostPhysical !== undefined
      if (isFree) {
        memory.writeBigUInt64LE(0n, 8)
        memory.set(memoryError(BigInt(record.hostPhysical)), offset(`${BLOCK}`))
      }
      await call(urls.hardware, 'POST', `/v1/machines/${machine}/exception-returns`, { vm, vcpu })
      const notification = { source: 0, notify: 'GSIV', vector: GED }
      if (isFree) await call(urls['host-kernel'], 'POST', `/v1/machines/${machine}/apei/notifications`, notification)
      return undefined
    }
  })
}
