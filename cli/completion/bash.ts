import type { CommandWords } from './words.ts'

/** A script for bash 4 or newer, that needs nothing of bash-completion. */
export function bashScript(all: readonly CommandWords[]): string {
  return `# bash completion of seabus: source <(seabus completion bash)
_seabus() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local path="" word words="" files=no
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${paths(all)}
    esac
  done
  case "$path $previous" in
${all.flatMap(optionCases).join('\n')}
  esac
  case "$path" in
${all.map(commandCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $files == yes && $current != -* ]] && COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _seabus seabus`
}

function paths(all: readonly CommandWords[]): string {
  const cases = all.filter(({ path }) => path !== '')
  return cases
    .map(({ path }) => {
      const above = path.split(' ').slice(0, -1).join(' ')
      return `      "${above} ${path.split(' ').at(-1)}") path="${path}" ;;`
    })
    .join('\n')
}

function optionCases({ path, options }: CommandWords): readonly string[] {
  return options.flatMap(({ long, values }) => {
    if (values === undefined) return []
    const reply = values.length === 0 ? '-f' : `-W "${values.join(' ')}"`
    return [`    "${path} ${long}") COMPREPLY=($(compgen ${reply} -- "$current")); return ;;`]
  })
}

function commandCase({ path, subcommands, options, arguments: choices, takesFiles }: CommandWords): string {
  const words = [...subcommands.map(({ name }) => name), ...choices, ...options.map(({ long }) => long)].join(' ')
  return `    "${path}") words="${words}"${takesFiles ? '; files=yes' : ''} ;;`
}
