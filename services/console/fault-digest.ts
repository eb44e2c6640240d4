import { createHash } from 'node:crypto'
import { faultOf } from '../../shared/scenario/fault-of.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** The same of runs of one fault, whoever decides about it. */
export const faultDigest = (scenario: ScenarioFile, overrides: Overrides = {}): string =>
  createHash('sha256').update(faultOf(scenario, overrides)).digest('base64url').slice(0, 16)
