import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EXIT, type Done, type Values } from '../command.ts'
import { debateText } from '../scenario/debate-page.ts'

const FILE = fileURLToPath(new URL('../../docs/debate.md', import.meta.url))

/** `seabus debate`: whether docs/debate.md still tells what comes out, or writes it. */
export async function debateCommand(values: Values): Promise<Done> {
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
