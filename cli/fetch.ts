import { EnvironmentError } from '../shared/service/read-variable.ts'
import { tokenFromEnv } from '../shared/service/token-from-env.ts'
import { fetchWith } from '../shared/transport/authorization.ts'
import { UsageError } from './command.ts'

/** `fetch` as commands use it for an address that their user gave: it shows SEABUS_TOKEN where that is set. */
export const fetch: typeof globalThis.fetch = async (input, init) => fetchWith(token())(input, init)

function token(): string | undefined {
  try {
    return tokenFromEnv(process.env)
  } catch (error) {
    if (error instanceof EnvironmentError) throw new UsageError(`seabus: ${error.message}`)
    throw error
  }
}
