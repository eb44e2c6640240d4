/** The fields of an object of which no more is known: data of a message or of a note, parsed JSON. */
export type Fields = Readonly<Record<string, unknown>>
