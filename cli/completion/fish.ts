import type { CommandWords } from './words.ts'

/** A script for fish 3 or newer. */
export function fishScript(all: readonly CommandWords[]): string {
  return ['# fish completion of seabus', 'complete -c seabus -f', ...all.flatMap(linesOf)].join('\n')
}

function linesOf({ path, subcommands, options, arguments: choices, takesFiles }: CommandWords): readonly string[] {
  const where = condition(path, subcommands)
  const all = `complete -c seabus -n ${quoted(where)}`
  return [
    ...subcommands.map(({ name, summary }) => `${all} -a ${name} -d ${quoted(summary)}`),
    ...(choices.length === 0 ? [] : [`${all} -a ${quoted(choices.join(' '))}`]),
    ...(takesFiles ? [`${all} -F`] : []),
    ...options.map(({ long, summary, values }) => {
      const follows = values === undefined ? '' : values.length === 0 ? ' -r -F' : ` -x -a ${quoted(values.join(' '))}`
      return `${all} -l ${long.slice(2)}${follows} -d ${quoted(summary)}`
    })
  ]
}

/** Where a command has been typed, and none of those below it. */
function condition(path: string, subcommands: CommandWords['subcommands']): string {
  const words = path === '' ? [] : path.split(' ')
  const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`)
  const below = subcommands.map(({ name }) => name).join(' ')
  const notBelow = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`]
  return [...seen, ...notBelow].join('; and ')
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
