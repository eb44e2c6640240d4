import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'

/** How long a policy has to answer anything at all. */
const ANSWER_MS = 5000

/** Why nobody serves one of these addresses; undefined when each has somebody, whatever that answers. */
export async function unreachable(urls: readonly string[]): Promise<string | undefined> {
  for (const url of urls) {
    try {
      const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) })
      await response.body?.cancel()
    } catch (error) {
      return `policy at ${url}: ${whyUnreached(error)}`
    }
  }
  return undefined
}
