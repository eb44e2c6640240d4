import { plainLine } from '../../shared/contracts/plain-text.ts'
import { URL_VARIABLE } from '../../shared/contracts/layer.ts'
import type { Environment } from '../../shared/service/environment.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'

/** How long a policy has to answer anything at all. */
const ANSWER_MS = 5000

/**
 * A line that says that nobody serves the policy which the environment names, and what follows of that; undefined when somebody
 * does, whatever that answers, or when it names none.
 */
export async function absentPolicy(env: Environment, by: typeof fetch): Promise<string | undefined> {
  const variable = URL_VARIABLE.policy
  const url = env[variable]
  if (url === undefined) return undefined
  try {
    const response = await by(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) })
    await response.body?.cancel()
    return undefined
  } catch (error) {
    return plainLine(`${variable}=${url}: ${whyUnreached(error)}; VMs go on by their fallbacks`)
  }
}
