import t from 'tap'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { ran } from '../support/commands.ts'
import { furnished } from '../support/furnished.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

interface Link {
  readonly method?: string
  readonly href: string
  readonly curl: string
}

/** Never ends by itself. */
const isEndless = ({ curl }: Link) => curl.includes('follow=true')
/** What may stand in the way: it is there already, the vCPU runs (or does not), the VMM is not of that kind. */
const IN_THE_WAY = /"code":"(already-exists|vcpu-state|vm-state|request-unsupported)"/

/** Runs a line as a reader would who copies it; status and body of what it got. */
async function copyAndPaste(line: string): Promise<{ status: number; body: string }> {
  const told = line.replaceAll(/\bcurl (?=[^|]*$)/g, "curl -w '\\n%{http_code}' ")
  const { stdout } = await ran('sh', ['-c', told])
  const at = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
}

for (const layer of LAYERS) {
  void t.test(`each line that ${layer} offers works as it stands`, async (t) => {
    const machine = await services(t, { machines: ['m0', 'm1'] })
    const { urls, system } = machine
    const { links } = (await request(`${urls[layer]}/`)).json as { links: readonly Link[] }
    let count = 0

    for (const link of links.filter((link) => !isEndless(link))) {
      // Each on a machine of its own: one line's error is not the next one's.
      const name = `x${++count}`
      if (link.curl.includes('m0')) {
        await system.createMachine(name)
        await furnished(machine, name)
      }

      const { status, body } = await copyAndPaste(link.curl.replaceAll(/\bm0\b/g, name))

      const ok = (status >= 200 && status < 300) || IN_THE_WAY.test(body)
      t.ok(ok, `${link.curl} gives ${status} ${ok ? '' : body}`)
    }
  })
}

void t.test('a journal is followed as it grows', async (t) => {
  const { urls, system } = await services(t)
  for (const layer of LAYERS) {
    const { links } = (await request(`${urls[layer]}/`)).json as { links: readonly Link[] }
    const { href = '' } = links.find(isEndless) ?? {}
    const response = await fetch(urls[layer] + href)
    const reader = response.body?.getReader()

    await system.createMachine(`new-${layer}`)
    let text = ''
    while (!text.includes(`"new-${layer}"`)) text += Buffer.from((await reader?.read())?.value ?? []).toString()

    t.pass(`${layer}: ${href}`)
    await reader?.cancel()
  }
})
