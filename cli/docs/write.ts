import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decisionsPage } from './decisions-page.ts'
import { scenarioReference } from './scenario-reference.ts'
import { variablesPage } from './variables-page.ts'

/** Pages that follow from the code alone, by their paths from the root; a test holds the files to them. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'docs/decisions.md': decisionsPage,
  'docs/scenario-reference.md': scenarioReference,
  'docs/variables.md': variablesPage
}

if (import.meta.main) {
  for (const [path, page] of Object.entries(PAGES))
    writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), page())
}
