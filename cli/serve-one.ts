import { LAYERS, type Layer } from '../shared/contracts/layer.ts'
import { variablesHelp } from '../shared/service/variables.ts'

/** `npm run service -- firmware`: one service alone, told its neighbours by their `*_URL` variables. */
const USAGE = `npm run service -- SERVICE

Starts one service alone; SERVICE is one of ${LAYERS.join(', ')}.`

const [name, ...more] = process.argv.slice(2)
if (name === '--help' || name === '-h') {
  console.log(`${USAGE}\n\nVariables:\n${variablesHelp()}`)
  process.exit(0)
}
if (more.length > 0 || !LAYERS.includes(name as Layer)) {
  console.error(`which service? one of ${LAYERS.join(', ')}`)
  process.exit(2)
}
const layer = name as Layer
if (layer === 'console') {
  await import('../services/console/main.ts')
} else {
  const { buildLayer } = await import('../services/build-layer.ts')
  const { portsFromEnv } = await import('../shared/service/environment.ts')
  const { runService } = await import('../shared/service/listen.ts')
  await runService(layer, () => buildLayer(layer, portsFromEnv(layer, process.env)))
}
