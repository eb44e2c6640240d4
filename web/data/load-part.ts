/** A part of the page that is loaded when it is needed. */
export interface Part<Module> {
  /** As the build names its file, without `.js`: a row of `PARTS` in `cli/page/bundle.ts`. */
  readonly name: string
  readonly load: () => Promise<Module>
}

/** The console has another page by now, which has other parts: this one has to be loaded again. */
export class OtherPage extends Error {
  constructor() {
    super('the console has another page by now: load this page again')
  }
}

const failed = new Set<string>()
let times = 0

/**
 * Loads a part of the page. A browser remembers by its address that a module could not be had, so who asks once more asks at
 * another. Throws OtherPage, or Error where the console does not answer.
 */
export async function loadPart<Module>({ name, load }: Part<Module>): Promise<Module> {
  // The file for one run has all its parts in it.
  if (IS_ALONE) return load()
  try {
    if (!failed.has(name)) return await load()
    return (await import(`${addressOf(name)}?again=${++times}`)) as Module
  } catch (error) {
    failed.add(name)
    if (await isRefused(name)) throw new OtherPage()
    throw new Error('the console does not answer', { cause: error })
  }
}

const addressOf = (name: string) => new URL(`${name}.js`, import.meta.url).href

/** Whether the console answers and has no such part. */
async function isRefused(name: string): Promise<boolean> {
  try {
    return (await fetch(addressOf(name), { method: 'HEAD' })).status === 404
  } catch {
    return false
  }
}
