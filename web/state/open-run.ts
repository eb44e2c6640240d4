import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import type { Hop } from '../../shared/story/hops.ts'
import type { PageChain } from '../../shared/story/page-chains.ts'
import type { States } from '../../shared/story/states.ts'
import type { VerdictSentence } from '../../shared/story/verdict-sentence.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { decidingRow, effectsUnder, pathTo } from '../../shared/rows/causes.ts'
import { endedLanes } from '../../shared/rows/ended.ts'
import { matches, wordsOf } from '../model/filter.ts'
import type { FieldLink, Route } from '../model/permalink.ts'
import type { Row } from '../../shared/rows/row.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import { jumpFrom } from '../../shared/rows/time.ts'
import { indexOfPlaces, visibleRows, type Visible } from '../../shared/rows/visible.ts'
import { sayingOf } from '../../shared/rows/words.ts'
import type { RunSummary } from '../data/runs.ts'
import { Retelling } from './retelling.ts'
import { verdictThen } from './verdict-then.ts'

/**
 * `loading`: nothing has come. `live`: it runs. `ended`: all is here. `offline`: the console does not answer, and is asked
 * again. `unknown`: there is no such run. `lost`: the run is listed, its messages are no longer kept. `failed`: why is in
 * `trouble`.
 */
export type RunStatus = 'loading' | 'live' | 'ended' | 'offline' | 'unknown' | 'lost' | 'failed'

/** A run or a machine that is looked at: what has come of it, and what of that is shown. */
export class OpenRun {
  /** Of the run; of a machine its name. */
  readonly id: string
  readonly kind: 'run' | 'machine'
  readonly model = new RunModel()
  readonly status = signal<RunStatus>('loading')
  /** It was here, and the console has it no longer. */
  readonly isDeleted = signal(false)
  readonly trouble = signal<string | undefined>(undefined)
  readonly summary = signal<RunSummary | undefined>(undefined)
  /** Grows with each entry; whoever reads the model reads this first. */
  readonly version = signal(0)
  readonly selected = signal<number | undefined>(undefined)
  readonly field = signal<FieldLink | undefined>(undefined)
  /** Entries up to here have happened; Infinity follows the end. */
  readonly playhead = signal(Infinity)
  readonly everything = signal(false)
  readonly query = signal('')
  readonly open = signal<ReadonlySet<number>>(new Set())

  readonly visible: ReadonlySignal<readonly Visible[]>
  readonly indexOf: ReadonlySignal<ReadonlyMap<number, number>>
  readonly selectedRow: ReadonlySignal<Row | undefined>
  /** Places of the causes of what is selected, else of what decided the end. */
  readonly path: ReadonlySignal<ReadonlySet<number>>
  /** Places of what follows from what is selected. */
  readonly under: ReadonlySignal<ReadonlySet<number> | undefined>
  /** The place that is shown as now. */
  readonly now: ReadonlySignal<number>
  /** Where the owner of each lane has ended by now, by lane. */
  readonly ended: ReadonlySignal<ReadonlyMap<string, number>>
  /** Its time is that of the model alone, not of a machine that it ran on. */
  readonly isVirtual: ReadonlySignal<boolean>
  /** From how many ns on a jump of time is shown. */
  readonly leastJump: ReadonlySignal<number>
  readonly isUnderWay: ReadonlySignal<boolean>
  /** It is under way, or never came to its end: what has not happened yet is no outcome. */
  readonly isOpen: ReadonlySignal<boolean>
  /** Who takes part, and how each came to stand as it does. */
  readonly states: ReadonlySignal<States>
  readonly verdict: ReadonlySignal<VerdictSentence>
  /** What had become of it by the moment that is looked at; absent at its end. */
  readonly then: ReadonlySignal<VerdictSentence | undefined>
  /** Who was told, by what. */
  readonly hops: ReadonlySignal<readonly Hop[]>
  /** The memory that was lost, in its address spaces. */
  readonly pages: ReadonlySignal<readonly PageChain[]>

  readonly #retelling: Retelling

  constructor(id: string, kind: OpenRun['kind'] = 'run') {
    this.id = id
    this.kind = kind
    const { model } = this
    const said = (row: Row) => sayingOf(model, row)
    this.visible = computed(() => {
      void this.version.value
      const words = wordsOf(this.query.value)
      return visibleRows(model, {
        everything: this.everything.value,
        open: this.open.value,
        selected: this.selected.value,
        ...(words.length === 0 ? {} : { only: (row: Row) => matches(row, words, said) })
      })
    })
    this.indexOf = computed(() => indexOfPlaces(this.visible.value))
    this.selectedRow = computed(() => {
      void this.version.value
      return this.selected.value === undefined ? undefined : model.at(this.selected.value)
    })
    this.path = computed(() => {
      void this.version.value
      return pathTo(model, this.selectedRow.value ?? decidingRow(model))
    })
    this.under = computed(() => {
      void this.version.value
      const row = this.selectedRow.value
      return row === undefined ? undefined : effectsUnder(model, row)
    })
    this.now = computed(() => {
      void this.version.value
      return Math.min(this.playhead.value, model.length)
    })
    this.ended = computed(() => endedLanes(model.rows, this.now.value))
    this.isVirtual = computed(() => this.summary.value?.hasVirtualTime === true)
    this.leastJump = computed(() => {
      void this.version.value
      return jumpFrom(model.rows, Math.min(model.bootEnd, Math.max(1, model.length)), this.isVirtual.value)
    })
    this.isUnderWay = computed(
      () => this.status.value !== 'ended' && (kind === 'machine' || this.summary.value?.state === 'running')
    )
    this.isOpen = computed(() => this.isUnderWay.value || this.summary.value?.state === 'failed')
    this.#retelling = new Retelling(model)
    this.states = this.#retelling.states
    this.verdict = this.#retelling.verdict
    this.then = verdictThen({ model, at: this.playhead, version: this.version })
    this.hops = this.#retelling.hops
    this.pages = this.#retelling.pages
    effect(() => {
      void this.version.value
      this.#retelling.refresh(this.isOpen.value)
    })
  }

  /** The place that is looked at as now, as an address has it: absent at the end. */
  get moment(): number | undefined {
    return this.playhead.value === Infinity ? undefined : this.playhead.value
  }

  /** Where an entry of it is found. */
  routeTo(place?: number, field?: FieldLink): Route {
    const at = { place, field, moment: this.moment }
    return this.kind === 'run' ? { view: 'run', run: this.id, ...at } : { view: 'machine', machine: this.id, ...at }
  }

  append(entries: readonly WireEntry[]): void {
    if (entries.length === 0) return
    const { length } = this.model
    this.model.append(entries)
    this.version.value++
    const place = this.selected.peek()
    if (place !== undefined && place > length) this.#unfold(place)
  }

  select(place: number | undefined, field?: FieldLink): void {
    batch(() => {
      this.selected.value = place
      this.field.value = field
      if (place !== undefined) this.#unfold(place)
    })
  }

  toggle(key: number): void {
    const open = new Set(this.open.value)
    if (!open.delete(key)) open.add(key)
    this.open.value = open
  }

  /** A row of the set-up is shown within its fold. */
  #unfold(place: number): void {
    const one = this.visible.value[this.indexOf.value.get(place) ?? -1]
    if (one?.kind === 'fold' && !one.isOpen) this.toggle(one.key)
  }
}
