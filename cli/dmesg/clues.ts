import type { NOTIFY } from '../../shared/formats/hest-notification.ts'
import type { Backing, FrameKind } from '../../shared/linux/kernel/state.ts'
import type { PageType } from '../../shared/linux/mm/action-result.ts'
import { assume, type Assumption } from './assumption.ts'
import type { LogLine } from './log-lines.ts'

/** What the kernel's other lines say of a page. */
export interface PageClue {
  readonly pfn: bigint
  readonly type?: string
  /** Who was told. */
  readonly victims: readonly { readonly comm: string; readonly pid: number }[]
}

/** What the rest of a log says about the machine and its pages. */
export interface Clues {
  /** As `uname -r` says it. */
  readonly release: string | undefined
  readonly pages: ReadonlyMap<bigint, PageClue>
  /** Frames that were soft offlined. */
  readonly softOfflined: ReadonlySet<bigint>
  /** Addresses that the kernel did not take for RAM. */
  readonly notRam: ReadonlySet<bigint>
  /** A notification that some line gives away. */
  readonly notify: keyof typeof NOTIFY | undefined
  /** Reports that the print limit had held back before the first one of the log. */
  readonly heldBack: number
  /** Who consumed a synchronous error. */
  readonly consumer: { readonly comm: string; readonly pid: number } | undefined
}

const RELEASES = [/\bLinux version (\d+\.\d+\S*)/, /(?:Not tainted|Tainted: [A-Z ]+) (\d+\.\d+\S*)/]
const MEMORY_FAILURE = /^Memory failure: 0x([0-9a-f]+): (.*)$/
const RECOVERY = /^recovery action for (.*): (?:Recovered|Delayed|Failed|Ignored)\b/
const VICTIM = /^(?:Sending SIGBUS to|Killing) (.+):(\d+) due to hardware memory corruption/
const SOFT_OFFLINE = /^soft.offline: (?:0x)?([0-9a-f]+)|^Soft offlining pfn 0x([0-9a-f]+)/i
const INVALID = /^\[Firmware Warn\]: GHES: Invalid address in generic error data: (0x[0-9a-f]+)/
const HELD_BACK = /^ghes_print_estatus: (\d+) callbacks suppressed/
const SYNCHRONOUS = /GHES: (.+):(\d+): synchronous unrecoverable error/

export function cluesOf(others: readonly LogLine[], firstReport: number): Clues {
  const pages = new Map<bigint, PageClue>()
  const softOfflined = new Set<bigint>()
  const notRam = new Set<bigint>()
  let release: string | undefined
  let notify: Clues['notify']
  let consumer: Clues['consumer']
  let heldBack = 0
  for (const { text, at } of others) {
    const [, held] = HELD_BACK.exec(text) ?? []
    if (held !== undefined && at < firstReport) heldBack = Number(held)
    for (const pattern of RELEASES) release ??= pattern.exec(text)?.[1]
    const [, name, id] = SYNCHRONOUS.exec(text) ?? []
    if (name !== undefined && id !== undefined) {
      notify = 'SEA'
      consumer ??= { comm: name, pid: Number(id) }
    }
    const [, offline, started] = SOFT_OFFLINE.exec(text) ?? []
    if (offline !== undefined || started !== undefined) softOfflined.add(BigInt(`0x${offline ?? started ?? '0'}`))
    const [, invalid] = INVALID.exec(text) ?? []
    if (invalid !== undefined) notRam.add(BigInt(invalid))
    const [, frame, said] = MEMORY_FAILURE.exec(text) ?? []
    if (frame === undefined || said === undefined) continue
    const pfn = BigInt(`0x${frame}`)
    const known = pages.get(pfn) ?? { pfn, victims: [] }
    const [, type] = RECOVERY.exec(said) ?? []
    const [, comm, pid] = VICTIM.exec(said) ?? []
    const victims =
      comm === undefined || pid === undefined ? known.victims : [...known.victims, { comm, pid: Number(pid) }]
    const first = known.type ?? type
    pages.set(pfn, { pfn, victims, ...(first === undefined ? {} : { type: first }) })
  }
  return { release, pages, softOfflined, notRam, notify, heldBack, consumer }
}

/** How a page has to be for the kernel to call it so. */
export type PageSetup =
  | { readonly kind: 'frame'; readonly frame: FrameKind }
  | { readonly kind: 'mapped'; readonly backing: Backing; readonly dirty: boolean }
  | { readonly kind: 'free' }

const mapped = (backing: Backing, dirty = true): PageSetup => ({ kind: 'mapped', backing, dirty })
const frame = (kind: FrameKind): PageSetup => ({ kind: 'frame', frame: kind })

/** By the page type of the result line; one that is not here cannot be set up. */
const SETUPS: Partial<Readonly<Record<PageType, PageSetup>>> = {
  'reserved kernel page': frame('reserved'),
  'kernel slab page': frame('slab'),
  'high-order kernel page': frame('high-order-kernel'),
  'get hwpoison page': frame('kernel-text'),
  'unknown page': frame('kernel-text'),
  'free huge page': frame('free-hugetlb'),
  'dax page': frame('dax'),
  'huge page': mapped('hugetlb-2m'),
  'dirty swapcache page': mapped('swap-cache'),
  'clean swapcache page': mapped('swap-cache', false),
  'dirty LRU page': mapped('anonymous'),
  'clean LRU page': mapped('file', false),
  'free buddy page': { kind: 'free' }
}

/** Whose the page is taken to be, and why. */
export function pageSetup(clue: PageClue | undefined): { readonly setup: PageSetup; readonly because: Assumption } {
  const field = 'the page'
  if (clue?.type === undefined) {
    const setup: PageSetup = clue !== undefined && clue.victims.length > 0 ? mapped('anonymous') : { kind: 'free' }
    const taken = setup.kind === 'free' ? "nobody's" : 'anonymous memory of the process that was told'
    return { setup, because: assume(field, taken, 'no line says what memory_failure() made of it') }
  }
  const setup = SETUPS[clue.type as PageType]
  if (setup === undefined) {
    return { setup: { kind: 'free' }, because: assume(field, "nobody's", `the model cannot set up a ${clue.type}`) }
  }
  return { setup, because: assume(field, `one that is a ${clue.type}`, 'taken from the log') }
}
