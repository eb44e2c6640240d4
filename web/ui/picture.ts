import { runSvg } from '../../shared/drawing/run-svg.ts'
import type { OpenRun } from '../state/open-run.ts'
import type { Theme } from '../state/theme.ts'

/** How many px of a bitmap one of a picture is; less where a canvas could not hold it. */
const SCALE = 2
const LARGEST = 16_384

/** The story of a run, as far as it has come, as SVG. */
export function svgOf(run: OpenRun, theme: 'auto' | Theme): string {
  const { id, kind, model, summary, isOpen } = run
  const { name, story, policy, vmm, linux, guestLinux, expected, hasVirtualTime } = summary.value ?? {}
  return runSvg(
    {
      journal: model.entries,
      name: kind === 'machine' ? `machine ${id}` : (name ?? story ?? id),
      policy,
      vmm,
      linux,
      guestLinux,
      expected,
      hasVirtualTime,
      isRunning: isOpen.value,
      hasFailed: summary.value?.state === 'failed'
    },
    { theme }
  )
}

/** The same as a bitmap. Throws where the browser cannot draw one. */
export async function pngOf(run: OpenRun, theme: Theme): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(run, theme))}`
  await image.decode()
  const { naturalWidth: width, naturalHeight: height } = image
  const scale = Math.min(SCALE, LARGEST / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.floor(width * scale)
  canvas.height = Math.floor(height * scale)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (blob === null) throw new Error('the browser makes no picture of this size')
  return blob
}
