import type { Ink } from '../../shared/drawing/palette.ts'
import type { Shape } from '../../shared/drawing/shape.ts'

/** A colour of the page's stylesheet. */
export const colourOf = (ink: Ink): string => `var(--${ink})`

export interface ShapesProps {
  readonly shapes: readonly Shape[]
  readonly colour?: (ink: Ink) => string
}

/** Shapes within an `<svg>`, in the colours of the page. */
export function Shapes({ shapes, colour = colourOf }: ShapesProps) {
  return (
    <>
      {shapes.map((shape, index) => (
        <OneShape key={index} shape={shape} colour={colour} />
      ))}
    </>
  )
}

function OneShape({ shape, colour }: { readonly shape: Shape; readonly colour: (ink: Ink) => string }) {
  if (shape.tag === 'g') {
    return (
      <g transform={`translate(${shape.x} ${shape.y})`}>
        <Shapes shapes={shape.shapes} colour={colour} />
      </g>
    )
  }
  const { tag: Tag, at, fill, stroke, thick, dash, ends, joins, opacity } = shape
  return (
    <Tag
      {...at}
      fill={fill === undefined ? 'none' : colour(fill)}
      stroke={stroke === undefined ? undefined : colour(stroke)}
      stroke-width={thick}
      stroke-dasharray={dash}
      stroke-linecap={ends}
      stroke-linejoin={joins}
      stroke-opacity={opacity}
    />
  )
}
