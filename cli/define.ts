import { Command, type Option } from 'commander'
import type { Done, Values } from './command.ts'
import { deliver } from './deliver.ts'

/** Under which headings the help lists commands. */
export const GROUP = {
  scenarios: 'Scenarios:',
  system: 'A running system:',
  bytes: 'Records and registers:',
  kernels: 'Real kernels:',
  layers: 'Layers of your own:',
  about: 'About the model:'
} as const

/** What the help says of a command. */
export interface About {
  readonly group: string
  /** One line, in the list of all. */
  readonly summary: string
  /** More than that, in its own help. */
  readonly description?: string
  /** A command line each, as one types it. */
  readonly examples: readonly string[]
  readonly options?: readonly (Option | readonly Option[])[]
}

/** Throws UsageError for a file or an option that cannot be used. `command` is the command's own definition. */
export type Action = (values: Values, positionals: readonly string[], command: Command) => Done | Promise<Done>

/** A command of seabus. Its definition loads nothing; `load` imports what it does once it is chosen. */
export function define(name: string, about: About, load?: () => Promise<Action>): Command {
  const { group, summary, description = summary, examples, options = [] } = about
  const command = new Command(name).summary(summary).description(sentence(description)).helpGroup(group)
  for (const option of options.flat()) command.addOption(option)
  command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
  if (load === undefined) return command
  return command.action(async (...given: unknown[]) => {
    const [values, positionals] = [command.opts<Values>(), given.slice(0, -2).flat()]
    const words = positionals.filter((word) => typeof word === 'string')
    deliver(await (await load())(values, words, command), values)
  })
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
