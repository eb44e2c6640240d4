import { buildLayer } from '../../services/build-layer.ts'
import { START_ORDER } from '../../services/layers.ts'
import { portsFromEnv } from '../../shared/service/environment.ts'
import { listen } from '../../shared/service/listen.ts'

for (const layer of START_ORDER) await listen(buildLayer(layer, portsFromEnv(layer, process.env)), layer, process.env)
console.log('all serve')
