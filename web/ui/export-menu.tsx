import { useEffect, useRef } from 'preact/hooks'
import { fileNameOf } from '../../shared/drawing/run-formats.ts'
import { loadPart } from '../data/load-part.ts'
import { pageOf, runAs } from '../state/taken-along.ts'
import { tell } from '../state/notice.ts'
import type { OpenRun } from '../state/open-run.ts'
import { theme } from '../state/theme.ts'

/** A form in which a run can be taken elsewhere. */
interface Form {
  readonly name: string
  readonly says: string
  readonly ending: string
  readonly type: string
  readonly make: (run: OpenRun) => string | Blob | Promise<string | Blob>
  /** Absent: it is there for every run. */
  readonly isFor?: (run: OpenRun) => boolean
}

const PICTURE = { name: 'picture', load: () => import('./picture.ts') }
const SVG: Form = {
  name: 'SVG',
  says: 'a picture of the story, for a slide or a page',
  ending: 'svg',
  type: 'image/svg+xml',
  make: async (run) => (await loadPart(PICTURE)).svgOf(run, 'auto')
}
const PNG: Form = {
  name: 'PNG',
  says: 'the same as a bitmap, for a mail or a ticket',
  ending: 'png',
  type: 'image/png',
  make: async (run) => (await loadPart(PICTURE)).pngOf(run, theme.value)
}
const JOURNAL: Form = {
  name: 'JSON',
  says: 'its journal, an entry a line',
  ending: 'ndjson',
  type: 'application/x-ndjson',
  make: (run) => run.model.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}
/** A file that shows one run has no console, of which these are asked. */
const FORMS: readonly Form[] = IS_ALONE
  ? [SVG, PNG, JOURNAL]
  : [
      {
        name: 'HTML',
        says: 'this page with this run, one file',
        ending: 'html',
        type: 'text/html',
        make: pageOf
      },
      SVG,
      PNG,
      {
        name: 'Mermaid',
        says: 'a sequence diagram, for a text',
        ending: 'mmd',
        type: 'text/vnd.mermaid',
        make: (run) => runAs(run, 'mermaid'),
        isFor: ({ kind }) => kind === 'run'
      },
      JOURNAL
    ]

/** Takes the whole run elsewhere: as a page in one file, as a picture, as a diagram, as data. */
export function ExportMenu({ run }: { readonly run: OpenRun }) {
  const details = useRef<HTMLDetailsElement>(null)
  const close = () => {
    if (details.current !== null) details.current.open = false
  }
  useEffect(() => {
    const look = ({ target }: Event) => {
      if (details.current?.contains(target as Node) !== true) close()
    }
    document.addEventListener('pointerdown', look)
    document.addEventListener('focusin', look)
    return () => {
      document.removeEventListener('pointerdown', look)
      document.removeEventListener('focusin', look)
    }
  }, [])
  return (
    <details
      class="export"
      ref={details}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || details.current?.open !== true) return
        event.stopPropagation()
        close()
        details.current.querySelector('summary')?.focus()
      }}
    >
      <summary class="btn">Export</summary>
      <div class="menu">
        {FORMS.filter(({ isFor }) => isFor?.(run) ?? true).map((form) => (
          <button
            key={form.name}
            onClick={() => {
              close()
              details.current?.querySelector('summary')?.focus()
              void saved(run, form)
            }}
          >
            {form.name} <small>{form.says}</small>
          </button>
        ))}
      </div>
    </details>
  )
}

/** Hands a file to the browser, which asks where to put it. */
async function saved(run: OpenRun, { ending, type, make }: Form): Promise<void> {
  try {
    const made = await make(run)
    const url = URL.createObjectURL(typeof made === 'string' ? new Blob([made], { type }) : made)
    const link = document.createElement('a')
    link.href = url
    link.download = fileNameOf(run.summary.value?.name ?? run.kind, ending, run.id)
    link.click()
    URL.revokeObjectURL(url)
  } catch (error) {
    tell(`It could not be saved: ${(error as Error).message}`)
  }
}
