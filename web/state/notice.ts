import { signal } from '@preact/signals'

/** What is said for a moment: something was copied, or could not be done. */
export const notice = signal<string | undefined>(undefined)
/** What is told to who cannot see: the entry that was stepped to. */
export const spoken = signal('')

const SHOWN_MS = 1800
let timer: ReturnType<typeof setTimeout> | undefined

export function tell(text: string): void {
  notice.value = text
  clearTimeout(timer)
  timer = setTimeout(() => {
    notice.value = undefined
  }, SHOWN_MS)
}

/** Copies a text, and says so, with what has to be known of it besides. */
export async function copy(text: string, what: string, besides = ''): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    tell(`${what} copied${besides === '' ? '' : `; ${besides}`}`)
  } catch {
    tell(`${what} could not be copied: the browser does not allow it here`)
  }
}
