import t from 'tap'
import { shell } from '../support/programs.ts'

void t.test('what a log tells of others is no order for the terminal that it runs over', async (t) => {
  const program = `import('./shared/service/environment.ts').then(({ loggerFromEnv }) =>
    loggerFromEnv('vmm', {}).warn({ url: '/a\\\\u009b2J' }, 'b\\\\u001b[31m\\\\u202ec\\\\nforged'))`

  const { code, err } = await shell(`'${process.execPath}' --eval "${program}"`)

  t.equal(code, 0)
  t.equal(err.split('\n').length, 2, 'one line')
  t.match(JSON.parse(err), { url: '/a\u009b2J', msg: 'b\u001b[31m\u202ec\nforged' }, 'and yet all that was said')
  t.match(err, /^[\x20-\x7e\n]+$/)
})
