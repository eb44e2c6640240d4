/** `leg-main.ts LEG SCALE`: measures one leg and sends its result to the parent. */
import type { Scale } from './figure.ts'
import { LEGS, type LegName } from './legs.ts'

const [name, scale] = process.argv.slice(2) as [LegName, Scale]
const { run } = await LEGS[name].load()
const result = await run(scale)
process.send?.(result)
