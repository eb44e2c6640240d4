import { styleText } from 'node:util'

/** A part of an output in a colour, where standard output is a terminal that has colours and NO_COLOR is not set. */
export type Paint = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string

export const onTerminal: Paint = (style, text) => styleText(style, text, { stream: process.stdout })

/** For what goes into a file. */
export const plain: Paint = (_style, text) => text
