import { DOMParser, type Document, type Element } from '@xmldom/xmldom'

/** A text as XML. Throws where it is not well-formed, and of what a parser would only warn of. */
export function parsed(text: string): Document {
  const onError = (level: string, message: string) => {
    throw new Error(`${level}: ${message}`)
  }
  return new DOMParser({ onError }).parseFromString(text, 'image/svg+xml')
}

export const elements = (under: Document | Element, name: string): readonly Element[] => [
  ...under.getElementsByTagName(name)
]

/** The lines of text that a picture shows, each as a reader has it. */
export const textsIn = (document: Document): readonly string[] =>
  elements(document, 'text').map(({ textContent }) => textContent ?? '')
