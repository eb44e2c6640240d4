import type { Tick } from '../model/ticks.ts'
import { timeText } from '../../shared/rows/time.ts'
import { MARK_INKS } from '../../shared/drawing/palette.ts'

export interface TrackMoment {
  readonly begin: number
  readonly end: number
  readonly now: number
  readonly selected: number | undefined
}

const EDGE = 4
const GAP = 4
const LABEL_HEIGHT = 10
const HEIGHTS: Readonly<Record<Tick['weight'], number>> = { end: 18, mark: 13, story: 7, detail: 3 }

/** Draws the slider's track; a canvas, since a run may have ten thousand entries. */
export function drawTicks(canvas: HTMLCanvasElement, ticks: readonly Tick[], moment: TrackMoment): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  const { clientWidth: width, clientHeight: height } = canvas
  const { begin, end, now, selected } = moment
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const x = (place: number) => EDGE + ((width - 2 * EDGE) * (place - begin)) / Math.max(1, end - begin)
  canvas.width = width * devicePixelRatio
  canvas.height = height * devicePixelRatio
  context.scale(devicePixelRatio, devicePixelRatio)
  context.fillStyle = colour('--line2')
  context.fillRect(EDGE, height / 2 - 0.5, width - 2 * EDGE, 1)
  context.fillStyle = colour('--selbg')
  context.fillRect(EDGE, 3, x(now) - EDGE, height - 6)
  const colours = Object.fromEntries(Object.entries(MARK_INKS).map(([mark, ink]) => [mark, colour(`--${ink}`)]))
  const bad = colour('--bad')
  const dim = colour('--fg3')
  context.font = `10.5px ${colour('--mono')}`
  for (const { place, mark, weight, jump } of ticks) {
    const at = x(place)
    if (jump !== undefined) {
      context.fillStyle = dim
      for (let y = 0; y < height; y += 4) context.fillRect(at - 2.5, y, 1, 2)
    }
    const isThick = weight !== 'detail'
    context.globalAlpha = place > now ? 0.35 : 1
    context.fillStyle = weight === 'end' ? bad : (colours[mark] ?? dim)
    context.fillRect(at - (isThick ? 1 : 0.5), (height - HEIGHTS[weight]) / 2, isThick ? 2 : 1, HEIGHTS[weight])
    context.globalAlpha = 1
  }
  drawJumps(context, ticks, { x, width, ink: dim, ground: colour('--surface') })
  context.fillStyle = colour('--accent')
  context.fillRect(x(now) - 1, 0, 2, height)
  if (selected === undefined || selected < begin) return
  context.beginPath()
  context.moveTo(x(selected) - 5, height)
  context.lineTo(x(selected) + 5, height)
  context.lineTo(x(selected), height - 7)
  context.fill()
}

interface Jumps {
  readonly x: (place: number) => number
  readonly width: number
  readonly ink: string
  readonly ground: string
}

/** How long each gap was, over the ticks on a ground of its own; labels do not lie over each other, nor beyond the edge. */
function drawJumps(context: CanvasRenderingContext2D, ticks: readonly Tick[], { x, width, ink, ground }: Jumps): void {
  let labelled = 0
  for (const { place, jump } of ticks) {
    if (jump === undefined) continue
    const text = `+${timeText(jump)}`
    const [begin, length] = [x(place) + 1, context.measureText(text).width]
    if (begin <= labelled || begin + length >= width) continue
    context.fillStyle = ground
    context.fillRect(begin - 1, 0, length + 2, LABEL_HEIGHT)
    context.fillStyle = ink
    context.fillText(text, begin, LABEL_HEIGHT - 2)
    labelled = begin + length + GAP
  }
}
