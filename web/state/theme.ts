import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEPT = 'seabus-theme'
const asked = matchMedia('(prefers-color-scheme: dark)')

const isTheme = (text: string | null): text is Theme => text === 'light' || text === 'dark'

/** What the reader chose, else what the system says. */
function first(): Theme {
  const kept = localStorage.getItem(KEPT)
  return isTheme(kept) ? kept : asked.matches ? 'dark' : 'light'
}

export const theme = signal<Theme>(first())
theme.subscribe((value) => {
  document.documentElement.dataset['theme'] = value
})
asked.addEventListener('change', () => {
  if (!isTheme(localStorage.getItem(KEPT))) theme.value = first()
})

export function changeTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem(KEPT, theme.value)
}
