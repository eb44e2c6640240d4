import type { Row } from '../../shared/rows/row.ts'
import { MarkDrawing } from './icon.tsx'

/** What happens within one lane, or comes to it from outside. */
export function PointMark({ row, x, y }: { readonly row: Row; readonly x: number; readonly y: number }) {
  const { mark, isEnd, level } = row
  if (isEnd) {
    return (
      <g transform={`translate(${x - 8} ${y - 8})`}>
        <rect width="16" height="16" rx="3" fill="var(--bad)" />
        <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" stroke="var(--surface)" stroke-width="2.2" />
      </g>
    )
  }
  switch (mark) {
    case 'fault':
    case 'signal':
    case 'exception':
    case 'notification':
    case 'guest-notification':
    case 'question':
    case 'decision':
      return (
        <g transform={`translate(${x - 8} ${y - 8})`}>
          <circle cx="8" cy="8" r="8.5" fill="var(--surface)" />
          <MarkDrawing mark={mark} />
        </g>
      )
    case 'poison':
      return (
        <>
          <rect x={x - 5} y={y - 5} width="10" height="10" rx="1.5" class="poisoned" />
          <path d={`M${x - 4} ${y + 4}l8-8`} class="poisoned" />
        </>
      )
    case 'record':
      return (
        <>
          <rect x={x - 4} y={y - 5.5} width="8" height="11" rx="1" class="sheet" />
          <path d={`M${x - 2} ${y - 2}h4M${x - 2} ${y + 1}h4`} class="sheet" />
        </>
      )
    default:
      return <circle cx={x} cy={y} r={level === 'story' ? 4 : 2.5} class={level === 'story' ? 'ring strong' : 'ring'} />
  }
}
