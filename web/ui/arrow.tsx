import type { Row } from '../../shared/rows/row.ts'
import { MARK_COLOURS, MarkDrawing } from './icon.tsx'

export interface ArrowProps {
  readonly row: Row
  /** Where it begins and ends, in px. */
  readonly begin: number
  readonly end: number
  readonly y: number
}

const TOOTH = 5
const TEETH = 3.4

/** A message between two lanes. Its stroke and its head say of which kind it is, also without colour. */
export function Arrow({ row, begin, end, y }: ArrowProps) {
  const { mark, isEnd, level } = row
  const colour = MARK_COLOURS[mark]
  const way = Math.sign(end - begin)
  const tip = end - way * 2
  switch (mark) {
    case 'exception':
      return (
        <>
          <path
            d={`${zigzag(begin, tip, y)}L${tip - way * 6} ${y}`}
            fill="none"
            stroke={colour}
            stroke-width="1.7"
            stroke-linejoin="round"
          />
          <Head tip={tip} way={way} y={y} size={7} colour={colour} />
        </>
      )
    case 'notification':
      return (
        <>
          <path d={`M${begin} ${y}H${tip - way * 7}`} stroke={colour} stroke-width="2" stroke-dasharray="7 4" />
          <path
            d={[13, 7].map((back) => `M${tip - way * back} ${y - 5}l${way * 6} 5l${-way * 6} 5`).join('')}
            fill="none"
            stroke={colour}
            stroke-width="1.9"
          />
        </>
      )
    case 'signal':
      return (
        <>
          <path d={`M${begin} ${y}H${tip - way * 8}`} stroke={colour} stroke-width="2.6" />
          <path d={`M${begin - 5} ${y}l5-5 5 5-5 5z`} fill={colour} />
          {isEnd ? <Death x={end} y={y} /> : <Head tip={tip} way={way} y={y} size={8} colour={colour} />}
        </>
      )
    case 'guest-notification':
      return (
        <>
          <path
            d={`M${begin} ${y - 2}H${tip - way * 8}M${begin} ${y + 2}H${tip - way * 8}`}
            stroke={colour}
            stroke-width="1.5"
          />
          <Head tip={tip} way={way} y={y} size={8.5} colour={colour} />
        </>
      )
    case 'question':
      return (
        <>
          <Dots begin={begin} end={end - way * 9} y={y} colour={colour} />
          <g transform={`translate(${end - 8} ${y - 8})`}>
            <circle cx="8" cy="8" r="7.5" fill="var(--surface)" />
            <MarkDrawing mark="question" />
          </g>
        </>
      )
    case 'decision':
      return (
        <>
          <Dots begin={begin} end={tip - way * 8} y={y} colour={colour} />
          <Head tip={tip} way={way} y={y} size={8} colour={colour} />
        </>
      )
    default: {
      const thin = level === 'story' ? 'thin strong' : 'thin'
      return (
        <>
          <path class={thin} d={`M${begin} ${y}H${tip}M${tip - way * 5} ${y - 3.5}L${tip} ${y}l${-way * 5} 3.5`} />
          {isEnd && <Death x={end} y={y} />}
        </>
      )
    }
  }
}

function zigzag(begin: number, tip: number, y: number): string {
  const way = Math.sign(tip - begin)
  const teeth = Math.max(0, Math.floor((Math.abs(tip - begin) - 9) / TOOTH) - 1)
  let path = `M${begin} ${y}`
  for (let i = 1; i <= teeth; i++) path += `L${begin + way * i * TOOTH} ${y + (i % 2 === 1 ? -TEETH : TEETH)}`
  return path
}

interface HeadProps {
  readonly tip: number
  readonly way: number
  readonly y: number
  readonly size: number
  readonly colour: string
}

const Head = ({ tip, way, y, size, colour }: HeadProps) => (
  <path d={`M${tip} ${y}l${-way * size * 1.25} ${-size * 0.7}v${size * 1.4}z`} fill={colour} />
)

interface DotsProps {
  readonly begin: number
  readonly end: number
  readonly y: number
  readonly colour: string
}

const Dots = ({ begin, end, y, colour }: DotsProps) => (
  <path d={`M${begin} ${y}H${end}`} stroke={colour} stroke-width="2" stroke-dasharray="1 5" stroke-linecap="round" />
)

const Death = ({ x, y }: { readonly x: number; readonly y: number }) => (
  <>
    <circle cx={x} cy={y} r="8" fill="var(--bad)" />
    <path d={`M${x - 3.2} ${y - 3.2}l6.4 6.4m0-6.4l-6.4 6.4`} stroke="var(--surface)" stroke-width="2" />
  </>
)
