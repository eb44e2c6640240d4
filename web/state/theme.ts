import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEPT = 'seabus-theme'
const asked = matchMedia('(prefers-color-scheme: dark)')

const isTheme = (text: string | null): text is Theme => text === 'light' || text === 'dark'

/** What was chosen before; a page that is a file may not be allowed to keep anything. */
function keptTheme(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** What the reader chose, else what the system says. */
function first(): Theme {
  const kept = keptTheme()
  return isTheme(kept) ? kept : asked.matches ? 'dark' : 'light'
}

export const theme = signal<Theme>(first())
theme.subscribe((value) => {
  document.documentElement.dataset['theme'] = value
})
asked.addEventListener('change', () => {
  if (!isTheme(keptTheme())) theme.value = first()
})

export function changeTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  try {
    localStorage.setItem(KEPT, theme.value)
  } catch {
    // It holds until the page is closed.
  }
}
