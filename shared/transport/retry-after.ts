const SECONDS = /^\d+$/
/** An HTTP-date in the form that is sent (RFC 9110, 5.6.7): other texts that a clock can read are none. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * After how many ms a receiver asks to be tried again: what `Retry-After` (RFC 9110, 10.2.3) says, in seconds or as a date.
 * Undefined where it says nothing that can be read. A date counts from the receiver's own `date`, whose clock need not be
 * ours, and from `nowMs`, ms since 1970, where it gives none.
 */
export function retryAfterMs(
  retryAfter: string | undefined,
  date: string | undefined,
  nowMs: number
): number | undefined {
  const text = retryAfter?.trim() ?? ''
  if (SECONDS.test(text)) return Number(text) * 1000
  if (!DATE.test(text)) return undefined
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs)) return undefined
  const saidMs = date !== undefined && DATE.test(date) ? Date.parse(date) : Number.NaN
  return Math.max(0, atMs - (Number.isNaN(saidMs) ? nowMs : saidMs))
}
