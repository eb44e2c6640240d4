import type { Problem } from '../../shared/contracts/problem.ts'

/** The console refused something, and said why. */
export class Refused extends Error {
  readonly status: number
  readonly problem: Partial<Problem> & { readonly errors?: readonly unknown[] }

  constructor(status: number, problem: Refused['problem']) {
    super(problem.detail ?? problem.title ?? `the console answers ${status}`)
    this.status = status
    this.problem = problem
  }
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: { readonly type: string; readonly text: string }
  readonly accept?: string
  readonly signal?: AbortSignal
}

/** Asks the console. Throws Refused, or TypeError where it cannot be reached. Who is not logged in is sent there. */
export async function ask(path: string, { method = 'GET', body, accept, signal }: Asking = {}): Promise<Response> {
  const response = await answered(path, {
    method,
    headers: {
      accept: accept ?? 'application/json',
      ...(body === undefined ? {} : { 'content-type': body.type })
    },
    ...(body === undefined ? {} : { body: body.text }),
    ...(signal === undefined ? {} : { signal })
  })
  if (response.ok) return response
  const problem = await response.json().then(
    (value) => value as Refused['problem'],
    () => ({})
  )
  if (response.status === 401) logIn()
  throw new Refused(response.status, problem)
}

/** Throws TypeError as `fetch` does where nobody answers, in words for a reader. */
async function answered(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (error) {
    if (!isUnreachable(error)) throw error
    throw new TypeError('the console does not answer', { cause: error })
  }
}

export async function askJson<T>(path: string, asking: Asking = {}): Promise<T> {
  const response = await ask(path, asking)
  return (await response.json()) as T
}

/** Whether a request has failed because nobody answered. */
export const isUnreachable = (error: unknown): boolean => error instanceof TypeError

/** Lines of NDJSON as they come, many at a time. */
export async function* linesOf<T>(response: Response): AsyncGenerator<readonly T[]> {
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    const parsed = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
    if (parsed.length > 0) yield parsed
  }
  if (rest !== '') yield [JSON.parse(rest) as T]
}

/** To the form that asks for the token; it keeps what stands behind `#`. */
function logIn(): void {
  location.assign(`/login?next=${encodeURIComponent('/')}${location.hash}`)
}
