/** A step that is said on its line; what follows it is the next step. */
const STEP = /^( *)- +\S+: +\S/
/** A dash that nothing follows. */
const EMPTY = /^ *- *$/

/** What a new line of the steps begins with; undefined where the line before is none of them, or is not said to its end. */
export function nextLineAfter(before: string): string | undefined {
  const lines = before.split('\n')
  const [, indent] = STEP.exec(lines.at(-1) ?? '') ?? []
  if (indent === undefined || !isIn(lines, 'steps', indent.length)) return undefined
  return `${indent}- `
}

/** Whether a line is a dash and nothing else: nobody wants another step. */
export const isEmptyItem = (line: string): boolean => EMPTY.test(line)

/** Whether the last of some lines, which has that indentation, is in the list of that name. */
function isIn(lines: readonly string[], list: string, indent: number): boolean {
  const head = lines.findLast((line) => {
    const [space = ''] = /^ */.exec(line) ?? []
    return line.trim() !== '' && space.length <= indent && !/^ *(?:- |-$|#)/.test(line)
  })
  return head?.trimEnd() === `${list}:`
}
