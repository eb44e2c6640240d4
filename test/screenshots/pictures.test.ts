import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { fileOf, PICTURES, sizeOf } from './pictures.ts'

const ROOT = join(import.meta.dirname, '../..')
const LARGEST = 150_000

/** The pictures that the documentation shows, by where they lie from the root. */
const shown = globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'services/*/README.md'], { cwd: ROOT }).flatMap(
  (file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/!\[([^\]]*)\]\(([^)\s]+)\)|<img[^>]*\bsrc="([^"]+)"/g)].map(
      ([, alt = '', link = '', source = link]) => ({
        file,
        alt,
        path: relative(ROOT, join(ROOT, dirname(file), source))
      })
    )
)

void t.test(
  'every picture that the documentation shows is there, is made by the command, and says what it shows',
  (t) => {
    const made = PICTURES.map(fileOf)
    t.ok(shown.length >= PICTURES.length)
    for (const { file, alt, path } of shown) {
      t.ok(existsSync(join(ROOT, path)), `${path} of ${file}`)
      t.ok(made.includes(path), `npm run screenshots makes ${path} of ${file}`)
      t.ok(alt.length > 20, `${path} in ${file}: "${alt}"`)
    }
    t.end()
  }
)

void t.test(
  'every picture that the command makes is there and is shown somewhere, and no other lies beside it',
  (t) => {
    t.same(readdirSync(join(ROOT, 'docs/img')).sort(), PICTURES.map(({ name }) => `${name}.png`).sort())
    for (const picture of PICTURES) {
      t.ok(
        shown.some(({ path }) => path === fileOf(picture)),
        `${picture.name} is shown`
      )
    }
    t.end()
  }
)

void t.test('each has its size, and is small enough to be cloned by everyone', (t) => {
  for (const picture of PICTURES) {
    const bytes = readFileSync(join(ROOT, fileOf(picture)))
    const { width, height } = sizeOf(picture)
    t.same([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [width, height], picture.name)
    t.ok(statSync(join(ROOT, fileOf(picture))).size < LARGEST, `${picture.name}: ${bytes.length} bytes`)
  }
  t.end()
})
