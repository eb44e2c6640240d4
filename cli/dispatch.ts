import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { plainLine, plainText } from '../shared/contracts/plain-text.ts'
import { type Done, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'

const HELP = [
  'usage: seabus COMMAND …',
  '',
  ...Object.values(COMMANDS).map(({ usage, summary }) => `  ${usage}\n      ${summary}`),
  '',
  'replay: --json prints JSON instead of tables; --predict prints what the model says will be observed, from',
  '"input" alone; --linux takes another profile than the recorded kernel\'s. Exits 1 on any difference.'
].join('\n')

async function run(args: readonly string[]): Promise<Done> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') return { output: HELP, exitCode: 0 }
  if (name === undefined) throw new UsageError('seabus: which command? See seabus --help')
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw new UsageError(`seabus: no command ${JSON.stringify(name)}; see seabus --help`)
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } satisfies ParseArgsOptionsConfig
  const { values, positionals } = parse(rest, options)
  if (values['help'] === true) return { output: HELP, exitCode: 0 }
  return command.run(values, positionals)
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new UsageError(`seabus: ${sentence}; see seabus --help`)
  }
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', () => process.exit())

try {
  const { output, isStyled = false, errors, exitCode } = await run(process.argv.slice(2))
  if (output !== '') process.stdout.write(`${isStyled ? output : plainText(output)}\n`)
  if (errors !== undefined) process.stderr.write(`${plainText(errors)}\n`)
  process.exitCode = exitCode
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${plainLine(error.message.replaceAll('\n', ' '))}\n`)
  process.exitCode = 2
}
