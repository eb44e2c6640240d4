import { signal } from '@preact/signals'
import { askOffers } from '../data/offers.ts'
import { OWN_OFFERS, type Offers } from '../model/inject/offers.ts'

/** What the services can be asked to be; until they have said it, and where they do not, what ours can. */
export const offers = signal<Offers>(OWN_OFFERS)

/** Asks the services anew. */
export async function refreshOffers(): Promise<void> {
  try {
    offers.value = await askOffers()
  } catch {
    // Whether the console answers is told by the banner, how its services are beside it; names are only offered.
    offers.value = OWN_OFFERS
  }
}
