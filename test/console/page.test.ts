import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bundlePage, DIST, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { isStillSo, madeOf } from '../../cli/page/made-of.ts'
import { buildOf, readPage } from '../../services/console/page.ts'
import { RUN_MARK, withRun } from '../../shared/drawing/one-file.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

t.before(async () => {
  if (!isUpToDate()) writePage(await bundlePage())
})

/** Where what the page loads lies. */
const at = (console: string) => `${console}/page/${buildOf(readPage())}`

void t.test('the same sources make the same page', async (t) => {
  for (const [name, contents] of await bundlePage()) {
    t.ok(readFileSync(join(DIST, name)).equals(contents), name)
  }
  t.ok(isUpToDate())
})

void t.test('a page is made anew where a source of it has changed, or what makes it', (t) => {
  const sources = { web: { 'main.tsx': 'the page' }, cli: { page: { 'bundle.ts': 'one', 'made-of.ts': 'other' } } }
  const root = t.testdir(sources)
  const made = madeOf(root, ['web/main.tsx'])
  t.ok(isStillSo(root, made))
  for (const path of ['web/main.tsx', 'cli/page/bundle.ts', 'cli/page/made-of.ts']) {
    const before = readFileSync(join(root, path))
    writeFileSync(join(root, path), 'changed')
    t.notOk(isStillSo(root, made), path)
    writeFileSync(join(root, path), before)
    t.ok(isStillSo(root, made))
  }
  rmSync(join(root, 'web/main.tsx'))
  t.notOk(isStillSo(root, made), 'a source is gone')
  t.end()
})

void t.test('a browser gets the page, and whoever else asks gets what there is with a curl line each', async (t) => {
  const { urls } = await services(t)

  const page = await request(urls.console, { headers: BROWSER })
  t.equal(page.contentType, 'text/html; charset=utf-8')
  t.match(page.headers.get('vary'), 'accept')
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    t.match((await request(urls.console, { headers })).json, { service: 'console' }, JSON.stringify(headers))
  }
})

void t.test('all that the page loads is here, and nothing in it is a script of its own', async (t) => {
  const { urls } = await services(t)
  const page = await request(urls.console, { headers: BROWSER })
  const loaded = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path)

  t.same(
    loaded.filter((path) => !path.startsWith('data:')),
    ['main.css', 'main.js'].map((name) => `/page/${buildOf(readPage())}/${name}`)
  )
  t.notMatch(page.text, /<script(?![^>]*\bsrc=)|\son\w+=|https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
  t.match(page.headers.get('content-security-policy'), /default-src 'self'(?!.*script-src)/)
  for (const name of readPage().keys()) {
    const { status, contentType, text } = await request(`${at(urls.console)}/${name}`)
    t.match(
      { status, contentType },
      { status: 200, contentType: /^text\/(?:html|css|javascript); charset=utf-8$/ },
      name
    )
    t.notMatch(text, /\b(?:from|import)\s*\(?["']https?:/, name)
  }
})

void t.test('the page as one file has all that it needs, and a place for the run that it shows', (t) => {
  const page = readFileSync(join(DIST, 'alone.html'), 'utf8')
  const summary = { id: 'r</script>1' }
  const shown = withRun(page, { summary, journal: [], rules: {} })

  t.notMatch(page, /<(?:script|link)[^>]*(?:src|href)="(?!data:)/)
  t.notMatch(page, /\bimport\s*(?:\(|["'{*])/, 'nothing is loaded later either')
  const [, json = ''] = /<script type="application\/json" id="seabus-run">(.*?)<\/script>/s.exec(shown) ?? []
  t.same(JSON.parse(json), { summary, journal: [], rules: {} }, 'whatever its texts say')
  t.equal(
    shown.length - page.length,
    json.length + '<script type="application/json" id="seabus-run"></script>'.length - RUN_MARK.length
  )
  t.end()
})

void t.test(
  'the page is asked for again, and is not sent again while it is the same; what it loads is kept',
  async (t) => {
    const { urls } = await services(t)
    const first = await request(urls.console, { headers: BROWSER })
    const again = (etag: string) => request(urls.console, { headers: { ...BROWSER, 'if-none-match': etag } })

    t.equal(first.headers.get('cache-control'), 'no-cache')
    t.match(await again(first.headers.get('etag') ?? ''), { status: 304, text: '' })
    t.equal((await again('"other"')).status, 200)
    t.match((await request(`${at(urls.console)}/main.js`)).headers.get('cache-control'), /immutable/)
  }
)

void t.test('a page that a console before this one gave gets none of the parts of this one', async (t) => {
  const { urls } = await services(t)
  const [main = ''] = [...readPage()].filter(([name]) => name === 'main.js').map(([, { body }]) => body.toString())
  const older = join(t.testdir({ 'index.html': '', 'main.js': `${main} `, 'picture.js': '' }))
  const before = buildOf(readPage(older))

  t.not(before, buildOf(readPage()))
  for (const name of ['main.js', 'picture.js', 'main.css']) {
    t.match(await request(`${urls.console}/page/${before}/${name}`), {
      status: 404,
      json: { code: 'route-unknown', detail: /another page by now: load the page again/ }
    })
  }
  t.equal((await request(`${urls.console}/page/main.js`)).status, 404)
})

void t.test(
  'a part of the page is given under a name that holds, and under another address when it is asked again',
  async (t) => {
    const { urls } = await services(t)

    for (const name of ['inject-panel', 'code-editor', 'picture']) {
      const { status, text } = await request(`${at(urls.console)}/${name}.js`)
      t.equal(status, 200, name)
      t.match(await request(`${at(urls.console)}/${name}.js?again=2`), { status: 200, text }, name)
    }
    t.equal((await request(`${at(urls.console)}/picture.js?other=2`)).status, 422)
  }
)

void t.test('nothing but the files of the page is served with them', async (t) => {
  const { urls } = await services(t)

  for (const name of ['nothing.js', 'made-of.json', '..%2f..%2fpackage.json', 'main.js/']) {
    const { status, json } = await request(`${at(urls.console)}/${name}`)
    t.match({ status, json }, { status: 404, json: { code: 'route-unknown' } }, name)
  }
})

void t.test('where a token is asked for the page is for who has logged in', async (t) => {
  const { urls } = await services(t, { token: 'open-sesame' })
  const page = await fetch(urls.console, { headers: BROWSER, redirect: 'manual' })

  t.equal(page.headers.get('location'), '/login?next=%2F')
  t.equal((await fetch(`${at(urls.console)}/main.js`)).status, 401)
  const entered = await fetch(`${urls.console}/login?next=%2F`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: urls.console },
    body: 'token=open-sesame',
    redirect: 'manual'
  })
  const headers = { ...BROWSER, cookie: entered.headers.get('set-cookie')?.split(';')[0] ?? '' }
  for (const address of [urls.console, `${at(urls.console)}/main.js`])
    t.equal((await fetch(address, { headers })).status, 200, address)
})

void t.test('a page that has not been built says how to build it', (t) => {
  t.equal(readPage(join(t.testdir(), 'nothing/')).size, 0)
  t.end()
})
