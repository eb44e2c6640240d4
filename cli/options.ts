import { Argument, Option } from 'commander'

/**
 * The options that several commands have, each described once, so that one word means one thing everywhere. What they may
 * be called with is looked up when a command runs: a help loads no model.
 */

export const policyOption = (): Option =>
  new Option('--policy <name|url>', 'who decides in place of what the file says: a shipped policy, or the URL of yours')

/** Several of them, for commands that compare; `--policies` is the older word. */
export const policiesOptions = (): readonly Option[] => [
  new Option('--policy <name|url,…>', 'policies to compare: shipped ones, or URLs of yours'),
  new Option('--policies <name|url,…>').hideHelp()
]

export const vmmOption = (): Option =>
  new Option('--vmm <profile>', 'the VMM in place of what the file says, with the policy it comes with')

export const vmmsOption = (): Option => new Option('--vmm <profile,…>', 'VMMs to compare')

export const linuxOption = (): Option => new Option('--linux <version>', 'the kernel of host and guest')

export const urlOption = (): Option =>
  new Option('--url <url>', "run on the services behind this console's address, not in this process")

/** The same of commands that are for a running system alone: they look for one by themselves. */
export const consoleOption = (): Option =>
  new Option(
    '--url <url>',
    'the console; without it that of CONSOLE_URL and SEABUS_PORT_BASE, else http://127.0.0.1:7000'
  )

/** Where a command's output can be had in other forms. The first one is what comes when nobody asks. */
export function formatOption(formats: readonly string[]): Option {
  return new Option('--format <format>', `how to write it (without it: ${formats[0]})`).choices(formats)
}

/** Older words for `--format NAME`, which an action finds as if that had been typed. */
export const formatFlags = (formats: readonly string[]): readonly Option[] =>
  formats.map((format) => new Option(`--${format}`).implies({ format }).hideHelp())

/** An argument whose words are known, for completion; what is none of them the action tells, with the nearest. */
export function offered(name: string, description: string, words: readonly string[]): Argument {
  const argument = new Argument(name, description)
  argument.argChoices = [...words]
  return argument
}

export const outOption = (): Option => new Option('--out <file>', 'write to this file instead of standard output')
