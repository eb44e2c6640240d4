/** Advances of a sans serif, in parts of its size, by the characters that have them; all others have the last. */
const ADVANCES: readonly (readonly [advance: number, characters: string])[] = [
  [0.23, "ijl'|"],
  [0.29, ' !,./:;I[]ft\\'],
  [0.36, '()-r`"{}*'],
  [0.52, 'ckvxyzsJ'],
  [0.61, '+<=>~FTZ^'],
  [0.69, 'ABEKPSVXY&'],
  [0.75, 'CDHNRUw'],
  [0.8, 'GOQ'],
  [0.87, 'Mm'],
  [0.98, 'W%@→…']
]
const OTHER = 0.59
const BY_CHARACTER = new Map(ADVANCES.flatMap(([advance, all]) => [...all].map((one) => [one, advance] as const)))
const IS_WIDE = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}]/u
const IS_MARK = /\p{M}/u
const BOLD = 1.06
const MONO = 0.605

/** A stretch of text in one face. */
export interface Face {
  /** In px. */
  readonly size: number
  readonly isBold?: boolean
  readonly isMono?: boolean
}

/**
 * About how wide a text is, in px: whoever shows it may have another typeface, so that room is left where that matters.
 */
export function widthOf(text: string, { size, isBold = false, isMono = false }: Face): number {
  let width = 0
  for (const one of text) {
    if (IS_MARK.test(one)) continue
    width += IS_WIDE.test(one) ? 1 : isMono ? MONO : (BY_CHARACTER.get(one) ?? OTHER)
  }
  return width * size * (isBold && !isMono ? BOLD : 1)
}

/** As much of a text as fits in a width, with an ellipsis where something is left out. */
export function fitted(text: string, face: Face, width: number): string {
  if (widthOf(text, face) <= width) return text
  const characters = [...text]
  let room = width - widthOf('…', face)
  let count = 0
  for (const one of characters) {
    room -= widthOf(one, face)
    if (room < 0) break
    count++
  }
  return `${characters.slice(0, count).join('').trimEnd()}…`
}
