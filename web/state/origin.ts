import { signal } from '@preact/signals'
import { askJson } from '../data/api.ts'
import type { CurlFor } from '../model/curl.ts'

/** There is a console to which commands can be sent: a run that is carried in a file may come from none. */
export const hasConsole = signal(true)
/** How a terminal reaches the console. */
export const forCurl = signal<CurlFor>({ origin: location.origin, asksToken: false })

interface Index {
  readonly links?: readonly { readonly curl: string }[]
}

/** Asks the console once whether its commands show a token. */
export async function learnOrigin(): Promise<void> {
  try {
    const { links = [] } = await askJson<Index>('/')
    forCurl.value = { origin: location.origin, asksToken: links.some(({ curl }) => curl.includes('$SEABUS_TOKEN')) }
  } catch {
    // Whether the console answers is told by the list of runs.
  }
}
