import { once } from 'node:events'
import { styleText } from 'node:util'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { plainLine, plainText } from '../../shared/contracts/plain-text.ts'
import { textLine } from '../../shared/trace/journal-text.ts'
import { saidOf } from '../../shared/trace/told.ts'
import { EXIT, list, text, UsageError, type Done, type Values } from '../command.ts'
import { consoleUrl, endWithoutConsole } from '../console/ask-console.ts'
import { known } from '../known.ts'
import { untilSignal } from '../until-signal.ts'
import { followConsole, type Merged } from '../watch/follow-console.ts'

/** `seabus watch`: the merged journal of a running system as it grows, until a signal. Writes as it goes. */
export async function watchCommand(values: Values): Promise<Done> {
  const layers = list(values['layer'])
  for (const layer of layers ?? []) known('layer', layer, LAYERS)
  const filter = {
    machine: list(values['machine']),
    type: list(values['type']),
    from: list(values['from']),
    to: list(values['to']),
    trace: text(values['trace'])
  }
  const lineOf = values['format'] === 'json' ? jsonLine : storyLine(values['all'] === true)
  const count = countOf(text(values['count']))
  const isWanted = layers === undefined ? () => true : concerns(new Set(layers))
  try {
    const ended = await untilSignal(async (signal) => {
      const notice = (line: string) => void process.stderr.write(`${plainLine(`seabus watch: ${line}`)}\n`)
      const entries = followConsole(consoleUrl(values), { filter, isNew: values['new'] === true, signal, notice })
      let shown = 0
      for await (const entry of entries) {
        const line = isWanted(entry) ? lineOf(entry) : ''
        if (line === '') continue
        if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain', { signal })
        if (++shown >= count) return
      }
    })
    return { output: '', exitCode: 'exitCode' in ended ? ended.exitCode : EXIT.asExpected }
  } catch (error) {
    return endWithoutConsole('watch', error)
  }
}

/** Throws UsageError for what is no number of lines. */
function countOf(word: string | undefined): number {
  if (word === undefined) return Infinity
  if (!/^[1-9]\d*$/.test(word)) throw new UsageError(`seabus watch: --count ${word}: a number of lines, such as 10`)
  return Number(word)
}

const jsonLine = (entry: Merged): string => plainText(JSON.stringify(entry))

const storyLine =
  (detail: boolean) =>
  (entry: Merged): string => {
    const line = plainText(textLine(entry, { detail }))
    const { loud, mark } = saidOf(entry)
    return loud !== undefined ? styleText('red', line) : mark === 'end' ? styleText('bold', line) : line
  }

const concerns =
  (layers: ReadonlySet<string>) =>
  ({ layer, from, to, kind }: Merged) =>
    kind === 'gap' || [layer, from, to].some((one) => layers.has(one))
