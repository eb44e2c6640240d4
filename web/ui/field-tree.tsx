import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { isOpen, openRows, placeText, treeMove, type FieldRow } from '../model/field-rows.ts'
import type { Dissected } from './dissected.ts'

export interface FieldTreeProps {
  readonly name: string
  readonly rows: readonly FieldRow[]
  readonly both: Dissected
  /** The field that the address names. */
  readonly kept: number | undefined
}

/** The fields as a tree; arrows walk it, the one that is kept is in the address. */
export function FieldTree({ name, rows, both, kept }: FieldTreeProps) {
  const box = useRef<HTMLDivElement>(null)
  const isWalking = useRef(false)
  const turned = useSignal<ReadonlySet<number>>(new Set())
  const shown = openRows(rows, turned.value, kept)
  useLayoutEffect(() => {
    const item = itemAt(box.current, kept)
    if (item === undefined) return
    show(box.current, item)
    if (isWalking.current) item.focus({ preventScroll: true })
    isWalking.current = false
  }, [kept])
  useLayoutEffect(() => {
    const item = itemAt(box.current, both.at)
    if (item !== undefined && !item.matches(':hover')) show(box.current, item)
  }, [both.at])
  const turn = (index: number) => {
    const next = new Set(turned.value)
    if (!next.delete(index)) next.add(index)
    turned.value = next
  }
  const walk = (event: KeyboardEvent, index: number) => {
    const move = treeMove(shown, turned.value, index, event.key)
    if (move === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if ('turn' in move) return turn(move.turn)
    isWalking.current = true
    both.keep(move.to)
  }
  return (
    <div class="tree" role="tree" aria-label={`Fields of ${name}`} ref={box}>
      {shown.map((row) => (
        <FieldItem
          key={row.index}
          row={row}
          both={both}
          isKept={row.index === kept}
          isFocusable={row.index === (kept ?? 0)}
          isOpen={row.field.children.length === 0 ? undefined : isOpen(row, turned.value)}
          turn={turn}
          walk={walk}
        />
      ))}
    </div>
  )
}

interface FieldItemProps {
  readonly row: FieldRow
  readonly both: Dissected
  readonly isKept: boolean
  readonly isFocusable: boolean
  /** Absent of a field without parts. */
  readonly isOpen: boolean | undefined
  readonly turn: (index: number) => void
  readonly walk: (event: KeyboardEvent, index: number) => void
}

function FieldItem({ row, both, isKept, isFocusable, isOpen, turn, walk }: FieldItemProps) {
  const { index, depth, field } = row
  const { name, value, meaning, isValid, children } = field
  const isStructure = children.length > 0 && children[0]?.bits === undefined
  const classes = [
    isStructure ? 'group' : '',
    isValid ? '' : 'invalid',
    isKept ? 'kept' : '',
    both.at === index ? 'pointed' : ''
  ]
  return (
    <div
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isKept}
      aria-expanded={isOpen}
      tabIndex={isFocusable ? 0 : -1}
      data-field={index}
      class={classes.filter(Boolean).join(' ')}
      style={{ '--depth': depth }}
      onMouseEnter={() => both.point(index)}
      onClick={() => both.keep(index)}
      onKeyDown={(event) => walk(event, index)}
    >
      <span class="clip">
        <i
          class="turn"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation()
            turn(index)
          }}
        >
          {isOpen === undefined ? '' : isOpen ? '▾' : '▸'}
        </i>
        {name} <span class="offset mono">{placeText(field)}</span>
      </span>
      <span class="value">
        {value}
        {meaning !== '' && <i>{meaning}</i>}
      </span>
    </div>
  )
}

const itemAt = (box: HTMLElement | null, index: number | undefined) =>
  index === undefined ? undefined : (box?.querySelector<HTMLElement>(`[data-field="${index}"]`) ?? undefined)

/** Scrolls the tree alone: the page stays where it is. */
function show(box: HTMLElement | null, { offsetTop, offsetHeight }: HTMLElement): void {
  if (box === null) return
  const isAbove = offsetTop < box.scrollTop
  if (isAbove || offsetTop + offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = offsetTop - box.clientHeight / 2
  }
}
