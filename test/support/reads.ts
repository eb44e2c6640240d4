import { READS as FIRMWARE } from '../../services/firmware/reads.ts'
import { READS as GUEST } from '../../services/guest/reads.ts'
import { READS as HARDWARE } from '../../services/hardware/reads.ts'
import { READS as HOST_KERNEL } from '../../services/host-kernel/reads.ts'
import { READS as POLICY } from '../../services/policy/reads.ts'
import { READS as VMM } from '../../services/vmm/reads.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { request } from './requests.ts'
import type { Modelled, Services } from './services.ts'

const READS: Readonly<Record<Modelled, readonly ReadRoute<never>[]>> = {
  hardware: HARDWARE,
  firmware: FIRMWARE,
  'host-kernel': HOST_KERNEL,
  vmm: VMM,
  policy: POLICY,
  guest: GUEST
}

/** All that can be read of a machine in a layer, by path; what is not there counts as that. */
export async function readAll({ urls }: Services, layer: Modelled, machine = 'm0'): Promise<Record<string, string>> {
  const answers = await Promise.all(
    READS[layer].map(async ({ path, example = {} }) => {
      const filled = path.replace(/:(\w+)/g, (_, name: string) => String(name === 'machine' ? machine : example[name]))
      const { status, text } = await request(urls[layer] + filled)
      return [filled, `${status} ${text}`] as const
    })
  )
  return Object.fromEntries(answers)
}
