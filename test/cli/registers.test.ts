import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hestCommand } from '../../cli/actions/hest.ts'
import { esrCommand, siginfoCommand } from '../../cli/actions/registers.ts'
import { program } from '../support/programs.ts'

void t.test('a syndrome is taken apart by its exception class', (t) => {
  const abort = esrCommand({}, ['0x96000410']).output
  const serror = esrCommand({}, ['0xbe000011']).output

  t.match(abort, /ec +0x25 +data abort from the same exception level/)
  t.match(abort, /fsc +0x10 +synchronous external abort/)
  t.match(abort, /fnv +1 +FAR is not valid/)
  t.match(serror, /dfsc +0x11 +asynchronous SError/)
  t.match(JSON.parse(esrCommand({ format: 'json' }, ['0x96000410']).output), {
    root: { name: 'ESR_ELx' },
    problems: []
  })
  t.throws(() => esrCommand({}, ['0x1_0']), /0x1_0 is no syndrome: a 64-bit number such as 0x96000410/)
  t.throws(() => esrCommand({}, ['0x10000000000000000']), /is no syndrome/)
  t.end()
})

void t.test('a siginfo_t is made, and read again as it was', (t) => {
  const asked = { code: 'BUS_MCEERR_AO', address: '0xffff90000000', lsb: '21' }
  const { bytes = new Uint8Array() } = siginfoCommand({ ...asked, format: 'bytes' }, [])
  const file = join(t.testdir(), 's.bin')
  writeFileSync(file, bytes)

  t.equal(bytes.length, 128)
  t.match(
    siginfoCommand({}, [file]).output,
    /code +5 +BUS_MCEERR_AO\n(.*\n)*.*address +0xffff90000000\n.*addressLsb +21 /
  )
  t.equal(siginfoCommand({}, [file]).output, siginfoCommand(asked, []).output)
  t.end()
})

void t.test('a siginfo_t that cannot be is refused with the rule', (t) => {
  const file = join(t.testdir({ 's.txt': '0700' }), 's.txt')

  t.throws(() => siginfoCommand({ code: 'BUS_MCEERR_AR' }, []), /si_addr goes with a fault code/)
  t.throws(() => siginfoCommand({ code: 'BUS_MCEERR_A' }, []), /there is no si_code BUS_MCEERR_A; did you mean/)
  t.throws(() => siginfoCommand({ code: 'BUS_MCEERR_AR', address: 'x' }, []), /--address x: a number/)
  for (const lsb of ['64', '99', '-1', '1.5', 'x']) {
    const asked = { code: 'BUS_MCEERR_AR', address: '0x1000', lsb }
    t.throws(() => siginfoCommand(asked, []), { message: `seabus siginfo: --lsb ${lsb}: a bit of an address, 0 to 63` })
  }
  t.doesNotThrow(() => siginfoCommand({ code: 'BUS_MCEERR_AR', address: '0x1000', lsb: '63' }, []))
  t.throws(() => siginfoCommand({ lsb: '12' }, []), /are for --code/)
  t.throws(() => siginfoCommand({}, [file]), /takes 128 bytes, found 2/)
  t.end()
})

void t.test('a HEST is told a line a source, or field by field; what breaks a rule is told and exits 1', async (t) => {
  const { defaultHest } = await import('../../services/firmware/default-hest.ts')
  const table = defaultHest()
  const dir = t.testdir()
  const [file, broken] = [join(dir, 'hest.dat'), join(dir, 'broken.dat')]
  writeFileSync(file, table)
  writeFileSync(broken, table.with(9, (table[9] ?? 0) ^ 1))

  const told = hestCommand({}, [file])
  t.equal(told.exitCode, 0)
  t.match(
    told.output,
    /^\d+ sources, OEM \w+\n +0 {2}GHESv2 \d+, .*block of \d+ bytes, its address at 0x.*, read ack at 0x/
  )
  t.match(hestCommand({ format: 'tree' }, [file]).output, /errorStatusBlockLength/)
  t.match(JSON.parse(hestCommand({ format: 'json' }, [file]).output), { problems: [] })
  t.match(hestCommand({ format: 'tree' }, [broken]), { exitCode: 1, output: /BROKEN RULES/ })
})

void t.test('a value that is none is one line, and exit 2', async (t) => {
  const { code, out, err } = await program('cli/seabus.ts', ['esr', 'abort']).ended

  t.strictSame([code, out], [2, ''])
  t.equal(err, 'seabus esr: abort is no syndrome: a 64-bit number such as 0x96000410\n')
})
