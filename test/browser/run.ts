import t from 'tap'
import { bundlePage, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { chromiumPath, startChromium } from './chromium.ts'
import { accessible } from './accessible.ts'
import { answers } from './answers.ts'
import { bytes } from './bytes.ts'
import { compare } from './compare.ts'
import { injectEditor } from './inject-editor.ts'
import { injectFiles } from './inject-files.ts'
import { hops } from './hops.ts'
import { keyboard } from './keyboard.ts'
import { live } from './live.ts'
import { login } from './login.ts'
import { manyRuns } from './many-runs.ts'
import { exports } from './exports.ts'
import { matrix } from './matrix.ts'
import { moments } from './moments.ts'
import { permalinks } from './permalinks.ts'
import { offline } from './offline.ts'
import { story } from './story.ts'
import { wholeVisit } from './whole-visit.ts'

/**
 * `npm run test:browser`: the page as its readers have it, in a real Chromium at the console of real services. Without
 * Chromium it fails in CI, where the package is installed, and is skipped by name elsewhere.
 */
// It only ends what hangs for ever.
t.setTimeout(1_800_000)
const all = {
  story,
  answers,
  compare,
  matrix,
  moments,
  live,
  bytes,
  hops,
  keyboard,
  wholeVisit,
  injectEditor,
  injectFiles,
  accessible,
  manyRuns,
  offline,
  permalinks,
  login,
  exports
}
const asked = process.argv.slice(2)
const path = chromiumPath()
if (path === undefined) {
  const missing = 'no chromium on the PATH: apt-get install chromium'
  void t.test('the page in a real browser', process.env['CI'] === undefined ? { skip: missing } : {}, (t) => {
    t.fail(missing)
    t.end()
  })
} else {
  if (!isUpToDate()) writePage(await bundlePage())
  const { browser, close } = await startChromium(path)
  t.teardown(close)
  for (const [name, tests] of Object.entries(all)) if (asked.length === 0 || asked.includes(name)) tests(t, browser)
}
