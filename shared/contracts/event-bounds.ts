/** How long the parts of an event's envelope may be, in characters, whichever way it comes. */
export const EVENT_MAX = {
  source: 200,
  type: 100,
  /** A machine's name. */
  subject: 63,
  time: 64,
  /** Ids with spaces between: four of the longest ones, or some hundreds as they usually are. */
  causationid: 8192,
  traceparent: 256
} as const

/** Causes of a message as its envelope has room for: the first ones, whole. */
export function causesWithin(causes: string): string {
  if (causes.length <= EVENT_MAX.causationid) return causes
  const end = causes.lastIndexOf(' ', EVENT_MAX.causationid)
  return causes.slice(0, end < 0 ? 0 : end)
}
