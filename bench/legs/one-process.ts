import type { Result, Scale } from '../figure.ts'
import { measureForms } from '../services/measure.ts'
import type { Form } from '../services/systems.ts'

/** As `npm start` runs it: all layers in one process, and the same ways between them. */
const FORMS: readonly Form[] = [
  { processes: 'one', over: 'links', durable: true },
  { processes: 'one', over: 'links', durable: false },
  { processes: 'one', over: 'POST', durable: true },
  { processes: 'one', over: 'POST', durable: false }
]

export const run = (scale: Scale): Promise<Result> => measureForms(FORMS, scale)
