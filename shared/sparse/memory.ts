import { levelsFor, valueAt, visit, withEach, withRange, type Tree } from './tree.ts'

/** Small, since a write copies what it touches, and since V8 keeps typed arrays up to this size on its own heap. */
const LINE = 64
const ZERO = new Uint8Array(LINE)

/**
 * Bytes by physical address, as the owner of a piece of memory keeps them: what was never written reads as zero, writing
 * makes a new memory that shares the untouched lines.
 */
export interface SparseMemory {
  readonly start: bigint
  readonly end: bigint
  /** Lines of 64 bytes, counted from `start`. */
  readonly lines: Tree<Uint8Array>
  readonly levels: number
}

/** Memory over `[start, end)`, all zero; `start` must be page aligned. */
export function sparseMemory(start: bigint, end: bigint): SparseMemory {
  return { start, end, lines: undefined, levels: levelsFor(Number(end - start) / LINE) }
}

export function covers(memory: SparseMemory, address: bigint, length: number): boolean {
  return address >= memory.start && address + BigInt(length) <= memory.end
}

/** `length` bytes from `address`, or undefined when they are not all in this memory. The result is never shared. */
export function readMemory(memory: SparseMemory, address: bigint, length: number): Uint8Array | undefined {
  if (!covers(memory, address, length)) return undefined
  const offset = Number(address - memory.start)
  const first = Math.floor(offset / LINE)
  const within = offset % LINE
  if (within + length <= LINE) {
    return valueAt(memory.lines, memory.levels, first)?.slice(within, within + length) ?? new Uint8Array(length)
  }
  const out = new Uint8Array(length)
  visit(memory.lines, memory.levels, first, Math.ceil((offset + length) / LINE), (line, key) => {
    const at = key * LINE - offset
    const isWhole = at >= 0 && at + LINE <= length
    out.set(isWhole ? line : line.subarray(Math.max(-at, 0), length - at), Math.max(at, 0))
    return false
  })
  return out
}

/** The memory with `bytes` at `address`, or undefined when they do not all fit into it. */
export function writeMemory(memory: SparseMemory, address: bigint, bytes: Uint8Array): SparseMemory | undefined {
  if (!covers(memory, address, bytes.length)) return undefined
  if (bytes.length === 0) return memory
  const offset = Number(address - memory.start)
  const first = Math.floor(offset / LINE)
  const end = Math.ceil((offset + bytes.length) / LINE)
  const lines = withEach(memory.lines, memory.levels, first, end, (old, key) => {
    const line = (old ?? ZERO).slice()
    const at = key * LINE - offset
    line.set(end - first === 1 ? bytes : bytes.subarray(Math.max(at, 0), at + LINE), Math.max(-at, 0))
    return line
  })
  return { ...memory, lines }
}

/** The memory with zeros in `[address, address + length)`, as far as that lies in it; both ends 4 KiB aligned. */
export function clearMemory(memory: SparseMemory, address: bigint, length: bigint): SparseMemory {
  const [from, to] = [address, address + length].map((edge) => {
    const inside = edge < memory.start ? memory.start : edge > memory.end ? memory.end : edge
    return Math.ceil(Number(inside - memory.start) / LINE)
  }) as [number, number]
  return from < to ? { ...memory, lines: withRange(memory.lines, memory.levels, from, to, undefined) } : memory
}
