import type { Command } from 'commander'
import { EXIT, UsageError, type Done, type Values } from '../command.ts'
import { bashScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { wordsOf, type CommandWords } from '../completion/words.ts'
import { zshScript } from '../completion/zsh.ts'

const SCRIPTS: Readonly<Record<string, (all: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript
}

/** `seabus completion`: a script that makes a shell complete what there is, made from the definitions of the commands. */
export function completionCommand(_values: Values, [shell = '']: readonly string[], command: Command): Done {
  const script = SCRIPTS[shell]
  if (script === undefined) throw new UsageError(`seabus completion: which shell? ${Object.keys(SCRIPTS).join(', ')}`)
  return { output: script(wordsOf(command.parent ?? command)), exitCode: EXIT.asExpected }
}
