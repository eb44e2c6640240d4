import t from 'tap'
import { program as commandLine, allOf } from '../../cli/program.ts'
import { RELEASE } from '../../shared/contracts/release.ts'
import { program } from '../support/programs.ts'

const seabus = (...args: string[]) => program('cli/seabus.ts', args).ended
const ofPeople = allOf(commandLine()).filter((command) => command.parent !== null && command.name() !== 'help')

void t.test('--version is the version of the package', async (t) => {
  t.same(await seabus('--version'), { code: 0, out: `${RELEASE}\n`, err: '' })
})

const MISTAKES: readonly (readonly [args: readonly string[], says: string])[] = [
  [[], 'seabus: which command? See seabus --help'],
  [['rum'], "seabus: unknown command 'rum' (Did you mean run?); see seabus --help"],
  [
    ['run', '--polcy', 'sei', 'f'],
    "seabus run: unknown option '--polcy' (Did you mean --policy?); see seabus run --help"
  ],
  [['help', 'rum'], 'seabus: there is no command rum; did you mean run?'],
  [['cper', 'help', 'decod'], 'seabus: there is no command decod; did you mean decode?'],
  [['run'], "seabus run: missing required argument 'file'; see seabus run --help"],
  [
    ['diff', 'a', '--format', 'xml'],
    "seabus diff: option '--format <format>' argument 'xml' is invalid. Allowed choices are text, json; see seabus diff --help"
  ],
  [
    ['fidelity', 'x'],
    "seabus fidelity: too many arguments for 'fidelity'. Expected 0 arguments but got 1; see seabus fidelity --help"
  ]
]
for (const [args, says] of MISTAKES) {
  void t.test(`seabus ${args.join(' ')}: one line that says what is wrong, and exit 2`, async (t) => {
    t.same(await seabus(...args), { code: 2, out: '', err: `${says}\n` })
  })
}

void t.test('the help lists every command, and each command has a help with examples that name it', async (t) => {
  const { code, out } = await seabus('--help')

  t.equal(code, 0)
  for (const command of ofPeople) {
    const whole = [command.parent?.parent === null ? undefined : command.parent?.name(), command.name()]
    const words = whole.filter((word) => word !== undefined).join(' ')
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()

    t.match(out, new RegExp(`^  ${words.split(' ')[0]} `, 'm'), words)
    t.match(help, new RegExp(`\\nExamples:\\n(.*\\n)*.*seabus ${words}`), words)
    t.ok(command.summary().length > 10, words)
  }
})

void t.test('an option means the same wherever it is, whatever its command', (t) => {
  const [policy, format] = ['policy', 'format'].map((name) =>
    ofPeople.flatMap(({ options }) => options.filter((option) => option.attributeName() === name))
  )

  t.ok((policy?.length ?? 0) >= 3)
  t.ok(format?.every(({ argChoices = [] }) => argChoices.length > 1))
  t.end()
})

void t.test('help names a command, or stands before it', async (t) => {
  const [after, before] = await Promise.all([seabus('diff', '--help'), seabus('help', 'diff')])

  t.match(after, { code: 0, out: /^Usage: seabus diff/ })
  t.same(before, after)
})
