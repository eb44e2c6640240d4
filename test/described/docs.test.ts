import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ran } from '../support/commands.ts'
import { ROOT } from '../support/programs.ts'
import { services } from '../support/services.ts'
import { mistakesOf } from './type-check.ts'

const PAGE = readFileSync(join(ROOT, 'docs/openapi.md'), 'utf8')
const blocksOf = (kind: string) =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)

void t.test('docs/openapi.md: its commands work, and its code compiles with what they make', async (t) => {
  const { urls } = await services(t)
  const folder = t.testdir({})

  for (const block of blocksOf('sh')) {
    const here = block
      .replaceAll(/\bnpx /g, join(ROOT, 'node_modules/.bin/'))
      .replaceAll('http://127.0.0.1:7000', urls.console)
      .replaceAll('curl -s ', 'curl -sf ')
    const { code, stdout, stderr } = await ran('bash', ['-euo', 'pipefail', '-c', here], folder)
    t.equal(code, 0, `${block}${stdout}${stderr}`)
  }

  const types = readFileSync(join(folder, 'seabus.d.ts'), 'utf8')
  const clients = blocksOf('ts')
  t.equal(clients.length, 1)
  for (const client of clients) t.strictSame(mistakesOf(client, types), [])
})
