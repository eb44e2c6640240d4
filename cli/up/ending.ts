import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'

export interface Standing {
  readonly urls: Readonly<Record<Layer, string>>
  /** What came of the story and of its counter-example, in a sentence each, as far as that could be told. */
  readonly story: string | undefined
  readonly counterExample: string | undefined
  /** The console is where commands look for it by themselves. */
  readonly isUsual: boolean
  /** Whoever asks has to show a token. */
  readonly hasToken: boolean
}

/** What a person wants to know once a system runs: what became of everyone, where to look, and what to try next. */
export function ending({ urls, story, counterExample, isUsual, hasToken }: Standing): string {
  const url = isUsual ? '' : ` --url ${urls.console}`
  const served = MODELLED_LAYERS.map((layer) => `${layer} ${urls[layer]}`)
  return [
    'Each service says at GET / what it offers:',
    ...served.map((line) => `  ${line}`),
    '',
    ...(story === undefined ? [] : [story]),
    ...(counterExample === undefined ? [] : [`The counter-example: ${counterExample}`]),
    '',
    `The page: ${urls.console}`,
    `Try, in another terminal${hasToken ? ' where SEABUS_TOKEN is set too' : ''}:`,
    '',
    `  npx seabus watch${url}`,
    `  npx seabus inject --like single --wait${url}`,
    '  npx seabus diff 01-story --policy morse,sei',
    '',
    'Ctrl-C ends it.'
  ].join('\n')
}
