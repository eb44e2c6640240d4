/** Never comes back to its event loop. */
import { writeSync } from 'node:fs'

writeSync(1, 'busy\n')
for (;;);
