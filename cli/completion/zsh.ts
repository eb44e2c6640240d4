import type { CommandWords, OptionWords } from './words.ts'

/** A script for zsh's own completion system. */
export function zshScript(all: readonly CommandWords[]): string {
  return ['#compdef seabus', '', ...all.map(functionOf), '', 'compdef _seabus seabus'].join('\n')
}

const nameOf = (path: string) => ['_seabus', ...(path === '' ? [] : path.split(' '))].join('_')

function functionOf(words: CommandWords): string {
  const { path, subcommands, options, arguments: choices, takesFiles } = words
  const name = nameOf(path)
  const specs = options.map(optionSpec)
  if (subcommands.length === 0) {
    const first = choices.length === 0 ? [] : [quoted(`1:what:(${choices.join(' ')})`)]
    const rest = takesFiles ? [quoted('*:file:_files')] : []
    return block(name, [`  _arguments ${[...specs, ...first, ...rest].join(' \\\n    ')}`])
  }
  const list = subcommands.map(({ name: one, summary }) => quoted(`${escaped(one)}:${summary}`))
  return block(name, [
    `  local -a commands=(\n    ${list.join('\n    ')}\n  )`,
    `  _arguments -C ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}`,
    '  case $state in',
    "    command) _describe 'command' commands ;;",
    `    argument) (( $+functions[${name}_$words[1]] )) && ${name}_$words[1] ;;`,
    '  esac'
  ])
}

const block = (name: string, lines: readonly string[]) => [`${name}() {`, ...lines, '}'].join('\n')

function optionSpec({ long, summary, values }: OptionWords): string {
  const said = summary.replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:')
  if (values === undefined) return quoted(`${long}[${said}]`)
  return quoted(`${long}=[${said}]:value:${values.length === 0 ? '_files' : `(${values.join(' ')})`}`)
}

const escaped = (text: string) => text.replaceAll(':', '\\:')
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
