import { DARK, LIGHT, type Ink } from './palette.ts'
import type { Shape } from './shape.ts'
import type { Run } from './text-line.ts'
import { xml } from './xml.ts'

/** `auto` is light, and dark where whoever looks at it prefers that. */
export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const SANS = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
const MONO = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
const BOLD = 650

/**
 * Writes SVG that needs nothing else: colours stand on the elements themselves, which programs read that know no style
 * sheets, and a style sheet changes them where dark is preferred.
 */
export class SvgWriter {
  readonly #theme: Theme
  readonly #parts: string[] = []
  readonly #used = new Set<string>()

  constructor(theme: Theme) {
    this.#theme = theme
  }

  shapes(shapes: readonly Shape[]): void {
    for (const shape of shapes) this.#shape(shape)
  }

  /** A line of text, its baseline at `y`. */
  text(x: number, y: number, line: readonly Run[], anchor: 'start' | 'middle' | 'end' = 'start'): void {
    const [first] = line
    if (first === undefined) return
    const place = `x="${n(x)}" y="${n(y)}"${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`
    if (line.length === 1) this.#parts.push(`<text ${place}${this.#face(first)}>${xml(first.text)}</text>`)
    else {
      const runs = line.map((run) => {
        const gap = run.gap === undefined ? '' : ` dx="${n(run.gap)}"`
        return `<tspan${gap}${this.#face(run)}>${xml(run.text)}</tspan>`
      })
      this.#parts.push(`<text ${place}>${runs.join('')}</text>`)
    }
  }

  /** What is written by `write` belongs together, and is called `title`. */
  group(title: string, write: () => void): void {
    this.#parts.push(`<g><title>${xml(title)}</title>`)
    write()
    this.#parts.push('</g>')
  }

  /**
   * All that has been written, as a file: a picture of so many px, with what it shows in words. Some fonts would draw the x
   * between two digits of an address as a sign of multiplication.
   */
  file({ width, height, title, description }: SvgFile): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}" role="graphics-document" aria-labelledby="title" aria-describedby="description" font-family="${SANS}" style="font-variant-ligatures:none">`,
      `<title id="title">${xml(title)}</title>`,
      `<desc id="description">${xml(description)}</desc>`,
      ...this.#style(),
      ...this.#parts,
      '</svg>',
      ''
    ].join('\n')
  }

  #shape(shape: Shape): void {
    if (shape.tag === 'g') {
      this.#parts.push(`<g transform="translate(${n(shape.x)} ${n(shape.y)})">`)
      this.shapes(shape.shapes)
      this.#parts.push('</g>')
      return
    }
    const { tag, at, fill, stroke, thick, dash, ends, joins, opacity } = shape
    const more = attributes({
      'stroke-width': thick,
      'stroke-dasharray': dash,
      'stroke-linecap': ends,
      'stroke-linejoin': joins,
      opacity
    })
    this.#parts.push(`<${tag}${attributes(at)}${this.#inks(fill, stroke)}${more}/>`)
  }

  #face({ ink, size, isBold = false, isMono = false }: Run): string {
    const weight = isBold ? ` font-weight="${BOLD}"` : ''
    return `${this.#inks(ink)} font-size="${n(size)}"${weight}${isMono ? ` font-family="${MONO}"` : ''}`
  }

  #inks(fill: Ink | undefined, stroke?: Ink): string {
    const palette = this.#theme === 'dark' ? DARK : LIGHT
    const inks = { fill: fill === undefined ? 'none' : palette[fill], stroke: stroke && palette[stroke] }
    if (this.#theme !== 'auto') return attributes(inks)
    const classes = [fill && this.#class('fill', fill), stroke && this.#class('stroke', stroke)].filter(Boolean)
    return attributes({ ...inks, class: classes.join(' ') || undefined })
  }

  /** A class by which an element has another colour where dark is preferred. */
  #class(what: 'fill' | 'stroke', ink: Ink): string {
    const name = `${what.charAt(0)}-${ink}`
    this.#used.add(`.${name}{${what}:${DARK[ink]}}`)
    return name
  }

  #style(): readonly string[] {
    if (this.#used.size === 0) return []
    return [`<style>@media (prefers-color-scheme:dark){${[...this.#used].sort().join('')}}</style>`]
  }
}

export interface SvgFile {
  /** In px. */
  readonly width: number
  readonly height: number
  readonly title: string
  readonly description: string
}

const attributes = (all: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(all)
    .map(([name, value]) =>
      value === undefined ? '' : ` ${name}="${typeof value === 'number' ? n(value) : short(value)}"`
    )
    .join('')

/** At most two places, so that no sum of thirds is a line long. */
const n = (value: number): string => String(Number(value.toFixed(2)))

/** The same for the numbers in the text of a path. */
const short = (text: string): string => text.replaceAll(/\d*\.\d{3,}/g, (number) => n(Number(number)))
