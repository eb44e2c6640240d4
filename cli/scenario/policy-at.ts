import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { addressesFromEnv } from '../../shared/service/environment.ts'
import { postTransport } from '../../shared/transport/post.ts'
import { ServiceDown } from './service-down.ts'

const DOWN: ReadonlySet<string> = new Set(['neighbour-unreachable', 'address-refused'])

/**
 * Runs what runs under virtual time with policies behind URLs, which are asked over HTTP while virtual time stands still.
 * Throws ServiceDown when one of them cannot be reached.
 */
export async function withPolicyAt<T>(run: (options: RoomOptions) => Promise<T>): Promise<T> {
  const unreachable = Promise.withResolvers<never>()
  const outside = postTransport({
    from: 'vmm',
    urls: {},
    addresses: addressesFromEnv(process.env, []),
    onChange: (_layer, problem) => {
      if (problem !== undefined && DOWN.has(problem.code)) unreachable.reject(new ServiceDown(problem.detail))
    }
  })
  try {
    return await Promise.race([run({ outside }), unreachable.promise])
  } finally {
    await outside.close()
  }
}
