/** Why a request has come to nothing: the code of the system, where there is one, or what is said of it. */
export function whyUnreached(error: unknown): string {
  const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: string; cause?: { code?: unknown } }
  const [told] = [cause?.code, code].filter((one) => typeof one === 'string')
  return told ?? message ?? String(error)
}
