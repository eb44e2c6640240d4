import type { PlacedRules } from '../../shared/rows/rule.ts'
import { askJson } from './api.ts'

/** All rules by the names that journals have for them. */
export const readRules = (): Promise<PlacedRules> => askJson<PlacedRules>('/docs/fidelity.json')
