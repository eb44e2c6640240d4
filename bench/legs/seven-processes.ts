import type { Result, Scale } from '../figure.ts'
import { measureForms } from '../services/measure.ts'
import type { Form } from '../services/systems.ts'

/** What seabus is meant to be: a process a layer. */
const FORMS: readonly Form[] = [
  { processes: 'seven', over: 'links', durable: true },
  { processes: 'seven', over: 'links', durable: false },
  { processes: 'seven', over: 'POST', durable: true },
  { processes: 'seven', over: 'POST', durable: false }
]

export const run = (scale: Scale): Promise<Result> => measureForms(FORMS, scale)
