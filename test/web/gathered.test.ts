import t from 'tap'
import { gathered } from '../../web/data/gathered.ts'

const soon = () => new Promise<void>((resolve) => setImmediate(resolve))

async function* parts(count: number): AsyncGenerator<readonly number[]> {
  for (let at = 0; at < count; at++) {
    await Promise.resolve()
    yield [2 * at, 2 * at + 1]
  }
}

void t.test(
  'what comes in many parts is taken in fewer, all of it and in its order, never more than so many',
  async (t) => {
    const taken: (readonly number[])[] = []
    for await (const some of gathered(parts(1000), soon, 64)) taken.push(some)

    t.strictSame(
      taken.flat(),
      Array.from({ length: 2000 }, (_, at) => at)
    )
    t.ok(taken.length < 1000, `${taken.length} parts`)
    t.ok(Math.max(...taken.map(({ length }) => length)) <= 64)
  }
)

void t.test('what a source throws is thrown after all that came before', async (t) => {
  async function* broken() {
    yield* parts(3)
    throw new Error('the line is cut')
  }
  const taken: number[] = []
  const reading = async () => {
    for await (const some of gathered(broken(), soon)) taken.push(...some)
  }
  await t.rejects(reading(), { message: 'the line is cut' })
  t.strictSame(taken, [0, 1, 2, 3, 4, 5])
})

void t.test('a source without anything ends', async (t) => {
  for await (const some of gathered(parts(0), soon)) t.fail(`there is ${some.length}`)
})
