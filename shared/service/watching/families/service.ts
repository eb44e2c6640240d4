import { BOUNDARY_FAMILIES } from './boundary.ts'
import { DEAD_LETTER_FAMILIES } from './dead-letters.ts'
import type { Family } from './family.ts'
import { HTTP_FAMILIES } from './http.ts'
import { KEPT_FAMILIES } from './kept.ts'
import { QUEUE_FAMILIES } from './queue.ts'
import type { ServiceSources } from './sources.ts'

/** Metrics of a service that runs a model. */
export const SERVICE_FAMILIES: readonly Family<ServiceSources>[] = [
  ...HTTP_FAMILIES,
  ...BOUNDARY_FAMILIES,
  ...QUEUE_FAMILIES,
  ...DEAD_LETTER_FAMILIES,
  ...KEPT_FAMILIES
]
