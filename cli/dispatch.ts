import { CommanderError } from 'commander'
import { plainLine } from '../shared/contracts/plain-text.ts'
import { UsageError } from './command.ts'
import { knownHelp, program } from './program.ts'

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', () => process.exit())

try {
  if (process.argv.length <= 2) throw new UsageError('seabus: which command? See seabus --help')
  const seabus = program()
  await knownHelp(seabus, process.argv.slice(2))
  await seabus.parseAsync()
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${plainLine(error.message.replaceAll('\n', ' '))}\n`)
    process.exitCode = 2
  } else if (error instanceof CommanderError) {
    // The help or the version: it is printed already.
    process.exitCode = error.exitCode
  } else {
    throw error
  }
}
