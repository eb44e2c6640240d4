import { text, type Command, UsageError } from './command.ts'

/** Every subcommand. What one needs is imported when it is run, so that the help loads none of it. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  run: {
    usage:
      'seabus run FILE… [--policy NAME|URL] [--vmm PROFILE] [--linux V] [--in-process|--url URL [--keep]] [--explain|--json|--mermaid|--tap|--junit]',
    summary: 'runs scenario files (or directories of them) and holds each run against what its file expects',
    options: {
      policy: { type: 'string' },
      vmm: { type: 'string' },
      linux: { type: 'string' },
      'in-process': { type: 'boolean' },
      url: { type: 'string' },
      keep: { type: 'boolean' },
      json: { type: 'boolean' },
      mermaid: { type: 'boolean' },
      tap: { type: 'boolean' },
      junit: { type: 'boolean' },
      explain: { type: 'boolean' }
    },
    run: async (values, positionals) => (await import('./commands/run.ts')).runCommand(values, positionals)
  },
  conform: {
    usage:
      'seabus conform LAYER URL [--listen PORT] [--patience MS] [--format text|json|tap]; policy: [--policy NAME] [--machine M] [--deadline MS]',
    summary:
      'checks whoever serves a layer against its contract, rule by rule, and plays its neighbours for that; exits 0, 1 when a rule is broken, 2 when it is no such layer, 3 when it is down',
    options: {
      policy: { type: 'string' },
      machine: { type: 'string' },
      deadline: { type: 'string' },
      listen: { type: 'string' },
      patience: { type: 'string' },
      format: { type: 'string' },
      json: { type: 'boolean' }
    },
    run: async (values, positionals) => (await import('./commands/conform.ts')).conformCommand(values, positionals)
  },
  matrix: {
    usage:
      'seabus matrix [--scenarios FILE,…] [--policies NAME,…] [--vmm PROFILE,…] [--format table|json|csv|svg] [--out FILE] | seabus matrix --write',
    summary:
      'runs every scenario with every VMM and policy, and shows what each makes of the same errors; --write puts it into docs/matrix.json, for the page',
    options: {
      scenarios: { type: 'string' },
      policies: { type: 'string' },
      vmm: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      write: { type: 'boolean' }
    },
    run: async (values, positionals) => (await import('./commands/matrix.ts')).matrixCommand(values, positionals)
  },
  diff: {
    usage:
      'seabus diff A B | seabus diff SCENARIO --policies A,B | seabus diff SCENARIO --vmm A,B [--format text|json]',
    summary: 'says where two runs part and why; A and B are outputs of run --json, or journals (NDJSON)',
    options: { policies: { type: 'string' }, vmm: { type: 'string' }, format: { type: 'string' } },
    run: async (values, positionals) => (await import('./commands/diff.ts')).diffCommand(values, positionals)
  },
  debate: {
    usage: 'seabus debate [--write]',
    summary:
      'tries each claim of the 2017 thread; without --write says whether docs/debate.md still tells what comes out',
    options: { write: { type: 'boolean' } },
    run: async (values) => (await import('./commands/debate.ts')).debateCommand(values)
  },
  replay: {
    usage: 'seabus replay FILE… [--json] [--predict] [--linux VERSION]',
    summary:
      'compares recordings of real kernels (files, or directories of them) with the model; --predict says what it expects, on which assumptions',
    options: {
      json: { type: 'boolean' },
      predict: { type: 'boolean' },
      linux: { type: 'string' }
    },
    async run(values, paths) {
      const { replay } = await import('./commands/replay.ts')
      return replay(paths, {
        json: values['json'] === true,
        predict: values['predict'] === true,
        linux: text(values['linux'])
      })
    }
  },
  dmesg: {
    usage:
      'seabus dmesg [FILE] [--linux VERSION] [--notify NAME] [--source N] [--json] [--record FILE [--report N]] [--scenario FILE]',
    summary:
      'rebuilds records from pasted "[Hardware Error]" lines, runs them on the model, and shows its lines beside the log',
    options: {
      linux: { type: 'string' },
      notify: { type: 'string' },
      source: { type: 'string' },
      json: { type: 'boolean' },
      record: { type: 'string' },
      report: { type: 'string' },
      scenario: { type: 'string' }
    },
    run: async (values, positionals) => (await import('./commands/dmesg.ts')).dmesgCommand(values, positionals)
  },
  doctor: {
    usage: 'seabus doctor [--data DIR] [--salvage | --export]',
    summary:
      'tells what is sound in a data directory (SEABUS_DATA); --salvage keeps that, --export writes everything as NDJSON',
    options: { data: { type: 'string' }, salvage: { type: 'boolean' }, export: { type: 'boolean' } },
    run: async (values, positionals) => (await import('./commands/doctor.ts')).doctorCommand(values, positionals)
  },
  fidelity: {
    usage: 'seabus fidelity [--write | --json]',
    summary: 'prints what each rule follows and how far, or writes docs/fidelity.md and docs/fidelity.json',
    options: { write: { type: 'boolean' }, json: { type: 'boolean' } },
    async run(values, positionals) {
      if (positionals.length > 0) throw new UsageError('seabus fidelity: takes no file')
      const { fidelity } = await import('./commands/fidelity.ts')
      return fidelity({ write: values['write'] === true, json: values['json'] === true })
    }
  }
}
