import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { withStep } from '../../web/model/inject/add-step.ts'
import { mistakesOf } from '../../web/model/inject/mistakes.ts'
import { RUN_WITH, saidOf, withSaid, type RunWith } from '../../web/model/inject/run-with.ts'
import { changeBetween } from '../../web/model/inject/text-change.ts'

const TEXT = `seabus: 1
title: x
tags: [a,  b]
# why these
steps:
  - touch: redis   # first
  - poison: {task: redis}
`
const FOLDER = new URL('../../scenarios/', import.meta.url)
const SHIPPED = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => ({ file, text: readFileSync(new URL(file, FOLDER), 'utf8') }))
const CHOSEN: Readonly<Record<RunWith, string>> = {
  vmm: 'qemu-10.0',
  policy: 'sei',
  hostLinux: '7.3',
  guestLinux: '6.12.95'
}
const choose = (text: string, ...chosen: readonly (readonly [RunWith, string])[]) =>
  chosen.reduce((all, [what, value]) => withSaid(all, what, value) ?? `${what} cannot be said`, text)

void t.test('what is chosen stands before the steps, and nothing else is written otherwise', (t) => {
  const text = choose(TEXT, ['vmm', 'qemu-10.2'], ['policy', 'sei'], ['guestLinux', '6.12'], ['hostLinux', '7.3'])

  t.equal(
    text,
    TEXT.replace(
      '# why these',
      `vms:
  - profile: qemu-10.2
    policy: sei
    guest: { linux: 6.12 }
machine: { linux: 7.3 }
# why these`
    )
  )
  t.strictSame(mistakesOf(text, 'x'), [])
  t.strictSame(saidOf(text), {
    vmm: { value: 'qemu-10.2' },
    policy: { value: 'sei' },
    hostLinux: { value: '7.3' },
    guestLinux: { value: '6.12' }
  })
  t.equal(choose(text, ['vmm', ''], ['policy', ''], ['guestLinux', ''], ['hostLinux', '']), TEXT, 'and taken back')
  t.end()
})

void t.test('every shipped scenario can say it, keeps its comments and means what it meant', (t) => {
  const comments = (text: string) => text.split('\n').filter((line) => line.includes('#')).length
  for (const [index, { file, text }] of SHIPPED.entries()) {
    const what = RUN_WITH[index % RUN_WITH.length] ?? 'vmm'
    const changed = withSaid(text, what, CHOSEN[what])
    if (changed === undefined) {
      t.ok(saidOf(text)[what].cannot, `${file} says why it cannot say ${what}`)
      continue
    }
    t.equal(saidOf(changed)[what].value, CHOSEN[what], `${what} of ${file}`)
    t.equal(comments(changed), comments(text), `comments of ${file}`)
    const [usual, back] = [withSaid(text, what, ''), withSaid(changed, what, '')]
    t.strictSame(parse(back ?? ''), parse(usual ?? ''), `all else of ${file}`)
  }
  t.end()
})

void t.test('it is said of all VMs, and where they differ that is said', (t) => {
  const two = 'vms:\n  - name: a # one\n    profile: kvmtool\n  - name: b\nsteps: [touch: redis]\n'

  t.strictSame(saidOf(two).vmm, { several: true })
  t.equal(
    choose(two, ['vmm', 'crosvm']),
    'vms:\n  - name: a # one\n    profile: crosvm\n  - name: b\n    profile: crosvm\nsteps: [touch: redis]\n'
  )
  t.end()
})

void t.test('without a VM nothing can be said of one, and of what is no YAML nothing at all', (t) => {
  for (const text of ['processes: [db]\nsteps: [touch: db]\n', 'vms: []\nsteps: []\n']) {
    t.match(saidOf(text), { vmm: { cannot: /no VM/ }, hostLinux: { cannot: undefined } })
    t.equal(withSaid(text, 'policy', 'sei'), undefined)
  }
  t.match(saidOf('steps: ['), { vmm: { cannot: /read/ }, hostLinux: { cannot: /read/ } })
  t.equal(withSaid('steps: [', 'hostLinux', '7.3'), undefined)
  t.end()
})

void t.test('a step that is added changes no character before it', (t) => {
  for (const { file, text } of SHIPPED) {
    const more = withStep(text, { touch: 'redis' }) ?? ''
    const { from, to } = changeBetween(text, more) ?? { from: 0, to: 1 }
    t.equal(to, from, `${file} loses nothing`)
    const whole = parse(text) as { readonly steps: readonly unknown[] }
    t.strictSame(parse(more), { ...whole, steps: [...whole.steps, { touch: 'redis' }] }, file)
  }
  t.equal(withStep('steps: [touch: redis]\n', { wait: '1s' }), 'steps: [ { touch: redis }, { wait: 1s } ]\n')
  t.end()
})

void t.test('what two texts differ in is one piece', (t) => {
  t.strictSame(changeBetween('touch: redis', 'touch: nginx'), { from: 7, to: 12, insert: 'nginx' })
  t.strictSame(changeBetween('aa', 'aaa'), { from: 2, to: 2, insert: 'a' })
  t.equal(changeBetween('a', 'a'), undefined)
  t.end()
})
