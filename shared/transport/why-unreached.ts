/** What people call what systems say by a code; of the others the code is shown. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENOTFOUND: 'no host of that name',
  ETIMEDOUT: 'timed out'
}

/** Why a request has come to nothing: what the code of the system means, where there is one, or what is said of it. */
export function whyUnreached(error: unknown): string {
  const { code, message, cause } = (error ?? {}) as {
    code?: unknown
    message?: string
    cause?: { code?: unknown; message?: string }
  }
  const [told] = [cause?.code, code].filter((one) => typeof one === 'string')
  return told === undefined ? (cause?.message ?? message ?? String(error)) : (WORDS[told] ?? told)
}

/** Whether nobody listens where a request was sent to, so that nobody can have had it. */
export const isRefusedConnection = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | undefined)?.code === 'ECONNREFUSED'
