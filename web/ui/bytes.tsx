import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { fieldRows, litWith, ownersOfBits, ownersOfBytes, type ShownFormat } from '../model/field-rows.ts'
import type { Row } from '../../shared/rows/row.ts'
import { formatsOf } from '../model/formats.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'
import type { Dissected } from './dissected.ts'
import { BitRuler } from './bit-ruler.tsx'
import { FieldTree } from './field-tree.tsx'
import { HexView } from './hex-view.tsx'

/** All that an entry carries as bytes or as a register, one at a time: bytes above, fields below. */
export function Bytes({ run, row }: { readonly run: OpenRun; readonly row: Row }) {
  void run.version.value
  const formats = formatsOf(run.model, row)
  if (formats.length === 0) return null
  const link = run.field.value
  const chosen = Math.min(link?.format ?? 0, formats.length - 1)
  const format = formats[chosen]
  return (
    <div class="section">
      <div class="formats" role="tablist" aria-label="Formats">
        {formats.map(({ name, bytes, bits }, index) => (
          <button
            key={index}
            role="tab"
            aria-selected={index === chosen}
            onClick={() => selectEntry(run, row.place, { format: index, field: 0 })}
          >
            {name} <span>{bits === undefined ? `${bytes.length} B` : `${bits} bits`}</span>
          </button>
        ))}
      </div>
      {format !== undefined && (
        <Dissector
          key={`${row.place}.${chosen}`}
          format={format}
          kept={link === undefined || link.format !== chosen ? undefined : link.field}
          keep={(field) => selectEntry(run, row.place, { format: chosen, field })}
        />
      )}
    </div>
  )
}

interface DissectorProps {
  readonly format: ShownFormat
  readonly kept: number | undefined
  readonly keep: (field: number) => void
}

/** Bytes or a register and their fields, each lighting up the other. */
export function Dissector({ format, kept, keep }: DissectorProps) {
  const { name, bytes, bits, fields, problems } = format
  const at = useSignal<number | undefined>(undefined)
  const rows = useMemo(() => fieldRows(fields), [fields])
  const isBits = bits !== undefined
  const owners = useMemo(
    () => (isBits ? ownersOfBits(rows, bits) : ownersOfBytes(rows, bytes.length)),
    [rows, bits, bytes]
  )
  const both: Dissected = {
    at: at.value,
    pointed: litWith(rows, at.value, isBits),
    kept: litWith(rows, kept, isBits),
    point: (field) => (at.value = field),
    keep
  }
  return (
    <div onMouseLeave={() => (at.value = undefined)}>
      {problems.map((problem) => (
        <p key={problem} class="bad">
          {problem}
        </p>
      ))}
      {isBits ? (
        <BitRuler bytes={bytes} bits={bits} owners={owners} both={both} />
      ) : (
        <HexView bytes={bytes} owners={owners} name={name} both={both} />
      )}
      <FieldTree name={name} rows={rows} both={both} kept={kept} />
    </div>
  )
}
