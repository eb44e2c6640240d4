/**
 * Bytes by physical address, as the owner of a piece of memory keeps them: pages that were never written read as
 * zero, writing makes a new memory that shares the untouched pages.
 */
/** Small, since a write copies the pages it touches. */
const PAGE = 512
const ZERO = new Uint8Array(PAGE)

export interface SparseMemory {
  readonly start: bigint
  readonly end: bigint
  readonly pages: ReadonlyMap<number, Uint8Array>
}

/** Memory over `[start, end)`, all zero; `start` must be page aligned. */
export function sparseMemory(start: bigint, end: bigint): SparseMemory {
  return { start, end, pages: new Map() }
}

export function covers(memory: SparseMemory, address: bigint, length: number): boolean {
  return address >= memory.start && address + BigInt(length) <= memory.end
}

/** `length` bytes from `address`, or undefined when they are not all in this memory. The result is never shared. */
export function readMemory(memory: SparseMemory, address: bigint, length: number): Uint8Array | undefined {
  if (!covers(memory, address, length)) return undefined
  const out = new Uint8Array(length)
  let offset = Number(address - memory.start)
  for (let done = 0; done < length;) {
    const within = offset % PAGE
    const chunk = Math.min(PAGE - within, length - done)
    const page = memory.pages.get((offset - within) / PAGE) ?? ZERO
    out.set(page.subarray(within, within + chunk), done)
    done += chunk
    offset += chunk
  }
  return out
}

/** The memory with `bytes` at `address`, or undefined when they do not all fit into it. */
export function writeMemory(memory: SparseMemory, address: bigint, bytes: Uint8Array): SparseMemory | undefined {
  if (!covers(memory, address, bytes.length)) return undefined
  const pages = new Map(memory.pages)
  let offset = Number(address - memory.start)
  for (let done = 0; done < bytes.length;) {
    const within = offset % PAGE
    const chunk = Math.min(PAGE - within, bytes.length - done)
    const index = (offset - within) / PAGE
    const page = (pages.get(index) ?? ZERO).slice()
    page.set(bytes.subarray(done, done + chunk), within)
    pages.set(index, page)
    done += chunk
    offset += chunk
  }
  return { ...memory, pages }
}

/** The memory with zeros in `[address, address + length)`, as far as that lies in it; both ends 4 KiB aligned. */
export function clearMemory(memory: SparseMemory, address: bigint, length: bigint): SparseMemory {
  const inside = (index: number) => {
    const at = memory.start + BigInt(index * PAGE)
    return at >= address && at < address + length
  }
  return { ...memory, pages: new Map([...memory.pages].filter(([index]) => !inside(index))) }
}
