import { VARIABLES } from '../../shared/service/variables.ts'

const HEAD = `# Variables

What services read from their environment, when they start. Written by \`node cli/docs/write.ts\`. A variable that is empty counts
as not set; one that cannot be is named on standard error, and the service does not start. Limits and what happens at each are
told in [limits.md](limits.md), data directories in [storage.md](storage.md), links and their patience in [links.md](links.md), who
may come in in [doors.md](doors.md).

Those of \`npm start\` are the same: it starts all services with its own environment, and moves them all with
\`SEABUS_PORT_BASE\`. \`NO_COLOR\` and \`NODE_COMPILE_CACHE\` are heeded as usual.
`

/** The page, in Markdown. */
export function variablesPage(): string {
  const rows = Object.entries(VARIABLES).map(([name, says]) => `| \`${name}\` | ${says} |`)
  return `${HEAD}\n| variable | |\n|---|---|\n${rows.join('\n')}\n`
}
