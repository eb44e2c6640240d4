import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Became } from '../../shared/contracts/became.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { sentenceLines } from '../../shared/scenario/report-text.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { incomplete } from '../../shared/trace/gaps.ts'
import { askConsole } from '../console/ask-console.ts'
import type { Injected } from './injected.ts'
import type { InjectRequest } from './requests.ts'

/** Ms within which all that follows has to be over. */
const WITHIN_MS = 30_000
/** A timer of the model is looked at again after so many ms at the latest. */
const LOOK_MS = 200
const NS_PER_MS = 1e6

/** Hands a layer a message that makes an error happen, through the console. With `waits` what became of it is told too. */
export async function send(
  front: string,
  machine: string,
  { to, path, body }: InjectRequest,
  { waits, signal }: { readonly waits: boolean; readonly signal: AbortSignal }
): Promise<Injected> {
  const id = `inject-${randomUUID().slice(0, 8)}`
  const isJson = typeof body === 'string'
  const headers = {
    'content-type': isJson ? 'application/json' : 'application/octet-stream',
    accept: 'application/json',
    'idempotency-key': id
  }
  const query = waits ? `${path.includes('?') ? '&' : '?'}wait=settled&within=${WITHIN_MS}` : ''
  const asked = { method: 'POST', headers, body, signal } as const
  const response = await askConsole(front, `/services/${to}/v1/machines/${machine}${path}${query}`, asked)
  const answer: unknown = await response.json().catch(() => undefined)
  const taken = `${id}, taken by ${to} on machine ${machine}`
  if (!waits) return { lines: [taken], answer: { id, machine, to } }
  const again = async () => {
    const at = `/services/${to}/v1/machines/${machine}/messages/${id}?wait=settled&within=${WITHIN_MS}`
    return (await (await askConsole(front, at, { signal })).json()) as Partial<Became>
  }
  const last = await afterTimers(answer ?? {}, again, signal)
  const { became, outcome = [], held = [] } = last
  const lines = entriesIn(await (await askConsole(front, `/v1/journal?machine=${machine}`, { signal })).text())
  const sentence = incomplete(lines) === undefined ? verdictSentence(lines, { isRunning: true }) : undefined
  return {
    lines: [
      taken,
      ...outcome.map(({ layer, says }) => `  ${layer}: ${says}`),
      ...held.map(({ layer, why, until }) => `  ${layer} waits: ${why}, until ${until}`),
      ...(sentence === undefined ? [] : ['', ...sentenceLines(sentence)])
    ],
    answer: { id, machine, to, became, outcome, held, ...(sentence === undefined ? {} : { sentence }) }
  }
}

/** What became of it once no timer holds it up any more, such as that of a kernel which polls; or until time is over. */
async function afterTimers(
  first: Partial<Became>,
  again: () => Promise<Partial<Became>>,
  signal: AbortSignal
): Promise<Partial<Became>> {
  const end = performance.now() + WITHIN_MS
  let told = first
  while (told.became === 'held' && performance.now() < end) {
    const dues = (told.held ?? []).flatMap(({ dueInNs }) => dueInNs ?? [])
    if (dues.length === 0) break
    await delay(Math.min(LOOK_MS, Math.ceil(Math.min(...dues) / NS_PER_MS)), undefined, { signal })
    told = await again()
  }
  return told
}
