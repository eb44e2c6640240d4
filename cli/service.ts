import { LAYERS, type Layer } from '../shared/contracts/layer.ts'

/** `npm run service -- firmware`: one service alone, told its neighbours by their `*_URL` variables. */
const [layer, ...more] = process.argv.slice(2)
if (more.length > 0 || !LAYERS.includes(layer as Layer)) {
  console.error(`which service? one of ${LAYERS.join(', ')}`)
  process.exit(2)
}
await import(`../services/${layer}/main.ts`)
