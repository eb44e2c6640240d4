import type { Command } from 'commander'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../../shared/contracts/vmm.ts'

/** An option as a shell needs it. */
export interface OptionWords {
  readonly long: string
  readonly summary: string
  /** What may follow it: these, or a file where none are named; undefined where nothing follows. */
  readonly values: readonly string[] | undefined
}

/** What may be typed after a command, by the words that name it: `cper decode`, or nothing for seabus itself. */
export interface CommandWords {
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly OptionWords[]
  /** What may stand in place of its first argument. */
  readonly arguments: readonly string[]
  readonly takesFiles: boolean
}

/** Names that options take, which their definitions do not load. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  policy: POLICY_NAMES,
  vmm: VMM_PROFILES,
  linux: LINUX_VERSIONS
}

/** What may be typed, of a command and of all below it. */
export function wordsOf(command: Command, path: readonly string[] = []): readonly CommandWords[] {
  const help = command.createHelp()
  const subcommands = help.visibleCommands(command)
  const own: CommandWords = {
    path: path.join(' '),
    subcommands: subcommands.map((one) => ({ name: one.name(), summary: one.summary() || one.description() })),
    options: help.visibleOptions(command).flatMap((option) => {
      const { long, description, argChoices } = option
      if (long === undefined) return []
      const takes = option.required || option.optional
      const values = takes ? (argChoices ?? NAMES[option.attributeName()] ?? []) : undefined
      return [{ long, summary: description, values }]
    }),
    arguments: command.registeredArguments[0]?.argChoices ?? [],
    takesFiles: command.registeredArguments.some((argument) => argument.name() === 'file')
  }
  const below = command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]))
  return [own, ...below]
}
