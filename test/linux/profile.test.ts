import t from 'tap'
import { versionOf } from '../../lab/recording.ts'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { knob, releaseOf, RELEASES, seriesOf } from '../../shared/linux/profile.ts'

void t.test('a series is short for one release of it', async (t) => {
  t.strictSame(
    LINUX_VERSIONS.map((name) => [name, releaseOf(name), seriesOf(name)]),
    [
      ['6.1', '6.1.192', '6.1'],
      ['6.1.192', '6.1.192', '6.1'],
      ['6.12', '6.12.117', '6.12'],
      ['6.12.95', '6.12.95', '6.12'],
      ['6.12.117', '6.12.117', '6.12'],
      ['7.3', '7.3.4', '7.3'],
      ['7.3.4', '7.3.4', '7.3']
    ]
  )
})

void t.test('every release can be named by a user', async (t) => {
  for (const release of RELEASES) t.ok(LINUX_VERSIONS.includes(release), release)
})

void t.test('two releases of a series differ where one was mended in between, and only there', async (t) => {
  t.strictSame(
    RELEASES.map((release) => knob(release, 'dupSeaClaimed')),
    [true, true, false, false]
  )
  t.strictSame(
    RELEASES.map((release) => knob(release, 'unhandlableType')),
    ['unknown page', 'get hwpoison page', 'get hwpoison page', 'get hwpoison page']
  )
})

void t.test('a recorded kernel is predicted by the newest release of its series that is not newer', async (t) => {
  const known = (release: string) => [release, versionOf(release)]
  t.strictSame(
    ['5.10.1', '6.1.0-56-arm64', '6.6.3', '6.12.40', '6.12.95+deb12-arm64', '6.12.101', '6.12.117', '7.3.4', '8.0'].map(
      known
    ),
    [
      ['5.10.1', undefined],
      ['6.1.0-56-arm64', '6.1.192'],
      ['6.6.3', '6.1.192'],
      ['6.12.40', '6.12.95'],
      ['6.12.95+deb12-arm64', '6.12.95'],
      ['6.12.101', '6.12.95'],
      ['6.12.117', '6.12.117'],
      ['7.3.4', '7.3.4'],
      ['8.0', '7.3.4']
    ]
  )
})
