import { hexLines } from '../model/hex-lines.ts'
import type { Dissected } from './dissected.ts'

export interface HexViewProps {
  readonly bytes: Uint8Array
  /** The field of each byte. */
  readonly owners: Int32Array
  readonly name: string
  readonly both: Dissected
}

const WIDE = 16
const NARROW = 8
const NARROW_PAGE = 480
/** So many bytes are drawn. */
const MOST = 2048

/** Bytes as hexadecimal and as text. */
export function HexView({ bytes, owners, name, both }: HexViewProps) {
  const lines = hexLines(bytes.subarray(0, MOST), owners, innerWidth < NARROW_PAGE ? NARROW : WIDE)
  return (
    <>
      <div class="hex" tabIndex={0} role="group" aria-label={`Bytes of ${name}; the fields follow as a tree`}>
        {lines.map(({ offset, runs, padding }) => (
          <div key={offset}>
            <span class="offset">{offset}</span>
            {runs.map(({ owner, hex, isZero, at }) => (
              <Part key={at} owner={owner} isZero={isZero} both={both} text={hex} />
            ))}
            <span class="ascii">
              {padding}
              {runs.map(({ owner, ascii, isZero, at }) => (
                <Part key={at} owner={owner} isZero={isZero} both={both} text={ascii} isTight />
              ))}
            </span>
          </div>
        ))}
      </div>
      {bytes.length > MOST && <p class="more-bytes">and {bytes.length - MOST} more bytes; the JSON has them all</p>}
    </>
  )
}

interface PartProps {
  readonly owner: number
  readonly isZero: boolean
  readonly both: Dissected
  readonly text: string
  readonly isTight?: boolean
}

function Part({ owner, isZero, both, text, isTight = false }: PartProps) {
  const { pointed, kept, point, keep } = both
  const classes = [isZero ? 'zero' : '', kept.has(owner) ? 'kept' : '', pointed.has(owner) ? 'pointed' : '']
  return (
    <>
      <u
        class={classes.filter(Boolean).join(' ')}
        onMouseEnter={() => point(owner < 0 ? undefined : owner)}
        onClick={() => owner >= 0 && keep(owner)}
      >
        {text}
      </u>
      {isTight ? '' : ' '}
    </>
  )
}
