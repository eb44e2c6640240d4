import fc from 'fast-check'
import t from 'tap'
import { levelsFor, valueAt, visit, withEach, withRange, withValue, type Tree } from '../../shared/sparse/tree.ts'

const LEVELS = 3
const KEYS = 32 ** LEVELS
const key = fc.oneof(fc.nat(70), fc.nat(KEYS - 1))
const change = fc.record({
  how: fc.constantFrom('value', 'range', 'each'),
  first: key,
  length: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1500 })),
  value: fc.option(fc.nat(3), { nil: undefined })
})

/** Every value with the keys that it covers, key by key. */
function entriesOf(tree: Tree<number>, first = 0, end = KEYS): readonly (readonly [number, number])[] {
  const entries: (readonly [number, number])[] = []
  visit(tree, LEVELS, first, end, (value, start, size) => {
    for (let at = Math.max(start, first); at < Math.min(start + size, end); at++) entries.push([at, value])
    return false
  })
  return entries
}

void t.test('a tree holds what a Map holds, in the order of its keys, whatever was changed', async (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), key, fc.nat(2000), (changes, from, count) => {
      const model = new Map<number, number>()
      let tree: Tree<number>
      for (const { how, first, length, value } of changes) {
        const end = how === 'value' ? first + 1 : Math.min(first + length, KEYS)
        for (let at = first; at < end; at++) {
          const next = how === 'each' ? (model.get(at) ?? 0) + at : value
          if (next === undefined) model.delete(at)
          else model.set(at, next)
        }
        if (how === 'value') tree = withValue(tree, LEVELS, first, value)
        if (how === 'range') tree = withRange(tree, LEVELS, first, end, value)
        if (how === 'each') tree = withEach(tree, LEVELS, first, end, (old, at) => (old ?? 0) + at)
      }

      const entries = [...model].sort(([a], [b]) => a - b)
      t.strictSame(entriesOf(tree), entries)
      const end = Math.min(from + count, KEYS)
      t.strictSame(
        entriesOf(tree, from, end),
        entries.filter(([at]) => at >= from && at < end)
      )
      t.equal(valueAt(tree, LEVELS, from), model.get(from))
      if (model.size === 0) t.equal(tree, undefined, 'nothing is left of an empty tree')
    }),
    { numRuns: 200 }
  )
})

void t.test('a range with one value takes no more room than its edges', async (t) => {
  const tree = withRange<number>(undefined, 8, 1, 2 ** 36, 7)

  t.ok(JSON.stringify(tree).length < 8 * 32 * 4)
  t.equal(valueAt(tree, 8, 0), undefined)
  t.equal(valueAt(tree, 8, 2 ** 36 - 1), 7)
})

void t.test('an older tree is not changed by what is made of it', async (t) => {
  const old = withRange<number>(undefined, LEVELS, 10, 3000, 1)
  const before = JSON.stringify(old)

  withValue(old, LEVELS, 50, 2)
  withRange(old, LEVELS, 5, 2000, undefined)
  withEach(old, LEVELS, 0, 100, () => 9)

  t.equal(JSON.stringify(old), before)
})

void t.test('a tree has as many levels as its keys need', async (t) => {
  t.strictSame([1, 32, 33, 1024, 1025, 2 ** 42].map(levelsFor), [1, 1, 2, 2, 3, 9])
})
