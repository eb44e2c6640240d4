import { EXIT, type Done, type Values } from '../command.ts'
import { explained } from '../explain/subjects.ts'
import { explanationText } from '../explain/text.ts'

/** `seabus explain`: what a value or a name stands for, and what the model does about it. */
export async function explainCommand(values: Values, words: readonly string[]): Promise<Done> {
  const all = await explained(words)
  const [only] = all
  const output =
    values['format'] === 'json' ? JSON.stringify(all.length === 1 ? only : all, undefined, 2) : explanationText(all)
  return { output, exitCode: EXIT.asExpected }
}
