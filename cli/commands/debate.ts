import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EXIT, type Command } from '../command.ts'
import { debateText } from '../scenario/debate-page.ts'

const FILE = fileURLToPath(new URL('../../docs/debate.md', import.meta.url))

export const debateCommand: Command = {
  usage: 'seabus debate [--write]',
  summary:
    'tries each claim of the 2017 thread; without --write says whether docs/debate.md still tells what comes out',
  options: { write: { type: 'boolean' } },
  async run(values) {
    const text = await debateText()
    if (values['write'] === true) {
      writeFileSync(FILE, text)
      return { output: 'docs/debate.md written', exitCode: EXIT.asExpected }
    }
    const isSame = readFileSync(FILE, 'utf8') === text
    return isSame
      ? { output: text, exitCode: EXIT.asExpected }
      : { output: text, errors: 'docs/debate.md is out of date: seabus debate --write', exitCode: EXIT.notAsExpected }
  }
}
