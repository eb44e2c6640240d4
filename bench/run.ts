import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { measureMatrix } from '../cli/scenario/measure.ts'
import { bareChain, storyOverHttp } from './http.ts'
import { hopsOfStory, storyInProcess } from './story.ts'

/** Everything is measured in one run, and what matters are the ratios: the machine may be slow or busy. */
const hops = hopsOfStory()
const inProcess = storyInProcess()
const chain = await bareChain(hops)
const posts = await storyOverHttp('posts')
const links = await storyOverHttp('links')

const us = (value: number) => `${value.toFixed(0).padStart(9)} us`
console.log(`one story, ${hops} messages and answers:
  in process                  ${us(inProcess)}   ${Math.round(1e6 / inProcess)} stories/s
  over links, one process     ${us(links)}   ${(links / inProcess).toFixed(1)} x in process
  over HTTP POST, one process ${us(posts)}   ${(posts / inProcess).toFixed(1)} x in process
  bare fastify+undici chain   ${us(chain)}   as many hops, nothing done
  links / bare chain          ${(links / chain).toFixed(2).padStart(9)}
  HTTP POST / bare chain      ${(posts / chain).toFixed(2).padStart(9)}
`)

const { scenarios, runs, seconds, runsPerSecond } = await measureMatrix()
console.log(
  `the shipped matrix: ${scenarios} scenarios, ${runs} runs in ${seconds.toFixed(1)} s, ${Math.round(runsPerSecond)} runs/s\n`
)

for (const [file, ...flags] of [['ghes-records.ts'], ['memory-failure.ts', '--expose-gc']] as const) {
  const { status } = spawnSync(process.execPath, [...flags, join(import.meta.dirname, file)], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
