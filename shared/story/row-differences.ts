import type { WireEntry } from '../trace/entry.ts'

/** A field that two entries have otherwise. */
export interface Difference {
  /** As `signal.code`. */
  readonly path: string
  readonly left: unknown
  readonly right: unknown
  /** It is more than a name or an address that somebody merely chose, or a text that follows from the rest. */
  readonly counts: boolean
}

/** Names and addresses: another one in place of each, the same throughout a run, is no difference. */
const CHOSEN: ReadonlySet<string> = new Set([
  ...['pid', 'tid', 'vm', 'comm', 'context', 'slot', 'intid', 'errorIntid'],
  ...['guestVirtual', 'guestPhysical', 'hostVirtual', 'hostPhysical', 'physical', 'virtual', 'address', 'pfn'],
  ...['far', 'far_el1', 'gva', 'gpa', 'pc', 'elr_el1', 'hest', 'hestAddress', 'block', 'from', 'to']
])
/** What the rest is made of, told again: as bytes, as a text, as a reason. */
const RETOLD: ReadonlySet<string> = new Set([
  'bytes',
  'siginfo',
  'table',
  'text',
  'error',
  'because',
  'detail',
  'takes',
  'againInNs',
  'forNs'
])
/** Whether a field only tells again what the rest says, or how often and when. */
export const isRetold = (name: string): boolean => RETOLD.has(name)
/** What two runs differ in by intention: what follows from it is what counts. */
const INTENDED: ReadonlySet<string> = new Set(['policy', 'profile', 'history', 'sources'])
export const isIntended = (name: string): boolean => INTENDED.has(name)
/** Lines of a kernel's log come with what they tell of. */
const LOGS: ReadonlySet<string> = new Set(['host.printk', 'guest.printk', 'host.trace', 'guest.trace', 'vmm.message'])

/** Holds pairs of entries against each other, in order, and remembers which name of one run stands for which of the other. */
export class RowDifferences {
  readonly #rightOf = new Map<string, unknown>()
  readonly #leftOf = new Map<string, unknown>()

  of(left: WireEntry, right: WireEntry): readonly Difference[] {
    const isLog = LOGS.has(left.type)
    return this.#within(left.data, right.data, '').map((one) => (isLog ? { ...one, counts: false } : one))
  }

  #within(left: unknown, right: unknown, path: string): readonly Difference[] {
    const name = path.slice(path.lastIndexOf('.') + 1)
    if (isObject(left) && isObject(right)) {
      const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
      return names.flatMap((field) => this.#within(left[field], right[field], path === '' ? field : `${path}.${field}`))
    }
    if (CHOSEN.has(name) && left !== undefined && right !== undefined) {
      const isSame = this.#isSame(name, left, right)
      return isSame && left === right ? [] : [{ path, left, right, counts: !isSame }]
    }
    if (JSON.stringify(left) === JSON.stringify(right)) return []
    return [{ path, left, right, counts: !RETOLD.has(name) && !path.split('.').some(isIntended) }]
  }

  #isSame(name: string, left: unknown, right: unknown): boolean {
    const [l, r] = [`${name} ${String(left)}`, `${name} ${String(right)}`]
    if (!this.#rightOf.has(l) && !this.#leftOf.has(r)) {
      this.#rightOf.set(l, right)
      this.#leftOf.set(r, left)
    }
    return this.#rightOf.get(l) === right && this.#leftOf.get(r) === left
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
