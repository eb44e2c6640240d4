/** What a page has in fences that say `sh`. */
export const shellBlocks = (page: string): readonly string[] =>
  [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block)
