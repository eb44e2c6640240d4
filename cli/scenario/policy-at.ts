import { policyDecide } from '../../shared/contracts/policy.ts'
import { requestOf } from '../../shared/contracts/path.ts'
import { wire } from '../../shared/contracts/validate.ts'
import type { BusOptions } from '../../shared/machine-room/in-process.ts'
import type { Ask } from '../../shared/model/step.ts'

/** A service that a run needs cannot be reached. */
export class ServiceDown extends Error {}

class Unanswered extends Error {
  readonly at: string
  readonly ask: Ask
  readonly machine: string
  constructor(at: string, ask: Ask, machine: string) {
    super(`${ask.type} at ${at} has no answer yet`)
    this.at = at
    this.ask = ask
    this.machine = machine
  }
}

const DEADLINE_MS = 500

/**
 * Runs what runs under virtual time with a policy behind a URL. Time stands still in there, so a question that is met for
 * the first time ends the attempt; it is asked, and the run is made again with the answer. The same inputs give the
 * same questions, so each attempt gets one question further.
 */
export async function withPolicyAt<T>(run: (options: BusOptions) => Promise<T>): Promise<T> {
  const answers: unknown[] = []
  for (;;) {
    let next = 0
    let missing: Unanswered | undefined
    try {
      return await run({
        elsewhere(at, ask, machine) {
          if (next < answers.length) return answers[next++]
          missing ??= new Unanswered(at, ask, machine)
          throw missing
        }
      })
    } catch (problem) {
      if (missing === undefined) throw problem
      answers.push(await fetchAnswer(missing))
    }
  }
}

/** An answer, or undefined when it is late or no answer at all, which the VMM has a fallback for. */
async function fetchAnswer({ at, ask, machine }: Unanswered): Promise<unknown> {
  const { path, body } = requestOf(policyDecide)(machine, wire(policyDecide.data).encode(ask.data))
  const init = {
    method: policyDecide.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ask.deadlineMs ?? DEADLINE_MS)
  }
  let response: Response
  try {
    response = await fetch(at.replace(/\/$/, '') + path, init)
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'TimeoutError') return undefined
    throw new ServiceDown(`the policy at ${at} cannot be reached`)
  }
  if (!response.ok) return undefined
  const reply = policyDecide.reply
  const parsed = reply === undefined ? undefined : wire(reply).parse(await response.json().catch(() => undefined))
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined
}
