import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'
import { consoleUrl, endWithoutConsole } from '../console/ask-console.ts'
import { injectLike } from '../inject/like.ts'
import { einjRequest, memoryRequest, recordRequest, type InjectRequest } from '../inject/requests.ts'
import { send } from '../inject/send.ts'
import { untilSignal } from '../until-signal.ts'

/** Which options go with which way. */
const OF_LIKE = ['policy', 'vmm', 'linux', 'keep']
const OF_EINJ = ['mask', 'flags', 'param3', 'param4', 'notrigger']
const OF_MEMORY = ['signalled', 'containment', 'severity']
const OF_FILE = ['source']

/** `seabus inject`: makes an error happen on a running system, and says by which id it can be asked about. */
export async function injectCommand(values: Values, [file]: readonly string[]): Promise<Done> {
  const request = requestOf(values, file)
  const front = consoleUrl(values)
  try {
    const ended = await untilSignal((signal) =>
      request === undefined
        ? injectLike(front, values, signal)
        : send(front, text(values['machine']) ?? 'm0', request, { waits: values['wait'] === true, signal })
    )
    if ('exitCode' in ended) return { output: '', exitCode: ended.exitCode }
    const { lines, answer } = ended.result
    const output = values['format'] === 'json' ? JSON.stringify(answer, undefined, 2) : lines.join('\n')
    return { output, exitCode: EXIT.asExpected }
  } catch (error) {
    return endWithoutConsole('inject', error)
  }
}

/** The message to send; undefined for a preset, which is a scenario. Throws UsageError where not just one way is chosen. */
function requestOf(values: Values, file: string | undefined): InjectRequest | undefined {
  const ways = [
    { of: '--like', isChosen: values['like'] !== undefined, options: OF_LIKE, request: () => undefined },
    {
      of: '--einj',
      isChosen: values['einj'] !== undefined,
      options: [...OF_EINJ, 'address'],
      request: () => einjRequest(values)
    },
    { of: 'FILE', isChosen: file !== undefined, options: OF_FILE, request: () => recordRequest(values, file ?? '') },
    {
      of: '--address',
      isChosen: values['address'] !== undefined && values['einj'] === undefined,
      options: [...OF_MEMORY, 'address'],
      request: () => memoryRequest(values)
    }
  ]
  const chosen = ways.filter(({ isChosen }) => isChosen)
  const [way, other] = chosen
  if (way === undefined)
    throw new UsageError('seabus inject: which error? --like NAME, --einj TYPE, --address ADDRESS or a record')
  if (other !== undefined) throw new UsageError(`seabus inject: ${way.of} or ${other.of}, not both`)
  const all = [...OF_LIKE, ...OF_EINJ, ...OF_MEMORY, ...OF_FILE]
  const stray = all.find((option) => values[option] !== undefined && !way.options.includes(option))
  if (stray !== undefined) throw new UsageError(`seabus inject: --${stray} does not go with ${way.of}`)
  if (way.of === '--like' && values['machine'] !== undefined) {
    throw new UsageError('seabus inject: --like has a machine of its own')
  }
  return way.request()
}
