/** A part of the page that is loaded when it is needed. */
export interface Part<Module> {
  /** As the build names its file, without `.js`: a row of `PARTS` in `cli/page/bundle.ts`. */
  readonly name: string
  readonly load: () => Promise<Module>
}

const failed = new Set<string>()
let times = 0

/**
 * Loads a part of the page. A browser remembers by its address that a module could not be had, so who asks once more asks at
 * another. Throws where the console does not answer.
 */
export async function loadPart<Module>({ name, load }: Part<Module>): Promise<Module> {
  try {
    // The file for one run has all its parts in it.
    if (IS_ALONE || !failed.has(name)) return await load()
    return (await import(new URL(`${name}.js?again=${++times}`, import.meta.url).href)) as Module
  } catch (error) {
    failed.add(name)
    throw new Error('the console does not answer', { cause: error })
  }
}
