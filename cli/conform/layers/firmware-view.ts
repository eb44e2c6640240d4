import type { SourceNotification } from '../../../shared/contracts/common.ts'
import { NOTIFICATIONS } from '../../../shared/contracts/common.ts'
import { hestRead, memoryRead, memoryWrite } from '../../../shared/contracts/firmware.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { decodeErrorStatusBlock, ERROR_STATUS_HEADER_SIZE } from '../../../shared/formats/error-status-block.ts'
import { GHES_V2_TYPE, type GhesSource } from '../../../shared/formats/ghes-source.ts'
import { decodeHest, ghesSources } from '../../../shared/formats/hest.ts'
import { decodeSection } from '../../../shared/formats/sections.ts'
import { severityName } from '../../../shared/formats/severity.ts'
import { Broken, type Scene } from '../scene.ts'

/** Firmware as an OS sees it: its HEST, and the memory behind the addresses in it. */
export interface FirmwareView {
  readonly sources: readonly {
    readonly sourceId: number
    readonly notify: SourceNotification
    readonly vector: number
  }[]
  readonly cells: (source: number) => Promise<{
    readonly block: bigint
    /** Of a GHESv2. */
    readonly readAck: { readonly acknowledged: boolean } | undefined
  }>
  readonly block: (source: number) => Promise<Uint8Array>
  /** What the OS does with a record it has read: it clears Block Status, then acknowledges. */
  readonly acknowledge: (source: number) => Promise<void>
}

export async function firmwareAt(scene: Scene): Promise<FirmwareView> {
  const { table } = await scene.ask(hestRead, {})
  const listed = sourcesOf(table)
  const find = (source: number): GhesSource => {
    const found = listed.find(({ sourceId }) => sourceId === source)
    if (found === undefined) throw new Broken(`source ${source} is not in the HEST`)
    return found
  }
  const read = async (hostPhysical: bigint, length: number) => {
    const { bytes } = await scene.ask(memoryRead, { hostPhysical, length })
    if (bytes.length !== length) throw new Broken(`memory.read of ${length} bytes gives ${bytes.length}`)
    return bytes
  }
  const word = async (address: bigint) => viewOf(await read(address, 8)).getBigUint64(0)
  const write = (hostPhysical: bigint, bytes: Uint8Array) => scene.ask(memoryWrite, { hostPhysical, bytes })
  const blockOf = (source: number) => word(find(source).errorStatusAddress.address)

  return {
    sources: listed.map(({ sourceId, notification }) => ({
      sourceId,
      notify: NOTIFICATIONS[notification.type] ?? 'reserved',
      vector: notification.vector
    })),
    async cells(source) {
      const found = find(source)
      const readAck =
        found.type === GHES_V2_TYPE
          ? { acknowledged: (await word(found.readAck.register.address)) === found.readAck.write }
          : undefined
      return { block: await blockOf(source), readAck }
    },
    block: async (source) => read(await blockOf(source), find(source).errorStatusBlockLength),
    async acknowledge(source) {
      const found = find(source)
      await write(await blockOf(source), new Uint8Array(4))
      if (found.type !== GHES_V2_TYPE) return
      const { register, preserve, write: written } = found.readAck
      const bytes = new Uint8Array(8)
      viewOf(bytes).setBigUint64(0, ((await word(register.address)) & preserve) | written)
      await write(register.address, bytes)
    }
  }
}

function sourcesOf(table: Uint8Array): readonly GhesSource[] {
  try {
    decodeHest(table)
    return ghesSources(table)
  } catch (error) {
    throw new Broken(`the HEST: ${(error as Error).message}`)
  }
}

/** What an OS reads first of a record with one section. Throws Broken when there is none. */
export function fieldsOfRecord(block: Uint8Array): {
  readonly severity: string
  readonly sectionSeverity: string
  readonly physicalAddress: bigint | undefined
} {
  if (block.length < ERROR_STATUS_HEADER_SIZE || viewOf(block).getUint32(0) === 0) throw new Broken('Block Status is 0')
  const { severity, entries } = decoded(block)
  const [entry] = entries
  if (entry === undefined) throw new Broken('the block has no section')
  const section = decodeSection(entry.sectionType, entry.payload)
  const isMemory = !section.unknown && section.kind === 'platformMemory'
  const physicalAddress = isMemory ? section.body.physicalAddress : undefined
  return {
    severity: severityName(severity) ?? 'unknown',
    sectionSeverity: severityName(entry.severity) ?? 'unknown',
    physicalAddress
  }
}

function decoded(block: Uint8Array): ReturnType<typeof decodeErrorStatusBlock> {
  try {
    return decodeErrorStatusBlock(block)
  } catch (error) {
    throw new Broken(`the status block: ${(error as Error).message}`)
  }
}
