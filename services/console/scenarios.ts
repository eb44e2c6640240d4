import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parseDocument } from 'yaml'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { faultDigest } from './fault-digest.ts'

/** A scenario that comes with seabus. */
export interface ShippedScenario {
  /** Of its file, without the ending; no two have the same. */
  readonly name: string
  readonly title: string
  /** The folder of `scenarios` in which it is; '' for `scenarios` itself. */
  readonly folder: string
  /** As its runs have it; absent of a file with mistakes. */
  readonly fault?: string
}

interface Shipped {
  readonly scenario: ShippedScenario
  readonly text: string
}

const FOLDER = new URL('../../scenarios/', import.meta.url)
const ENDING = '.yaml'

/** The scenarios that come with seabus, which are read once, when first asked for. */
export class ShippedScenarios {
  #read: Promise<ReadonlyMap<string, Shipped>> | undefined

  /** In the order of their files. */
  async list(): Promise<readonly ShippedScenario[]> {
    const all = await this.#all()
    return [...all.values()].map(({ scenario }) => scenario)
  }

  /** The YAML of one; undefined when there is none of that name. */
  async text(name: string): Promise<string | undefined> {
    return (await this.#all()).get(name)?.text
  }

  #all() {
    this.#read ??= readAll()
    return this.#read
  }
}

async function readAll() {
  const files = await readdir(FOLDER, { recursive: true })
  const named = files.filter((file) => file.endsWith(ENDING)).toSorted()
  const read = await Promise.all(
    named.map(async (file) => [file, await readFile(new URL(file, FOLDER), 'utf8')] as const)
  )
  return new Map(
    read.map(([file, text]) => {
      const name = basename(file, ENDING)
      const folder = dirname(file) === '.' ? '' : dirname(file)
      const { scenario: written } = readScenario(text, file) as { readonly scenario?: ScenarioFile }
      const title = written?.title ?? String(parseDocument(text).get('title'))
      const scenario = { name, title, folder, ...(written && { fault: faultDigest(written) }) }
      return [name, { scenario, text }]
    })
  )
}
