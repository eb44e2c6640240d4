import { OWN_OFFERS, type Offer, type Offers } from '../model/inject/offers.ts'
import { askJson } from './api.ts'

interface Named {
  readonly name: string
  readonly summary?: string
}
interface Policies {
  readonly policies: readonly Named[]
  readonly because?: string
}
interface Profiles {
  readonly vmm: { readonly profiles: readonly Named[]; readonly default?: string }
  readonly linux: { readonly versions: readonly string[] }
}

const offer = ({ name, summary = '' }: Named): Offer => ({ name, says: summary })

/** What the services behind the console can be asked to be. */
export async function askOffers(): Promise<Offers> {
  const [{ policies, because }, { vmm, linux }] = await Promise.all([
    askJson<Policies>('/v1/policies'),
    askJson<Profiles>('/v1/profiles')
  ])
  const vmms = vmm.profiles.map(offer)
  return {
    // Somebody else's VMM takes the names that its contract has.
    vmms: vmms.length > 0 ? vmms : OWN_OFFERS.vmms,
    usualVmm: vmm.default ?? OWN_OFFERS.usualVmm,
    policies: policies.map(offer),
    ...(policies.length > 0 ? {} : { noPolicies: because ?? 'there is no policy to choose' }),
    kernels: linux.versions.map((name) => ({ name, says: '' }))
  }
}
