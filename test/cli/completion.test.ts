import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { completionCommand } from '../../cli/actions/completion.ts'
import { wordsOf } from '../../cli/completion/words.ts'
import { program } from '../../cli/program.ts'
import { ran } from '../support/commands.ts'

const seabus = program()
const all = wordsOf(seabus)
const script = (shell: string) => completionCommand({}, [shell], seabus).output

/** What bash would offer for the last of these words. */
async function offered(t: { testdir(): string }, ...words: string[]): Promise<readonly string[]> {
  const file = join(t.testdir(), 'seabus.bash')
  writeFileSync(file, script('bash'))
  const ask = 'source "$0"; COMP_WORDS=(seabus "$@"); COMP_CWORD=$#; _seabus; printf "%s\\n" "${COMPREPLY[@]}"'
  const { stdout } = await ran('bash', ['-c', ask, file, ...words])
  return stdout.split('\n').filter((line) => line !== '')
}

void t.test('bash completes commands, options, names and formats', async (t) => {
  t.strictSame(await offered(t, 'mat'), ['matrix'])
  t.strictSame(await offered(t, 'run', '--exp'), ['--explain'])
  t.strictSame(await offered(t, 'run', '--policy', 'mo'), ['morse'])
  t.strictSame(await offered(t, 'matrix', '--format', ''), ['table', 'json', 'csv', 'svg'])
  t.strictSame(await offered(t, 'conform', 'fir'), ['firmware'])
  t.ok((await offered(t, 'run', 'scen')).includes('scenarios'))
})

for (const shell of ['bash', 'zsh', 'fish']) {
  void t.test(`the script for ${shell} has every command and every option that the help shows`, (t) => {
    const output = script(shell)

    for (const { path, options } of all) {
      for (const word of path.split(' ')) t.ok(output.includes(word), path)
      for (const { long } of options) t.ok(output.includes(shell === 'fish' ? `-l ${long.slice(2)}` : long), long)
    }
    t.end()
  })
}
