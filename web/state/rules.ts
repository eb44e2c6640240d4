import { signal } from '@preact/signals'
import { readRules } from '../data/rules.ts'
import type { PlacedRules } from '../../shared/rows/rule.ts'

/** All rules; absent until somebody has asked for one. */
export const rules = signal<PlacedRules | undefined>(undefined)
let isAsked = IS_ALONE

/** Sees to it that the rules are here, or will be. */
export function wantRules(): void {
  if (isAsked) return
  isAsked = true
  readRules().then(
    (all) => {
      rules.value = all
    },
    () => {
      // Asked again with the next entry that names one.
      isAsked = false
    }
  )
}
