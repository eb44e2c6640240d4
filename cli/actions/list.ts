import { CATALOGUE, type Kind, type Listed } from '../catalogue/catalogue.ts'
import { columns } from '../catalogue/columns.ts'
import { EXIT, UsageError, type Done, type Values } from '../command.ts'
import { known } from '../known.ts'

/** `seabus list`: the names that there are of a kind, each with what it is; with words, those in whose line they all stand. */
export function listCommand(values: Values, [kind = '', ...words]: readonly string[]): Done {
  known('list of', kind, Object.keys(CATALOGUE))
  const listed = CATALOGUE[kind as Kind]().filter((one) => words.every((word) => has(one, word.toLowerCase())))
  if (listed.length === 0)
    throw new UsageError(`seabus list: none of the ${kind} has ${words.join(' and ')} in its line`)
  const output = values['format'] === 'json' ? JSON.stringify(listed, undefined, 2) : columns(listed)
  return { output, exitCode: EXIT.asExpected }
}

const has = ({ name, summary }: Listed, word: string) => `${name} ${summary}`.toLowerCase().includes(word)
