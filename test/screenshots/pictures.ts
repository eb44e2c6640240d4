import type { Page } from 'playwright-core'
import { DESK, PHONE } from '../browser/visit.ts'

/** What has been run for the pictures: where the page shows each. */
export interface Shown {
  /** Of the console, without a slash at its end. */
  readonly console: string
  /** Ids of runs by the scenario that they are of. */
  readonly runs: Readonly<Record<string, string>>
}

/** One picture of the documentation. */
export interface Picture {
  /** Of its file in `docs/img/`, without `.png`. */
  readonly name: string
  readonly theme?: 'light' | 'dark'
  readonly size?: { readonly width: number; readonly height: number }
  /** Where it is taken. */
  readonly at: (shown: Shown) => string
  /** Brings the page to where it is to be seen; it waits for what it needs. */
  readonly look: (page: Page) => Promise<unknown>
}

const runAt =
  (name: string, place = '') =>
  ({ console, runs }: Shown) =>
    `${console}/#/run/${runs[name]}${place}`

const expected = (page: Page) => page.getByText('✓ as the file expects').waitFor()

/** Every picture that the documentation shows; `npm run screenshots` makes these and no others. */
export const PICTURES: readonly Picture[] = [
  { name: 'run', at: runAt('01-story'), look: expected },
  { name: 'run-dark', theme: 'dark', at: runAt('02-counter-example'), look: expected },
  {
    name: 'bytes',
    at: runAt('01-story'),
    async look(page) {
      await expected(page)
      await page.getByRole('row', { name: /Record in the status block/ }).click()
      await page
        .getByRole('treeitem', { name: /physical address/i })
        .first()
        .click()
    }
  },
  {
    name: 'runs',
    at: ({ console }) => `${console}/#/runs`,
    look: (page) => page.locator('.run-line').nth(4).waitFor()
  },
  {
    name: 'compare',
    at: ({ console, runs }) => `${console}/#/compare/${runs['01-story']}/${runs['02-counter-example']}`,
    look: (page) => page.getByText('an SError that it could have survived').first().waitFor()
  },
  {
    name: 'matrix',
    theme: 'dark',
    at: ({ console }) => `${console}/#/matrix`,
    look: (page) => page.getByRole('table').or(page.getByRole('grid')).first().waitFor()
  },
  {
    name: 'inject',
    at: ({ console }) => `${console}/#/inject`,
    look: (page) => page.locator('.cm-line').nth(4).waitFor()
  },
  { name: 'phone', size: PHONE, at: runAt('01-story'), look: expected }
]

/** Where a picture lies, from the root. */
export const fileOf = ({ name }: Picture): string => `docs/img/${name}.png`

export const sizeOf = ({ size = DESK }: Picture) => size
