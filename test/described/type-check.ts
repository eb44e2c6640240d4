import openapiTypes, { astToString, type OpenAPI3 } from 'openapi-typescript'
import ts from 'typescript'
import { request } from '../support/requests.ts'

/** What `openapi-typescript` makes of the document of all layers. */
export async function typesOf(console: string): Promise<string> {
  const document = (await request(`${console}/openapi-all.json`)).json as OpenAPI3
  return astToString(await openapiTypes(document))
}

/** What TypeScript finds wrong with a file beside `./seabus`, which has these types. */
export function mistakesOf(client: string, types: string): readonly string[] {
  const files = new Map([
    ['/seabus.d.ts', types],
    ['/client.ts', client]
  ])
  const lib = ['lib.es2022.d.ts', 'lib.dom.d.ts']
  const options: ts.CompilerOptions = { strict: true, noEmit: true, types: [], lib }
  const real = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...real,
    getSourceFile(name, version) {
      const text = files.get(name)
      return text === undefined ? real.getSourceFile(name, version) : ts.createSourceFile(name, text, version)
    },
    fileExists: (name) => files.has(name) || real.fileExists(name),
    readFile: (name) => files.get(name) ?? real.readFile(name)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
