import { sizeOf } from './scalars.ts'

/** Where the memory of the tasks of a guest, or of the processes of the host, lies. */

export const PAGE = 0x1000n
/** Apart, so that no two share a page by accident. */
const PHYSICAL_APART = 0x4000n
const VIRTUAL_APART = 0x100_0000n

/** Size of the pages that a backing is made of. */
const GRAIN: Readonly<Record<string, bigint>> = {
  'hugetlb-64k': 1n << 16n,
  'hugetlb-2m': 1n << 21n,
  'hugetlb-shared-2m': 1n << 21n,
  'hugetlb-32m': 1n << 25n,
  'hugetlb-1g': 1n << 30n,
  'hugetlb-shared-1g': 1n << 30n,
  thp: 1n << 21n
}

/** Size of the pages that memory with that backing is made of, of a kernel with such pages. */
export const grainOf = (backing: string | undefined, page: bigint): bigint => max(GRAIN[backing ?? ''] ?? page, page)

export const up = (value: bigint, grain: bigint) => ((value + grain - 1n) / grain) * grain
export const max = (a: bigint, b: bigint) => (a > b ? a : b)

interface Place {
  readonly virtual: bigint
  readonly physical: bigint
  readonly length: bigint
  readonly backing: string
  readonly dirty: boolean | undefined
}

/** Lays the memory of tasks or processes out; one that shares has the pages of the other. */
export function layOut<
  T extends { name: string; size?: number | string; backing?: string; shares?: string; dirty?: boolean }
>(ones: readonly T[], start: { readonly virtual: bigint; readonly physical: bigint; readonly page: bigint }) {
  const placed = new Map<string, Place>()
  let { virtual, physical } = start
  return ones.map((one) => {
    const other = one.shares === undefined ? undefined : placed.get(one.shares)
    const backing = other?.backing ?? one.backing ?? 'anonymous'
    const grain = grainOf(backing, start.page)
    const length = other?.length ?? up(one.size === undefined ? PAGE : sizeOf(one.size), grain)
    virtual = up(virtual, max(grain, VIRTUAL_APART))
    physical = up(physical, grain)
    // Whether a page has been written to is a property of the page.
    const dirty = one.dirty ?? other?.dirty
    const place = { virtual, physical: other?.physical ?? physical, length, backing, dirty }
    virtual += length
    if (other === undefined) physical += max(length, PHYSICAL_APART)
    placed.set(one.name, place)
    return { one, place }
  })
}
