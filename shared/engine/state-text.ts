/**
 * Values of models as text and back: numbers, bigints, text, bytes, lists, objects, maps and sets, however nested.
 *
 * The text is JSON in which every list begins with what it stands for, one of `FORM`. An object that is met again is
 * written as a reference, so that what was one object is one again: models compare parts of their states by identity, and
 * persistent trees share most of theirs.
 */

/** Raised when the text of a value changes. */
export const STATE_TEXT_VERSION = 1

const FORM = {
  list: 0,
  undefined: 1,
  bigint: 2,
  bytes: 3,
  /** A number that JSON has no way to write. */
  number: 4,
  map: 5,
  set: 6,
  /** The nth list, object, map, set or bytes of the text, in the order of their beginnings. */
  again: 7,
  /** An object with a name that would not be its own once JSON is read. */
  object: 8
} as const

/** Text of a value. Throws for what is no plain value: a function, a symbol, an object of a class. */
export function textOfState(value: unknown): string {
  return new Writer().write(value)
}

/** The value of a text that `textOfState` made. Throws when it is none. */
export function stateOfText(text: string): unknown {
  return stateOfJson(JSON.parse(text))
}

/** The same of what JSON has made of such a text; it is used up. */
export function stateOfJson(json: unknown): unknown {
  return new Reader().read(json)
}

class Writer {
  readonly #met = new Map<object, number>()

  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : `[${FORM.number},"${nameOf(value)}"]`
      case 'bigint':
        return `[${FORM.bigint},"${value}"]`
      case 'undefined':
        return `[${FORM.undefined}]`
      case 'object':
        return value === null ? 'null' : this.#object(value)
      default:
        throw new TypeError(`a ${typeof value} is no plain value`)
    }
  }

  #object(value: object): string {
    const at = this.#met.get(value)
    if (at !== undefined) return `[${FORM.again},${at}]`
    this.#met.set(value, this.#met.size)
    if (Array.isArray(value)) return this.#list(FORM.list, value)
    if (value instanceof Uint8Array) return `[${FORM.bytes},"${value.toBase64()}"]`
    if (value instanceof Map) return this.#list(FORM.map, [...value].flat(1))
    if (value instanceof Set) return this.#list(FORM.set, [...value])
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`a ${value.constructor.name} is no plain value`)
    }
    const fields = Object.entries(value)
    if (Object.hasOwn(value, '__proto__')) return this.#list(FORM.object, fields.flat(1))
    let text = ''
    for (const [name, field] of fields) {
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${this.write(field)}`
    }
    return `{${text}}`
  }

  #list(form: number, items: readonly unknown[]): string {
    let text = `[${form}`
    for (const item of items) text += `,${this.write(item)}`
    return `${text}]`
  }
}

const nameOf = (value: number) => (Object.is(value, -0) ? '-0' : String(value))

type Json = readonly [form: number, ...rest: unknown[]]

class Reader {
  readonly #met: unknown[] = []

  read(json: unknown): unknown {
    if (typeof json !== 'object' || json === null) return json
    return Array.isArray(json) ? this.#list(json as unknown as Json) : this.#fields(json as Record<string, unknown>)
  }

  #fields(json: Record<string, unknown>): unknown {
    this.#met.push(json)
    for (const name of Object.keys(json)) json[name] = this.read(json[name])
    return json
  }

  #list(json: Json): unknown {
    const [form, first] = json
    switch (form) {
      case FORM.list: {
        const list: unknown[] = []
        this.#met.push(list)
        for (let at = 1; at < json.length; at++) list.push(this.read(json[at]))
        return list
      }
      case FORM.undefined:
        return undefined
      case FORM.bigint:
        return BigInt(first as string)
      case FORM.bytes:
        return this.#new(Uint8Array.fromBase64(first as string))
      case FORM.number:
        return Number(first)
      case FORM.map: {
        const map = this.#new(new Map<unknown, unknown>())
        for (let at = 1; at < json.length; at += 2) map.set(this.read(json[at]), this.read(json[at + 1]))
        return map
      }
      case FORM.set: {
        const set = this.#new(new Set<unknown>())
        for (let at = 1; at < json.length; at++) set.add(this.read(json[at]))
        return set
      }
      case FORM.again:
        return this.#again(Number(first))
      case FORM.object: {
        const object = this.#new<Record<string, unknown>>({})
        for (let at = 1; at < json.length; at += 2) {
          const value = this.read(json[at + 1])
          Object.defineProperty(object, json[at] as string, {
            value,
            enumerable: true,
            writable: true,
            configurable: true
          })
        }
        return object
      }
      default:
        throw new TypeError(`${String(form)} is no form of a value`)
    }
  }

  #new<Value>(value: Value): Value {
    this.#met.push(value)
    return value
  }

  #again(at: number): unknown {
    if (!(at in this.#met)) throw new TypeError(`there is no value ${at}`)
    return this.#met[at]
  }
}
