import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Answer } from '../support/requests.ts'
import type { Document, Placed } from './document.ts'

type Check = (value: unknown) => string | undefined

/** Holds answers against what a document declares. */
export class Declared {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false })

  constructor(document: Document) {
    this.#ajv.addSchema(document, 'api')
  }

  /** Why an answer is not as its operation is declared; undefined when it is. */
  mismatch({ method, path, operation }: Placed, { status, contentType, text }: Answer): string | undefined {
    const declared = operation.responses[String(status)]
    if (declared === undefined) return `the status ${status} is not declared: ${text.slice(0, 300)}`
    const [type = ''] = contentType.split(';')
    const { content } = declared
    if (content === undefined) return text === '' ? undefined : `${status} has a body: ${text.slice(0, 300)}`
    const body = content[type]
    if (body === undefined) return `${status} does not declare ${type || 'a body without a type'}`
    const at = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
    const check = this.#check(at)
    if (type === 'application/x-ndjson') {
      const line = this.#check([...at, 'contentSchema'])
      return text
        .split('\n')
        .filter((one) => one !== '')
        .map((one) => line(JSON.parse(one)))
        .find((why) => why !== undefined)
    }
    return type.endsWith('json') ? check(JSON.parse(text)) : undefined
  }

  /** A check by the part of the document at a place. */
  #check(at: readonly string[]): Check {
    const pointer = at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const validate = this.#ajv.getSchema(`api#/${pointer}`)
    if (validate === undefined) throw new Error(`nothing is declared at ${pointer}`)
    return (value) =>
      validate(value) === true
        ? undefined
        : `${this.#ajv.errorsText(validate.errors?.slice(0, 3), { dataVar: '' })} in ${JSON.stringify(value).slice(0, 500)}`
  }
}
