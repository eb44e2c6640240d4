import { createHash } from 'node:crypto'
import t from 'tap'
import { bundlePage, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { pageOf } from '../../services/console/runs/take-along.ts'
import type { RunReading } from '../../services/console/runs/run-reading.ts'
import { fileNameOf, RUN_FORMAT_NAMES, RUN_FORMATS } from '../../shared/drawing/run-formats.ts'
import { runSvg } from '../../shared/drawing/run-svg.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { elements, parsed } from '../drawing/parsed.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

if (!isUpToDate()) writePage(await bundlePage())
const { urls } = await services(t)
const at = (path: string, options: Parameters<typeof request>[1] = {}) => request(`${urls.console}${path}`, options)
const { id } = (await at('/v1/runs', { body: { story: 'morse' } })).json as { readonly id: string }
const run = (await at(`/v1/runs/${id}`)).json as { readonly name: string; readonly expected: { readonly met: boolean } }
const journal = entriesIn((await at(`/v1/runs/${id}/journal`)).text)

void t.test('a run is given in each form by name, and in the same by what is accepted', async (t) => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'
  const IMAGE = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'
  const accepts = { html: BROWSER, svg: IMAGE, json: '*/*', text: 'text/plain;q=1', mermaid: 'text/vnd.mermaid' }
  for (const format of RUN_FORMAT_NAMES) {
    const named = await at(`/v1/runs/${id}?format=${format}`)
    const accepted = await at(`/v1/runs/${id}`, { headers: { accept: accepts[format] } })

    t.equal(named.contentType, `${RUN_FORMATS[format].type}; charset=utf-8`)
    t.match(named.headers.get('vary'), /accept/)
    t.equal(accepted.contentType, named.contentType, format)
    t.equal(accepted.text, named.text, format)
  }
})

void t.test('the picture is that of the journal, in the theme that is asked for', async (t) => {
  const { text, headers } = await at(`/v1/runs/${id}?format=svg`)
  const dark = await at(`/v1/runs/${id}?format=svg&theme=dark`)

  t.equal(text, runSvg({ ...run, journal }))
  t.equal(dark.text, runSvg({ ...run, journal }, { theme: 'dark' }))
  const [title] = elements(parsed(text), 'title')
  t.match(title?.textContent, /: redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on$/)
  t.match(headers.get('content-security-policy'), /^default-src 'none'(?!.*script-src)/)
  t.match(headers.get('content-disposition'), `inline; filename="${fileNameOf(run.name, 'svg', id)}"`)
})

void t.test('as HTML it is the page with the run in it, whose own script is all that may run', async (t) => {
  const { text, headers } = await at(`/v1/runs/${id}?format=html`)
  const carried = /<script type="application\/json" id="seabus-run">(.*?)<\/script>/s.exec(text)?.[1] ?? '{}'
  const [, script = ''] = /<script type="module">([^]*?)<\/script>/.exec(text) ?? []

  t.match(JSON.parse(carried), { summary: { id, name: run.name }, journal })
  const digest = createHash('sha256').update(script).digest('base64')
  t.ok(script.length > 10_000)
  t.ok(headers.get('content-security-policy')?.includes(`default-src 'none'; script-src 'sha256-${digest}';`))
  t.equal([...text.matchAll(/<script\b/g)].length, 2)
})

void t.test('what there is no form of is refused, and the forms that there are are named', async (t) => {
  const { status, json } = await at(`/v1/runs/${id}?format=pdf`)

  t.equal(status, 422)
  t.match(json, { code: 'field-invalid', field: '/format' })
  for (const name of RUN_FORMAT_NAMES) t.ok((json as { readonly detail: string }).detail.includes(name), name)
  t.match((await at(`/v1/runs/${id}?format=svg&theme=blue`)).json, { code: 'field-invalid', field: '/theme' })
  for (const name of RUN_FORMAT_NAMES) {
    t.match(await at(`/v1/runs/nothing?format=${name}`), { status: 404, json: { code: 'run-unknown' } }, name)
  }
})

void t.test('a console whose page has not been built says so, and gives all other forms', async (t) => {
  const reading = { summary: () => ({ id }) } as unknown as RunReading
  const error = await pageOf(new Map(), reading, id, 'http://127.0.0.1:7000').catch((one: unknown) => one)
  t.match(error, { problem: { code: 'page-absent', status: 503 } })
})

void t.test('each form is in the description of the API', async (t) => {
  const { json } = await at('/openapi.json')
  const { get } =
    (json as { readonly paths: Record<string, { readonly get: Record<string, unknown> }> }).paths['/v1/runs/{id}'] ?? {}
  const content = (get as { responses: Record<string, { content: object }> }).responses['200']?.content

  t.same(
    Object.keys(content ?? {}),
    Object.values(RUN_FORMATS).map(({ type }) => type)
  )
  t.match(JSON.stringify(get?.['parameters']), /"html"/)
})
