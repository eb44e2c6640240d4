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

/** The name of a file of a run from the run's, in letters that every file system takes. */
export function fileNameOf(name: string, ending: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ['run']
  return `seabus-${words.join('-').slice(0, LONGEST_NAME).replace(/-$/, '')}.${ending}`
}
