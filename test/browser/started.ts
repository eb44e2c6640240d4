import type { Test } from 'tap'
import { request } from '../support/requests.ts'
import { services, type ServicesOptions } from '../support/services.ts'

export interface Started {
  /** The console, without a slash at its end. */
  readonly console: string
  /** Runs a story to its end and gives the address at which the page shows it. */
  readonly run: (story: 'morse' | 'sei') => Promise<string>
}

/** All services, with what a test needs of them to have something to look at. */
export async function started(t: Test, options: ServicesOptions = {}): Promise<Started> {
  const { urls } = await services(t, options)
  return { console: urls.console, run: (story) => ran(urls.console, story) }
}

export async function ran(console: string, story: 'morse' | 'sei'): Promise<string> {
  const { json } = await request(`${console}/v1/runs`, { body: { story } })
  return `${console}/#/run/${(json as { readonly id: string }).id}`
}

/** The run that an address of the page shows. */
export const idIn = (address: string): string => /#\/run\/([^/]+)/.exec(address)?.[1] ?? ''

/** Runs a scenario that comes with seabus to its end, and gives the address at which the page shows it. */
export async function ranScenario(console: string, name: string, changes: object = {}): Promise<string> {
  const { text } = await request(`${console}/v1/scenarios/${name}`, { headers: { accept: 'application/yaml' } })
  const { json } = await request(`${console}/v1/runs`, { body: { scenario: text, ...changes } })
  return `${console}/#/run/${(json as { readonly id: string }).id}`
}
