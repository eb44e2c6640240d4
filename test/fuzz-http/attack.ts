import { setTimeout as sleep } from 'node:timers/promises'
import type { Layer } from '../../shared/contracts/layer.ts'
import { PROBLEMS } from '../../shared/contracts/problem.ts'
import { attemptOf, type Attempt, type Operation } from './mutate.ts'
import { Random } from './random.ts'

/** What a service may say when it cannot, rather than will not; any other 5xx is a defect. */
const MAY_SAY: ReadonlySet<number> = new Set([501, 503, 504, 507])
/** Longer than any answer may take. */
const HANGS_MS = 60_000

export interface Target {
  readonly layer: Layer
  readonly url: string
  readonly operations: readonly Operation[]
}

/** An answer that must not be. */
export interface Defect {
  readonly seed: number
  readonly layer: Layer
  readonly attempt: Attempt
  readonly says: string
}

/** Sends the request that follows from a seed, and says what is wrong with its answer, if something is. */
export async function attack(targets: readonly Target[], machine: string, seed: number): Promise<Defect | undefined> {
  const random = new Random(seed)
  const { layer, url, operations } = random.of(targets)
  const attempt = attemptOf(random.of(operations), machine, random)
  const { method, path, headers, body } = attempt
  const defect = (says: string): Defect => ({ seed, layer, attempt, says })
  try {
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
      redirect: 'manual',
      signal: AbortSignal.timeout(HANGS_MS)
    })
    const text = await response.text()
    if (saysNotReady(path, response.status, text)) return undefined
    const says = wrongWith(response.status, response.headers.get('content-type') ?? '', text, method)
    return says === undefined ? undefined : defect(says)
  } catch (error) {
    // A header that fetch itself does not send is no answer of the service's.
    if (error instanceof TypeError && error.cause === undefined) return undefined
    const { cause, message } = error as Error & { cause?: Error }
    await sleep(0)
    return defect(`no answer: ${cause?.message ?? message}`)
  }
}

/** Whether it is readiness that says no, which is no problem but its answer: a neighbour was late on a busy machine. */
export function saysNotReady(path: string, status: number, text: string): boolean {
  if (status !== 503 || !/^\/health\/ready(\?|$)/.test(path)) return false
  try {
    const { ready, why } = JSON.parse(text) as { readonly ready?: unknown; readonly why?: unknown }
    return ready === false && Array.isArray(why) && why.length > 0
  } catch {
    return false
  }
}

/** What must not be in an answer, if something is. */
export function wrongWith(status: number, type: string, text: string, method: string): string | undefined {
  if (status >= 500 && !MAY_SAY.has(status)) return `${status} ${text.slice(0, 300)}`
  if (status < 400 || method === 'HEAD') return undefined
  if (!type.startsWith('application/problem+json')) return `${status} as ${type || 'nothing'}: ${text.slice(0, 200)}`
  const { code } = JSON.parse(text) as { readonly code?: string }
  return code !== undefined && Object.hasOwn(PROBLEMS, code) ? undefined : `${status} with the code ${String(code)}`
}
