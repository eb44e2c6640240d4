import type { Dissected } from './dissected.ts'

export interface BitRulerProps {
  /** The register, its lowest byte first. */
  readonly bytes: Uint8Array
  readonly bits: number
  /** The field of each bit. */
  readonly owners: Int32Array
  readonly both: Dissected
}

const LINE = 32

/** A register bit by bit, the highest first, 32 in a line. */
export function BitRuler({ bytes, bits, owners, both }: BitRulerProps) {
  const lines = Array.from({ length: Math.ceil(bits / LINE) }, (_, line) => bits - 1 - line * LINE)
  return (
    <div aria-hidden="true">
      {lines.map((high) => (
        <BitLine key={high} high={high} low={Math.max(0, high - LINE + 1)} bytes={bytes} owners={owners} both={both} />
      ))}
    </div>
  )
}

type BitLineProps = Omit<BitRulerProps, 'bits'> & { readonly high: number; readonly low: number }

function BitLine({ high, low, bytes, owners, both }: BitLineProps) {
  const { pointed, kept, point, keep } = both
  const places = Array.from({ length: high - low + 1 }, (_, nth) => high - nth)
  const begins = (bit: number) => bit === high || owners[bit] !== owners[bit + 1]
  return (
    <>
      <div class="bit-numbers">
        {places.filter(begins).map((bit) => (
          <span key={bit} style={{ gridColumn: high - bit + 1 }}>
            {bit}
          </span>
        ))}
      </div>
      <div class="bits">
        {places.map((bit) => {
          const owner = owners[bit] ?? -1
          const value = ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1
          const classes = [
            value === 0 ? 'zero' : '',
            begins(bit) ? 'first' : '',
            kept.has(owner) ? 'kept' : '',
            pointed.has(owner) ? 'pointed' : ''
          ]
          return (
            <u
              key={bit}
              class={classes.filter(Boolean).join(' ')}
              onMouseEnter={() => point(owner < 0 ? undefined : owner)}
              onClick={() => owner >= 0 && keep(owner)}
            >
              {value}
            </u>
          )
        })}
      </div>
    </>
  )
}
