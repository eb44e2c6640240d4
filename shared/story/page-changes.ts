import type { Space } from '../contracts/caption.ts'
import { pageMigrate, pagePoison, pageSoftOffline, pageUnmap } from '../contracts/notes/kernel-steps-mm.ts'
import type { WireEntry } from '../trace/entry.ts'
import { aligned, PAGE, type Extent } from './extent.ts'

/** What an entry says of a stretch of memory in one address space. */
export interface PageChange extends Extent {
  readonly space: Space
  readonly how: How
  /** By which way a place is lost; each is regained by itself. */
  readonly way: 'line' | 'kernel' | 'mapping'
  readonly isLost: boolean
  /** The memory itself is bad or given up, not only out of reach. */
  readonly isOfMemory: boolean
  readonly vm?: string
  readonly pid?: number
}

export const HOWS = [
  'bad line',
  'good line',
  'PG_hwpoison',
  'soft offline',
  'unmapped',
  'mapped anew',
  'moved elsewhere',
  'out of stage 2',
  'in stage 2',
  'replaced'
] as const
export type How = (typeof HOWS)[number]

type Data = Readonly<Record<string, string | number | undefined>>

export function pageChange({ kind, type, data }: WireEntry): PageChange | undefined {
  const fields = (data ?? {}) as Data
  if (kind === 'message') return messageChange(type, fields)
  if (kind !== 'note') return undefined
  switch (type) {
    case 'error.planted': {
      if (fields['severity'] === 'corrected' || fields['kind'] !== 'memory') return undefined
      const page = aligned(BigInt(fields['hostPhysical'] ?? 0), PAGE)
      return { space: 'hostPhysical', ...page, how: 'bad line', way: 'line', isLost: true, isOfMemory: true }
    }
    case 'line.repaired': {
      const line = aligned(BigInt(fields['hostPhysical'] ?? 0), PAGE)
      return { space: 'hostPhysical', ...line, how: 'good line', way: 'line', isLost: false, isOfMemory: false }
    }
    case 'memory.replaced':
      return { ...guestPart(fields), how: 'replaced', way: 'kernel', isLost: false, isOfMemory: false }
    case 'host.step':
    case 'guest.step':
      return stepChange(data as Step)
  }
  return undefined
}

function messageChange(type: string, fields: Data): PageChange | undefined {
  switch (type) {
    case 'stage2.unmap':
      return { ...guestPart(fields), how: 'out of stage 2', way: 'mapping', isLost: true, isOfMemory: false }
    case 'stage2.map':
      return { ...guestPart(fields), how: 'in stage 2', way: 'mapping', isLost: false, isOfMemory: false }
    case 'process.remap': {
      const part = { start: BigInt(fields['hostVirtual'] ?? 0), length: BigInt(fields['length'] ?? 0) }
      const pid = Number(fields['pid'])
      return {
        space: 'hostVirtual',
        ...part,
        pid,
        how: 'mapped anew',
        way: 'mapping',
        isLost: false,
        isOfMemory: false
      }
    }
  }
  return undefined
}

const guestPart = ({ vm, guestPhysical, length }: Data) => ({
  space: 'guestPhysical' as const,
  start: BigInt(guestPhysical ?? 0),
  length: BigInt(length ?? 0),
  vm: String(vm)
})

interface Step {
  /** Of a guest's kernel. */
  readonly vm?: string
  readonly name: string
  readonly data: Data
}

function stepChange({ vm, name, data }: Step): PageChange | undefined {
  const ofVm = vm === undefined ? {} : { vm }
  switch (name) {
    case pagePoison.name:
    case pageSoftOffline.name: {
      const physical = BigInt(data['physical'] ?? 0)
      const part = aligned(physical, BigInt(data['frames'] ?? 1) * pageSize(physical, BigInt(data['pfn'] ?? 0)))
      const how = name === pagePoison.name ? 'PG_hwpoison' : 'soft offline'
      const space = vm === undefined ? 'hostPhysical' : 'guestPhysical'
      return { space, ...part, ...ofVm, how, way: 'kernel', isLost: true, isOfMemory: true }
    }
    case pageMigrate.name:
    case pageUnmap.name: {
      const part = aligned(BigInt(data['address'] ?? 0), 1n << BigInt(data['shift'] ?? 12))
      const space = vm === undefined ? 'hostVirtual' : 'guestVirtual'
      const at = { space, ...part, ...ofVm, pid: Number(data['pid']), way: 'mapping', isOfMemory: false } as const
      return name === pageUnmap.name
        ? { ...at, how: 'unmapped', isLost: true }
        : { ...at, how: 'moved elsewhere', isLost: false }
    }
  }
  return undefined
}

/** Of the kernel that numbers its pages so. */
const pageSize = (physical: bigint, pfn: bigint): bigint => (pfn === 0n ? PAGE : physical / pfn)
