import { Command } from 'commander'
import { RELEASE } from '../shared/contracts/release.ts'
import { UsageError } from './command.ts'
import { completion } from './commands/completion.ts'
import { conform } from './commands/conform.ts'
import { cper } from './commands/cper.ts'
import { debate } from './commands/debate.ts'
import { diff } from './commands/diff.ts'
import { dmesg } from './commands/dmesg.ts'
import { doctor } from './commands/doctor.ts'
import { esr } from './commands/esr.ts'
import { explain } from './commands/explain.ts'
import { fidelity } from './commands/fidelity.ts'
import { hest } from './commands/hest.ts'
import { inject } from './commands/inject.ts'
import { list } from './commands/list.ts'
import { matrix } from './commands/matrix.ts'
import { replay } from './commands/replay.ts'
import { run } from './commands/run.ts'
import { siginfo } from './commands/siginfo.ts'
import { trace } from './commands/trace.ts'
import { up } from './commands/up.ts'
import { watch } from './commands/watch.ts'
import { GROUP } from './define.ts'

/** In the order of the help. */
const COMMANDS: readonly Command[] = [
  run,
  matrix,
  diff,
  trace,
  up,
  watch,
  inject,
  doctor,
  cper,
  hest,
  esr,
  siginfo,
  replay,
  dmesg,
  conform,
  list,
  explain,
  debate,
  fidelity,
  completion
]

/** The command line of seabus. A mistake in it is a UsageError whose message is one line. */
export function program(): Command {
  const seabus = new Command('seabus')
    .description('An executable model of how a hardware error travels on arm64.')
    .usage('COMMAND …')
    .version(RELEASE, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', '\nseabus help COMMAND tells the options of a command, with examples; docs/cli.md has more.')
    .configureHelp({ subcommandTerm: (command) => command.name() })
  seabus.addHelpCommand(
    new Command('help').argument('[command]').summary('print the help of a command').helpGroup(GROUP.about)
  )
  for (const command of COMMANDS) seabus.addCommand(command)
  for (const command of allOf(seabus)) isStrict(command)
  return seabus
}

/** Throws UsageError where the help of a command is asked for that there is not; commander would print all of it. */
export async function knownHelp(command: Command, [word, ...more]: readonly string[]): Promise<void> {
  const [name] = more
  const names = command.commands.map((below) => below.name())
  if (word === 'help' && command.commands.length > 0) {
    if (name === undefined || name === 'help' || name.startsWith('-') || names.includes(name)) return
    // Only a mistake loads what finds the name that was meant.
    const { known } = await import('./known.ts')
    known('command', name, names)
  }
  const below = command.commands.find((one) => one.name() === word)
  if (below !== undefined) await knownHelp(below, more)
}

/** A command and all below it. */
export function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** What commander would print and exit with is thrown instead, in one line that names where help is. */
function isStrict(command: Command): void {
  command.exitOverride()
  command.configureOutput({
    outputError(text) {
      const [what = '', ...more] = text.trim().split('\n')
      const words = namesOf(command).join(' ')
      const said = [what.replace(/^error: /, ''), ...more].join(' ').replace(/\.$/, '')
      throw new UsageError(`${words}: ${said}; see ${words} --help`)
    }
  })
}

function namesOf(command: Command): readonly string[] {
  return [...(command.parent === null ? [] : namesOf(command.parent)), command.name()]
}
