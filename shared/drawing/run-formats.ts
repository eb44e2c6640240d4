/** In what a run can be taken along, each with its media type and how the name of a file of it ends. */
export const RUN_FORMATS = {
  json: { type: 'application/json', ending: 'json' },
  text: { type: 'text/plain', ending: 'txt' },
  mermaid: { type: 'text/vnd.mermaid', ending: 'mmd' },
  svg: { type: 'image/svg+xml', ending: 'svg' },
  html: { type: 'text/html', ending: 'html' }
} as const
export type RunFormat = keyof typeof RUN_FORMATS

export const RUN_FORMAT_NAMES = Object.keys(RUN_FORMATS) as readonly RunFormat[]

const LONGEST_NAME = 60

/**
 * The name of a file of a run from the run's, as many whole words of it as there is room for, in letters that every file
 * system takes; `id` tells runs of one name apart.
 */
export function fileNameOf(name: string, ending: string, id = ''): string {
  const [first = 'run', ...more] = wordsIn(name)
  let text = first.slice(0, LONGEST_NAME)
  for (const word of more) {
    if (text.length + 1 + word.length > LONGEST_NAME) break
    text += `-${word}`
  }
  const which = wordsIn(id).join('-')
  // A run of a terminal has no id but its name.
  return `seabus-${text}${which === '' || which === text ? '' : `-${which}`}.${ending}`
}

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []
